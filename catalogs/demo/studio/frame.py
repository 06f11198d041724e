"""The frame of a picture: millimetres on the table, pixels in the file, and what a line covers of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw

from catalogs.demo.studio.curves import Points, lengths
from catalogs.demo.studio.fields import Field

OVERSAMPLE = 2  # the fields are twice the picture's size ...
_FINE = 2  # ... and coverage is drawn at twice that again

Window = tuple[slice, slice]


@dataclass(frozen=True)
class Patch:
    """A covered part of the picture: ``cover`` (0..1) on the ``window`` of the frame's fields."""

    window: Window
    cover: Field


@dataclass(frozen=True)
class Ribbon:
    """The neighbourhood of a line.

    Attributes:
        window: the slices of the frame's fields that the ribbon covers.
        across_mm: signed distance from the line, positive on its right (y downwards); inf where far.
        along_mm: how far along the line the nearest point is.
        length_mm: the line's whole length.
    """

    window: Window
    across_mm: Field
    along_mm: Field
    length_mm: float


@dataclass(frozen=True)
class Frame:
    """What the camera sees, from above; x, y in mm from the upper left corner."""

    width_mm: float
    width_px: int
    height_px: int

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the fields, at the oversampled size."""
        return self.height_px * OVERSAMPLE, self.width_px * OVERSAMPLE

    @cached_property
    def scale(self) -> float:
        """Pixels of the fields per mm."""
        return self.shape[1] / self.width_mm

    @property
    def height_mm(self) -> float:
        """Height of what the camera sees."""
        return self.height_px * self.width_mm / self.width_px

    @cached_property
    def x_mm(self) -> Field:
        """``(1, W)``: where each column lies."""
        return ((np.arange(self.shape[1], dtype=np.float32) + 0.5) / np.float32(self.scale))[None, :]

    @cached_property
    def y_mm(self) -> Field:
        """``(H, 1)``: where each row lies."""
        return ((np.arange(self.shape[0], dtype=np.float32) + 0.5) / np.float32(self.scale))[:, None]

    def px(self, length_mm: float) -> float:
        """Return a length in pixels of the fields."""
        return length_mm * self.scale

    def filled(self, outline: Points, margin_mm: float = 0.0) -> Patch:
        """Return how much of each pixel lies inside the closed outline."""
        window, draw, knots, image = self._sheet([outline], margin_mm)
        draw.polygon(knots[0], fill=255)
        return Patch(window, _covered(image))

    def stroked(self, lines: Sequence[Points], width_mm: float, margin_mm: float = 0.0) -> Patch:
        """Return how much of each pixel the lines cover."""
        window, draw, knots, image = self._sheet(lines, margin_mm + width_mm)
        for line in knots:
            draw.line(line, fill=255, width=max(1, round(self.px(width_mm) * _FINE)), joint="curve")
        return Patch(window, _covered(image))

    def ribbon(self, line: Points, reach_mm: float) -> Ribbon:
        """Return the neighbourhood of ``line`` up to ``reach_mm`` on either side."""
        reach = reach_mm * self.scale
        knots = line * self.scale
        window = self._window(knots, reach)
        top, left = window[0].start, window[1].start
        size = (window[0].stop - top, window[1].stop - left)
        nearest = np.full(size, np.inf, np.float32)
        across, along = np.full(size, np.inf, np.float32), np.zeros(size, np.float32)
        run = lengths(knots)
        for i in range(len(knots) - 1):
            a, b = knots[i], knots[i + 1]
            span = float(run[i + 1] - run[i])
            if span < 1e-6:
                continue
            rows, columns = self._window(np.stack([a, b]), reach)
            inner = (
                slice(rows.start - top, rows.stop - top),
                slice(columns.start - left, columns.stop - left),
            )
            y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5 - a[1])
            x = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] + np.float32(0.5 - a[0])
            dx, dy = (b - a) / span
            t = np.clip(x * np.float32(dx) + y * np.float32(dy), 0, np.float32(span))
            side = y * np.float32(dx) - x * np.float32(dy)
            far = np.hypot(x - t * np.float32(dx), y - t * np.float32(dy))
            closer = far < nearest[inner]
            nearest[inner] = np.where(closer, far, nearest[inner])
            across[inner] = np.where(closer, np.copysign(far, side), across[inner])
            along[inner] = np.where(closer, t + np.float32(run[i]), along[inner])
        mm = np.float32(1 / self.scale)
        return Ribbon(window, across * mm, along * mm, float(run[-1]) / self.scale)

    def _window(self, knots: Points, reach: float) -> Window:
        low, high = np.floor(knots.min(axis=0) - reach), np.ceil(knots.max(axis=0) + reach) + 1
        height, width = self.shape
        top, bottom = np.clip([low[1], high[1]], 0, height).astype(int)
        left, right = np.clip([low[0], high[0]], 0, width).astype(int)
        return slice(int(top), max(int(bottom), int(top) + 1)), slice(
            int(left), max(int(right), int(left) + 1)
        )

    def _sheet(
        self, lines: Sequence[Points], margin_mm: float
    ) -> tuple[Window, ImageDraw.ImageDraw, list[list[tuple[float, float]]], Image.Image]:
        window = self._window(np.concatenate(lines) * self.scale, self.px(margin_mm) + 2)
        corner = np.array([window[1].start, window[0].start])
        size = ((window[1].stop - corner[0]) * _FINE, (window[0].stop - corner[1]) * _FINE)
        image = Image.new("L", (int(size[0]), int(size[1])))
        knots = [[(float(x), float(y)) for x, y in (line * self.scale - corner) * _FINE] for line in lines]
        return window, ImageDraw.Draw(image), knots, image


def _covered(sheet: Image.Image) -> Field:
    return np.asarray(sheet.reduce(_FINE), np.float32) / np.float32(255)
