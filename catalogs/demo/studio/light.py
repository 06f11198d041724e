"""Light on a relief: a soft key lamp from one side, a bright room, shadows that fall on the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from catalogs.demo.studio.fields import Field, blur, smoothstep
from catalogs.demo.studio.frame import Frame


@dataclass(frozen=True)
class Lamp:
    """The key light and the room.

    Attributes:
        bearing_deg: where the light comes from, clockwise from the right as y runs down (225: upper left).
        elevation_deg: its height over the table.
        fill: the room's share of the light on flat cloth, 0..1.
        softness_mm: blur of cast shadows; a large soft box is a large number.
        falloff: how much darker the far corner is, 0..1.
    """

    bearing_deg: float = 225.0
    elevation_deg: float = 38.0
    fill: float = 0.32
    softness_mm: float = 2.5
    falloff: float = 0.28


def lit(frame: Frame, height_mm: Field, lamp: Lamp) -> tuple[Field, Field]:
    """Return the light of the lamp and of the room on every pixel; their sum is 1 on flat, open ground.

    Args:
        frame: the scale.
        height_mm: ``(H, W)`` relief.
        lamp: the light.
    """
    bearing, elevation = np.radians(lamp.bearing_deg), np.radians(lamp.elevation_deg)
    towards = np.array([np.cos(bearing) * np.cos(elevation), np.sin(bearing) * np.cos(elevation)])
    down, right = np.gradient(blur(height_mm, frame.px(0.45)) * np.float32(frame.scale))
    steep = np.sqrt(1 + right**2 + down**2)
    facing = (np.sin(elevation) - right * towards[0] - down * towards[1]) / (steep * np.sin(elevation))
    # Cloth scatters light round its own edges, so that it never turns black where it turns away.
    wrapped = np.maximum((facing + 0.25) / 1.25, 0)
    key = wrapped * (1 - 0.85 * _cast(frame, height_mm, bearing, elevation, lamp.softness_mm))
    # The room is brighter on the lamp's left, so that folds along the light are seen too.
    aside = (right * np.float32(np.sin(bearing)) - down * np.float32(np.cos(bearing))) / steep
    room = _openness(frame, height_mm) * (0.5 + 0.5 / steep) * np.clip(1 + 0.9 * aside, 0.3, 1.6)
    return (
        np.asarray((1 - lamp.fill) * key * _falloff(frame, bearing, lamp.falloff), np.float32),
        np.asarray(lamp.fill * room, np.float32),
    )


def _cast(frame: Frame, height: Field, bearing: float, elevation: float, softness_mm: float) -> Field:
    # March towards the lamp: whatever rises above the ray keeps the light away.
    above = np.zeros(frame.shape, np.float32)
    for reach_mm in (1.5, 3, 4.5, 6.5, 9, 12, 16, 21, 28, 38, 52, 70):
        move = frame.px(reach_mm)
        x, y = round(np.cos(bearing) * move), round(np.sin(bearing) * move)
        ahead = np.roll(height, (-y, -x), axis=(0, 1))
        above = np.maximum(above, ahead - height - np.float32(reach_mm * np.tan(elevation)))
    return blur(smoothstep(above, 0.0, 2.2), frame.px(softness_mm))


def _openness(frame: Frame, height: Field) -> Field:
    # How much of the sky a point sees: less where its surroundings, near or far, lie higher.
    closed = np.zeros(frame.shape, np.float32)
    for reach_mm, weight in ((2.5, 0.18), (7.0, 0.36), (20.0, 0.40), (55.0, 0.24)):
        around = blur(height, frame.px(reach_mm)) - height
        closed += np.float32(weight) * np.clip(around / np.float32(0.45 * reach_mm), -0.35, 1)
    return np.asarray(np.clip(1 - closed, 0.25, 1.12), np.float32)


def _falloff(frame: Frame, bearing: float, falloff: float) -> Field:
    x = frame.x_mm / frame.width_mm - 0.5
    y = frame.y_mm / frame.height_mm - 0.5
    along = x * np.float32(np.cos(bearing)) + y * np.float32(np.sin(bearing))
    return np.asarray(
        1 + np.float32(falloff) * along - np.float32(0.25 * falloff) * (x**2 + y**2), np.float32
    )
