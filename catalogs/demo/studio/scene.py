"""A garment on a table or before a wall: pieces are laid one over the other, then the lamp is switched on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from catalogs.demo.studio.backdrops import Backdrop
from catalogs.demo.studio.cloths import Cloth, dyed, surface
from catalogs.demo.studio.colour import mix, to_bytes, to_srgb
from catalogs.demo.studio.curves import PointLike, Points
from catalogs.demo.studio.fields import Field, Rng, blur, noise
from catalogs.demo.studio.frame import OVERSAMPLE, Frame, Patch
from catalogs.demo.studio.light import Lamp, lit


@dataclass(frozen=True)
class Photograph:
    """What the camera brings home.

    Attributes:
        rgb: ``(H, W, 3)`` sRGB.
        mask: ``(H, W)``, 255 on cloth, 0 beside it, between at the edge.
        width_mm: what it shows from left to right.
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    width_mm: float


class Scene:
    """A table with pieces of one cloth on it. Patterns are in mm, x = 0 at their middle, y downwards.

    Args:
        frame: what the camera sees.
        backdrop: what lies under the garment.
        cloth: what it is made of.
        rng: decides every accident.
        origin_mm: where the pattern's (0, 0) lies in the frame.
        turn_deg: how far the garment lies askew, clockwise.
        wobble_mm: how far hands put an outline beside its pattern.
    """

    def __init__(
        self,
        frame: Frame,
        backdrop: Backdrop,
        cloth: Cloth,
        rng: Rng,
        *,
        origin_mm: tuple[float, float],
        turn_deg: float = 0.0,
        wobble_mm: float = 3.0,
    ) -> None:
        self.frame = frame
        self.rng = rng
        self.cloth = cloth
        self.height = backdrop.height_mm.copy()
        self.albedo = backdrop.albedo.copy()
        # Cloth spans the joints and pits of what it lies on.
        self._bed = blur(backdrop.height_mm, frame.px(40))
        self.mask = np.zeros(frame.shape, np.float32)
        self.dyed = dyed(frame, rng, cloth)
        self.yarn = surface(frame, rng, cloth)
        self._origin = np.asarray(origin_mm)
        angle = np.radians(turn_deg)
        self._turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        self._wobble = wobble_mm
        self._phases = rng.uniform(0, 2 * np.pi, (2, 3))

    def place(self, points: PointLike) -> Points:
        """Return pattern points as points of the frame, a little askew as a hand lays them."""
        line = np.asarray(points, np.float64)
        sway = np.zeros_like(line)
        for axis in (0, 1):
            way = line[:, 1 - axis] + 0.4 * line[:, axis]
            for wave_mm, part, phase in zip(
                (330.0, 190.0, 90.0), (0.7, 0.4, 0.1), self._phases[axis], strict=True
            ):
                sway[:, axis] += part * np.sin(2 * np.pi * way / wave_mm + phase)
        return np.asarray((line + sway * self._wobble / 1.4) @ self._turn + self._origin)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return one pattern point as a point of the frame."""
        placed = self.place([[x, y]])[0]
        return float(placed[0]), float(placed[1])

    def pattern_xy(self) -> tuple[Field, Field]:
        """Return where each pixel lies on the pattern, in mm, the wobble of hands left aside."""
        x = self.frame.x_mm - np.float32(self._origin[0])
        y = self.frame.y_mm - np.float32(self._origin[1])
        turn = self._turn.astype(np.float32)
        return x * turn[0, 0] + y * turn[0, 1], x * turn[1, 0] + y * turn[1, 1]

    def flat(self) -> Field:
        """Return a relief of nothing, to raise folds in."""
        return np.zeros(self.frame.shape, np.float32)

    def lay(
        self,
        outline: Points,
        *,
        rise_mm: float,
        edge_mm: float = 6.0,
        relief: Field | None = None,
        edge_relief: float = 0.25,
        bridge_mm: float = 5.0,
        shade: float = 1.0,
    ) -> Patch:
        """Lay a piece of the cloth over what is there and return what it covers.

        Args:
            outline: closed, in the frame's mm (see ``place``).
            rise_mm: how high the piece stands over what is below.
            edge_mm: how far in from its edge it takes to get there.
            relief: folds, mm, over the whole frame.
            edge_relief: the share of the folds that reaches the very edge, 0..1.
            bridge_mm: how far the piece spans steps in what is below.
            shade: below 1 for the inside of the cloth, which is duller.
        """
        frame = self.frame
        patch = frame.filled(
            outline, margin_mm=3 * max(2 * edge_mm if relief is not None else edge_mm, bridge_mm)
        )
        here, cover = patch.window, patch.cover
        ground = blur(self._bed[here], frame.px(bridge_mm))
        inner = np.clip((blur(cover, frame.px(edge_mm)) - 0.3) / 0.7, 0, 1)
        rounded = inner * (2 - inner)
        top = ground + np.float32(rise_mm) * rounded + self.yarn[here]
        if relief is not None:
            calm = np.clip((blur(cover, frame.px(2 * edge_mm)) - 0.4) / 0.55, 0, 1)
            top = top + relief[here] * (edge_relief + (1 - edge_relief) * calm)
        top = _resting(top, self._bed[here] + np.float32(0.4 * self.cloth.thickness_mm))
        self.height[here] = self.height[here] * (1 - cover) + top * cover
        self._bed[here] = self._bed[here] * (1 - cover) + top * cover
        self.albedo[here] = mix(self.albedo[here], self.dyed[here] * np.float32(shade), cover)
        self.mask[here] = np.maximum(self.mask[here], cover)
        return patch

    def sink(
        self,
        outline: Points,
        *,
        depth_mm: float,
        edge_mm: float,
        relief: Field | None = None,
        shade: float = 1.0,
    ) -> None:
        """Let the cloth inside an outline lie ``depth_mm`` deeper: a hood's opening, the mouth of a pocket.

        The lip stays sharp; the ground behind it rises over ``edge_mm``. ``relief`` and ``shade`` are those
        of ``lay``.
        """
        frame = self.frame
        patch = frame.filled(outline, margin_mm=3 * edge_mm)
        here, cover = patch.window, patch.cover
        bowl = 0.55 + 0.45 * np.clip(2 * blur(cover, frame.px(edge_mm)) - 1, 0, 1)
        floor = blur(self._bed[here], frame.px(edge_mm)) - np.float32(depth_mm) * bowl + self.yarn[here]
        if relief is not None:
            floor = floor + relief[here]
        self.height[here] = self.height[here] * (1 - cover) + floor * cover
        self._bed[here] = self._bed[here] * (1 - cover) + floor * cover
        self.albedo[here] = mix(self.albedo[here], self.dyed[here] * np.float32(shade), cover)

    def photographed(self, lamp: Lamp, *, exposure: float = 1.0, warmth: float = 0.0) -> Photograph:
        """Light the scene and take the picture.

        Args:
            lamp: the light.
            exposure: 1 shows flat cloth in its own colour.
            warmth: -1..1, the white balance, blue to amber.
        """
        key, room = lit(self.frame, self.height, lamp)
        amber = np.array([1 + 0.05 * warmth, 1.0, 1 - 0.07 * warmth], np.float32)
        lamp_colour = amber * np.array([1.02, 1.0, 0.97], np.float32)
        room_colour = amber * np.array([0.975, 1.0, 1.035], np.float32)
        light = key[..., None] * lamp_colour + room[..., None] * room_colour
        # In a fold light bounces from cloth to cloth and takes on its colour.
        closed = np.clip(1 - room / max(lamp.fill, 1e-6), 0, 1)[..., None]
        seen = self.albedo ** (1 + 0.28 * closed) * light * np.float32(exposure)
        seen = _shouldered(seen + self._bloom(seen))
        picture = _reduced(np.clip(seen, 0, None))
        rgb = to_srgb(picture)
        grain = noise(self.rng, rgb.shape[:2], 1.3)[..., None] * np.float32(0.0045)
        mask = np.rint(_reduced(self.mask[..., None])[..., 0] * 255)
        bytes_ = to_bytes(rgb + grain * (1.2 - rgb))
        return Photograph(bytes_, np.asarray(np.clip(mask, 0, 255), np.uint8), self.frame.width_mm)

    def _bloom(self, light: Field) -> Field:
        # A lens is never quite clear: a trace of every light spreads over its neighbourhood.
        veil = blur(light.mean(axis=2), self.frame.px(30))
        return np.asarray(0.02 * veil[..., None], np.float32)


def _resting(top: Field, bed: Field) -> Field:
    # Cloth cannot sink into what it lies on: it comes to rest on it, without a kink.
    soft = np.float32(3.0)
    return np.asarray(bed + soft * np.logaddexp(0, (top - bed) / soft), np.float32)


def _shouldered(light: Field) -> Field:
    # Straight up to 0.7, then bending towards 1 as film and skilled raw developers do.
    over = np.maximum(light - 0.7, 0)
    return np.asarray(np.minimum(light, 0.7) + 0.3 * (1 - np.exp(-over / 0.3)), np.float32)


def _reduced(field: Field) -> Field:
    height, width, channels = field.shape
    size = (width // OVERSAMPLE, height // OVERSAMPLE)
    planes = [
        np.asarray(Image.fromarray(field[..., c]).resize(size, Image.Resampling.BOX), np.float32)
        for c in range(channels)
    ]
    return np.stack(planes, axis=-1)
