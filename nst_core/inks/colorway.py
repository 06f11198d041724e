"""Colorways: a design's inks exchanged for a palette's, its contrasts kept unless asked otherwise."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nst_core.colour.oklab import oklab_of, rgb_of_oklab
from nst_core.errors import InksImpossible
from nst_core.inks.separating import colours_of
from nst_core.palettes import Ink, Palette

Contrast = Literal["kept", "inverted", "free"]

# Where a palette has more colours than are needed: the whole span from its darkest to its lightest counts as
# much as this distance in hue, OKLab × 100.
_SPAN = 40.0
# Shades beyond a palette's darkest and lightest colour go so far, OKLab × 100.
_BEYOND = 10.0

Floats = NDArray[np.float64]


def colorway_of(inks: Palette, palette: Palette, *, contrast: Contrast = "kept") -> Palette:
    """Return the palette's colours in the order of a design's inks, one for each.

    - ``kept``: a lighter ink stays the lighter one. With as many colours as inks that is all; of more colours
      those are taken that lie alike between dark and light and are near in hue; of fewer all are taken and
      shaded, darker and lighter, each shade between its neighbours.
    - ``inverted``: the same with dark and light exchanged: a light ground becomes a dark one.
    - ``free``: each ink takes a colour of its own so that all colours change least, light or dark.

    Args:
        inks: the design's.
        palette: named colours, 2 or more; for ``free`` as many as inks or more.
        contrast: which of the three.

    Returns:
        As many inks as the design has, in its order, under the palette's name.

    Raises:
        InksImpossible: ``too_few_colours``.
    """
    old, new = _oklab(inks), _oklab(palette)
    if contrast == "free":
        taken = _free(old, new)
        return Palette(tuple(palette.inks[index] for index in taken), palette.name)
    sign = -1 if contrast == "inverted" else 1
    from_dark = np.argsort(sign * old[:, 0], kind="stable")
    ladder = np.argsort(new[:, 0], kind="stable")
    sorted_old, sorted_new = old[from_dark], new[ladder]
    heights = _heights(sign * sorted_old[:, 0])
    if len(new) >= len(old):
        steps = _climb(heights, sorted_old, sorted_new)
        chosen = [palette.inks[ladder[step]] for step in steps]
    else:
        groups = _shared(heights, _heights(sorted_new[:, 0]))
        chosen = _shaded([palette.inks[index] for index in ladder], sorted_new, groups)
    found: list[Ink] = [chosen[0]] * len(old)
    for place, ink in zip(from_dark, chosen, strict=True):
        found[place] = ink
    return Palette(tuple(found), palette.name)


def _climb(heights: Floats, old: Floats, new: Floats) -> list[int]:
    """Return rising steps of the new colours, one for each old one, that fit best."""
    off = _SPAN * (heights[:, None] - _heights(new[:, 0])[None])
    hue = old[:, None, 1:] - new[None, :, 1:]
    costs = off**2 + (hue**2).sum(axis=-1)
    count, steps = costs.shape
    best = np.full((count, steps), np.inf)
    best[0] = costs[0]
    for index in range(1, count):
        before = np.minimum.accumulate(best[index - 1])
        best[index, 1:] = before[:-1] + costs[index, 1:]
    found, limit = [], steps
    for index in reversed(range(count)):
        limit = int(np.argmin(best[index, :limit]))
        found.append(limit)
    return found[::-1]


def _shared(heights: Floats, steps: Floats) -> list[int]:
    """Return how many old colours share each new one: neighbours together, none without."""
    costs = (heights[:, None] - steps[None]) ** 2
    count, groups = costs.shape
    best = np.full((count, groups), np.inf)
    best[:, 0] = np.cumsum(costs[:, 0])
    for index in range(1, count):
        best[index, 1:] = costs[index, 1:] + np.minimum(best[index - 1, 1:], best[index - 1, :-1])
    sizes = [0] * groups
    group = groups - 1
    for index in reversed(range(count)):
        sizes[group] += 1
        if group and index and best[index - 1, group - 1] <= best[index - 1, group]:
            group -= 1
    return sizes


def _shaded(ladder: list[Ink], colours: Floats, groups: list[int]) -> list[Ink]:
    """Return each colour and its shades, dark to light: half of them darker, half lighter, up to half way."""
    lightness = colours[:, 0]
    edges = np.concatenate(
        [[max(0.0, lightness[0] - _BEYOND)], (lightness[1:] + lightness[:-1]) / 2,
         [min(100.0, lightness[-1] + _BEYOND)]]
    )  # fmt: skip
    found = []
    for index, size in enumerate(groups):
        darker, lighter = (size - 1) // 2, size // 2
        own = lightness[index]
        levels = [own + (edges[index] - own) * step / (darker + 1) for step in range(darker, 0, -1)]
        found += [_shade(ladder[index], colours[index], level) for level in levels]
        found.append(ladder[index])
        levels = [own + (edges[index + 1] - own) * step / (lighter + 1) for step in range(1, lighter + 1)]
        found += [_shade(ladder[index], colours[index], level) for level in levels]
    # Eight bits may turn two neighbours that are nearly equally light.
    return sorted(found, key=lambda ink: float(oklab_of(ink.rgb)[0]))


def _shade(ink: Ink, colour: Floats, lightness: float) -> Ink:
    """Return a colour mixed with black or white to another lightness."""
    own = colour[0]
    if lightness <= own:
        mixed = colour * (lightness / max(own, 1e-6))
    else:
        mixed = colour + (np.array([100.0, 0, 0]) - colour) * (lightness - own) / (100 - own)
    red, green, blue = (int(value) for value in rgb_of_oklab(mixed))
    return Ink((red, green, blue), f"{ink.name} {'dark' if lightness <= own else 'light'}")


def _free(old: Floats, new: Floats) -> list[int]:
    from scipy.optimize import linear_sum_assignment

    if len(new) < len(old):
        raise InksImpossible(
            f"{len(old)} inks need as many colours where contrast is free, the palette has {len(new)}; keep "
            "the contrast, or give more colours",
            code="too_few_colours",
        )
    costs = ((old[:, None] - new[None]) ** 2).sum(axis=-1)
    _, taken = linear_sum_assignment(costs)
    return [int(index) for index in taken]


def _heights(lightness: Floats) -> Floats:
    """Return where each lies between the first and the last, 0..1."""
    span = lightness[-1] - lightness[0]
    return (lightness - lightness[0]) / span if span > 0 else np.linspace(0, 1, len(lightness))


def _oklab(palette: Palette) -> Floats:
    return oklab_of(colours_of(palette)).astype(np.float64)
