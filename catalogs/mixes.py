"""How a list of pairs names several styles: shares of the pattern, and styles of coloured regions."""

from __future__ import annotations

import math

from catalogs.refusals import StylesUnclear

REGION_COLOURS = ("white", "red", "green", "blue", "yellow", "cyan", "magenta")
MOST_STYLES = 8


def read_shares(cell: str) -> tuple[tuple[str, float], ...]:
    """Return (style id, share) of a cell such as ``ikat``, ``ikat:0.7 + floral:0.3`` or ``ikat+floral``.

    Shares sum to 1, the largest first; without numbers they are equal. However a mix is written, it is
    the same mix.

    Raises:
        StylesUnclear: a number that is none or not above 0, one style twice, or more than eight.
    """
    named: dict[str, float] = {}
    for part in cell.split("+"):
        name, colon, number = (piece.strip() for piece in part.partition(":"))
        share = _number(number, cell) if colon else 1.0
        if not name or name in named:
            what = f"names {name!r} twice" if name else "has a place without a style"
            raise StylesUnclear(f"{cell!r} {what}; write style_id:share + style_id:share")
        named[name] = share
    if len(named) > MOST_STYLES:
        raise StylesUnclear(f"{cell!r} mixes {len(named)} styles, at most {MOST_STYLES} go together")
    total = sum(named.values())
    return tuple(sorted(((name, share / total) for name, share in named.items()), key=_largest_first))


def read_regions(cell: str) -> tuple[tuple[str, str], ...]:
    """Return (colour, style id) of a cell such as ``red=floral blue=check``; colours in their own order.

    Raises:
        StylesUnclear: no such colour, a colour twice, or no style for one.
    """
    named: dict[str, str] = {}
    for part in cell.replace(",", " ").split():
        colour, _, name = part.partition("=")
        if colour not in REGION_COLOURS or not name or colour in named:
            raise StylesUnclear(
                f"{cell!r}: {part!r} is not colour=style_id, or comes twice; colours of regions are "
                f"{', '.join(REGION_COLOURS)}, black is the rest"
            )
        named[colour] = name
    return tuple(sorted(named.items(), key=lambda entry: REGION_COLOURS.index(entry[0])))


def _number(text: str, cell: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not (math.isfinite(share) and share > 0):
        raise StylesUnclear(f"{cell!r}: a share is a number above 0, got {text!r}")
    return share


def _largest_first(entry: tuple[str, float]) -> tuple[float, str]:
    return -entry[1], entry[0]
