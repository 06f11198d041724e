"""Colour families: the name that a person gives to a design's dominant colour."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Degrees of hue at which each family ends, from red.
_WHEEL = (
    *((16, "red"), (42, "orange"), (68, "yellow"), (160, "green"), (196, "turquoise"), (255, "blue")),
    *((312, "purple"), (338, "pink"), (360, "red")),
)
FAMILIES = (
    *("red", "orange", "brown", "yellow", "green", "turquoise", "blue", "purple", "pink"),
    *("white", "grey", "black"),
)
_NAMES = np.array(["", *FAMILIES])
_ON_WHEEL = np.array([FAMILIES.index(name) + 1 for _, name in _WHEEL])
_DIGITS = len("#rrggbb")
_NO_DIGIT = 255
_HEX = np.full(256, _NO_DIGIT, np.uint8)
for _value, _digit in enumerate("0123456789abcdef"):
    _HEX[ord(_digit)] = _HEX[ord(_digit.upper())] = _value

Floats = NDArray[np.float32]


def tints(colours: pa.Array) -> pa.DictionaryArray:
    """Return the family of each colour, as words of a dictionary.

    Lightness and chroma decide before hue does: a dark orange is called brown, a pale or dark colour of
    little chroma white, grey or black. The limits were set by eye on 200 colours of real textiles.

    Args:
        colours: text, ``#rrggbb``; null and whatever else is no colour have no family.
    """
    rgb, are_colours = _rgb(colours)
    high, low = rgb.max(1), rgb.min(1)
    light, chroma = (high + low) / 2, high - low
    hue = _hue(rgb, high, chroma)
    found = _ON_WHEEL[np.searchsorted([end for end, _ in _WHEEL], hue, side="right").clip(0, len(_WHEEL) - 1)]

    def family(name: str) -> int:
        return FAMILIES.index(name) + 1

    warm = np.isin(found, [family("orange"), family("yellow")]) | ((found == family("red")) & (light < 0.24))
    found = np.where(warm & (light < 0.42) & (chroma < 0.55), family("brown"), found)
    found = np.where((found == family("red")) & (light > 0.68), family("pink"), found)
    pale = chroma < np.where(light > 0.86, 0.12, 0.09)
    found = np.where(pale, np.where(light > 0.86, family("white"), family("grey")), found)
    found = np.where((light < 0.13) | (pale & (light < 0.2)), family("black"), found)
    found = np.where(are_colours, found, 0)
    return pa.DictionaryArray.from_arrays(pa.array(found.astype(np.int32)), pa.array(_NAMES.tolist()))


def _rgb(colours: pa.Array) -> tuple[Floats, NDArray[np.bool_]]:
    """Return ``(N, 3)`` colours in [0, 1], and which of the texts are colours; the others are black."""
    texts = colours.cast(pa.string()).fill_null("")
    fit = np.asarray(pc.equal(pc.binary_length(texts), _DIGITS).to_numpy(zero_copy_only=False), np.bool_)
    letters = np.frombuffer("".join(texts.filter(pa.array(fit)).to_pylist()).encode(), np.uint8)
    letters = letters.reshape(-1, _DIGITS)
    values = _HEX[letters].astype(np.float32)
    are = (letters[:, 0] == ord("#")) & (values[:, 1:] != _NO_DIGIT).all(1)
    rgb = np.zeros((len(colours), 3), np.float32)
    rgb[fit] = np.where(are[:, None], 16.0 * values[:, 1::2] + values[:, 2::2], 0) / 255
    fit[fit] = are
    return rgb, fit


def _hue(rgb: Floats, high: Floats, chroma: Floats) -> Floats:
    """Return the hue in degrees, 0 where there is none."""
    red, green, blue = rgb.T
    some = np.where(chroma > 0, chroma, 1)
    by_red = ((green - blue) / some) % 6
    sector = np.where(
        high == red, by_red, np.where(high == green, (blue - red) / some + 2, (red - green) / some + 4)
    )
    hue: Floats = np.where(chroma > 0, 60 * sector, 0).astype(np.float32)
    return hue
