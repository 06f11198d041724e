"""A line plot with a logarithmic height, drawn with Pillow alone."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from catalogs.lettering import Anchor, write
from catalogs.report.sheet import INK, PAPER, QUIET

WIDTH_PX, HEIGHT_PX = 960, 600
# Twice as large and made smaller again: Pillow's lines have no soft edges of their own.
FINER = 2
MARGINS_PX = {"left": 86, "top": 84, "right": 210, "bottom": 70}
GRID = "#e4e0d8"
# Told apart in grey and by eyes that do not tell red from green (Okabe, Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#24211d", "#999999")

Curve = Sequence[tuple[float, float]]


def line_plot(curves: Mapping[str, Curve], *, title: str, across: str, up: str) -> bytes:
    """Return a PNG with one line for each curve and a legend; heights on a logarithmic axis.

    Points that have no finite height above 0 leave a gap in their line.

    Args:
        curves: name → (x, y) points from left to right.
        title, across, up: what the plot, the x axis and the y axis say.

    Raises:
        ValueError: no curve has a point that can be shown.
    """
    shown = [(x, y) for curve in curves.values() for x, y in curve if _can_be_shown(x, y)]
    if not shown:
        raise ValueError("there is nothing to plot: no curve has a finite point above 0")
    frame = _Frame(max(x for x, _y in shown), min(y for _x, y in shown), max(y for _x, y in shown))
    image = Image.new("RGB", (WIDTH_PX * FINER, HEIGHT_PX * FINER), PAPER)
    draw = ImageDraw.Draw(image)
    for x in _round_steps(frame.most_x):
        left = frame.left(x)
        draw.line((left, frame.top, left, frame.bottom), fill=GRID, width=FINER)
        _write(draw, (left, frame.bottom + 10 * FINER), f"{x:g}", anchor="middle")
    for y in _decades(frame.least_y, frame.most_y):
        height = frame.height(y)
        draw.line((frame.first_x, height, frame.last_x, height), fill=GRID, width=FINER)
        _write(
            draw,
            (frame.first_x - 10 * FINER, height - 8 * FINER),
            f"{y:.0e}".replace("e+", "e"),
            anchor="end",
        )
    draw.line((frame.first_x, frame.top, frame.first_x, frame.bottom), fill=INK, width=FINER)
    draw.line((frame.first_x, frame.bottom, frame.last_x, frame.bottom), fill=INK, width=FINER)
    for index, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        for run in _runs(curve):
            points = [(frame.left(x), frame.height(y)) for x, y in run]
            draw.line(points, fill=colour, width=2 * FINER + 1, joint="curve")
        top = frame.top + index * 24 * FINER
        left = frame.last_x + 18 * FINER
        draw.line((left, top + 8 * FINER, left + 22 * FINER, top + 8 * FINER), fill=colour, width=3 * FINER)
        _write(draw, (left + 30 * FINER, top), name, ink=INK)
    _write(draw, (frame.first_x, 26 * FINER), title, ink=INK, size_px=20)
    _write(draw, (frame.first_x, 56 * FINER), up)
    _write(draw, (frame.last_x, frame.bottom + 36 * FINER), across, anchor="end")
    out = io.BytesIO()
    image.resize((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS).save(out, "PNG", compress_level=6)
    return out.getvalue()


class _Frame:
    """Where a point of the plot lies in the picture; px of the finer picture."""

    def __init__(self, most_x: float, least_y: float, most_y: float) -> None:
        self.most_x = most_x or 1.0
        self.least_y, self.most_y = least_y, most_y
        self.first_x = MARGINS_PX["left"] * FINER
        self.last_x = (WIDTH_PX - MARGINS_PX["right"]) * FINER
        self.top = MARGINS_PX["top"] * FINER
        self.bottom = (HEIGHT_PX - MARGINS_PX["bottom"]) * FINER
        span = math.log10(most_y / least_y) or 1.0
        self._low, self._span = math.log10(least_y) - 0.05 * span, 1.1 * span

    def left(self, x: float) -> float:
        return self.first_x + (self.last_x - self.first_x) * x / self.most_x

    def height(self, y: float) -> float:
        return self.bottom - (self.bottom - self.top) * (math.log10(y) - self._low) / self._span


def _can_be_shown(x: float, y: float) -> bool:
    return math.isfinite(x) and math.isfinite(y) and y > 0


def _runs(curve: Curve) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in curve:
        if _can_be_shown(x, y):
            runs[-1].append((x, y))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _round_steps(most: float) -> list[float]:
    """Return 0 and up to ten multiples of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(most / 5))
    step = next(power * factor for factor in (1, 2, 5, 10) if most / (power * factor) <= 7)
    return [step * index for index in range(math.floor(most / step) + 1)]


def _decades(least: float, most: float) -> list[float]:
    """Return the powers of ten within, with 2 and 5 times them where there are few."""
    exponents = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    for factors in ((1,), (1, 2, 5), tuple(range(1, 10))):
        marks = [factor * 10.0**exponent for exponent in exponents for factor in factors]
        within = [mark for mark in marks if least <= mark <= most]
        if len(within) >= 3:
            return within
    return [least, most]


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    *,
    ink: str = QUIET,
    size_px: int = 14,
    anchor: Anchor = "start",
) -> None:
    write(draw, at, text, size_px * FINER, ink, WIDTH_PX * FINER, anchor=anchor)
