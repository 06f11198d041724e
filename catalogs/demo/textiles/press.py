"""A printing table: shapes drawn on a sheet that closes on itself, so that a motif may hang over its edge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from catalogs.demo.studio.colour import linear, to_bytes, to_linear, to_srgb
from catalogs.demo.studio.curves import Points
from catalogs.demo.studio.fields import Field, Rng

_FINE = 2


Disc = tuple[float, float, float]


class Press:
    """A square sheet; lengths are shares of its width, so that 1 is one repeat.

    Args:
        size_px: width of the picture that comes off the press; shapes are drawn finer than that.
        ground: its colour, ``"#rrggbb"``.
    """

    def __init__(self, size_px: int, ground: str) -> None:
        self.size_px = size_px * _FINE
        self._sheet = Image.new("RGB", (self.size_px, self.size_px), ground)
        self._draw = ImageDraw.Draw(self._sheet, "RGBA")

    def fill(self, outline: Points, ink: str, opacity: float = 1.0) -> None:
        """Print a closed shape."""
        colour = _ink(ink, opacity)
        for shifted in self._copies(outline, 0.0):
            self._draw.polygon(shifted, fill=colour)

    def line(self, points: Points, ink: str, width: float, opacity: float = 1.0) -> None:
        """Print a line, ``width`` of the sheet wide, with round ends."""
        colour, pen = _ink(ink, opacity), max(1, round(width * self.size_px))
        for shifted in self._copies(points, width):
            self._draw.line(shifted, fill=colour, width=pen, joint="curve")
            if opacity == 1.0 and pen > 2:
                for x, y in (shifted[0], shifted[-1]):
                    self._draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=colour)

    def dot(self, x: float, y: float, radius: float, ink: str, opacity: float = 1.0) -> None:
        """Print a round dot."""
        turn = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        self.fill(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1), ink, opacity)

    def dot_at(self, point: Points, radius: float, ink: str) -> None:
        """Print a round dot at ``(x, y)``."""
        self.dot(float(point[0]), float(point[1]), radius, ink)

    def speck(self, x: float, y: float, radius: float, ink: str, *, only_on: str) -> None:
        """Print a dot where the sheet still shows the colour ``only_on`` all around it."""
        reach = 2.6 * radius
        for dx, dy in ((0, 0), (-reach, 0), (reach, 0), (0, -reach), (0, reach)):
            column, row = (int(np.mod(place, 1) * self.size_px) for place in (x + dx, y + dy))
            if self._sheet.getpixel((column, row)) != _ink(only_on, 1)[:3]:
                return
        self.dot(x, y, radius, ink)

    def picture(self) -> Field:
        """Return the sheet, ``(size_px, size_px, 3)`` linear light."""
        return to_linear(np.asarray(self._sheet.reduce(_FINE), np.float32) / np.float32(255))

    def _copies(self, points: Points, margin: float) -> list[list[tuple[float, float]]]:
        # Whatever hangs over an edge comes in again at the other.
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        shifts = [
            (float(dx), float(dy))
            for dx in range(-int(np.floor(high[0])), 1 - int(np.floor(low[0])))
            for dy in range(-int(np.floor(high[1])), 1 - int(np.floor(low[1])))
        ]
        return [
            [((float(x) + dx) * self.size_px, (float(y) + dy) * self.size_px) for x, y in points]
            for dx, dy in shifts
        ]


def blend(first: str, second: str, share: float) -> str:
    """Return the colour ``share`` of the way from the first to the second, mixed as light."""
    mixed = to_bytes(to_srgb(linear(first) * (1 - share) + linear(second) * share))
    return "#" + "".join(f"{int(code):02x}" for code in mixed)


def scattered(rng: Rng, radii: Sequence[float], *, gap: float, leaders: int = 0) -> list[Disc]:
    """Return x, y, radius of discs placed on the sheet without touching; what finds no room is left out.

    Args:
        radii: in the order of placing; large ones first.
        gap: least distance between two.
        leaders: the first discs, which keep as far from each other as they can; each later one takes the free
            place nearest to its neighbours, so that the ground fills evenly.
    """
    placed: list[Disc] = []
    for rank, radius in enumerate(radii):
        spots = rng.uniform(0, 1, (600, 2))
        if not placed:
            placed.append((float(spots[0, 0]), float(spots[0, 1]), radius))
            continue
        there = np.array(placed)
        apart = np.abs(spots[:, None, :] - there[None, :, :2])
        apart = np.minimum(apart, 1 - apart)
        room = (np.hypot(apart[..., 0], apart[..., 1]) - there[None, :, 2]).min(axis=1) - radius - gap
        if (room >= 0).any():
            best = int(np.argmax(room) if rank < leaders else np.argmin(np.where(room >= 0, room, np.inf)))
            placed.append((float(spots[best, 0]), float(spots[best, 1]), radius))
    return placed


def _ink(ink: str, opacity: float) -> tuple[int, int, int, int]:
    text = ink.removeprefix("#")
    red, green, blue = (int(text[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue, round(255 * opacity)
