"""A textile made seamless: whole repeats of its own where it has them, else large patches sewn together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nst_core.cloth.foreign import its_own
from nst_core.cloth.makers.clearest_part import Part, clearest_part
from nst_core.cloth.makers.layout import Pattern, Sheet
from nst_core.cloth.makers.own_repeat import OwnRepeat, Vectors, own_repeat
from nst_core.cloth.makers.patches import Source
from nst_core.cloth.makers.torus_quilt import quilt_on
from nst_core.cloth.makers.whole_repeats import fitted, laid_over
from nst_core.garment.pixels import Bits, Image, dilated, floats
from nst_core.lattice import cover, mirrored, rolled

# Of the short side: figures stay whole.
BLOCK = 0.6
WHOLE = Part(0.0, 0.0, 1.0, 1.0)
# Steps across the tile's edge over the usual ones, in a drawn pattern.
MOST_EDGE = 1.1
# Smaller where what is foreign leaves large patches less than a share of their places.
BLOCKS, LEAST_ROOM = (BLOCK, 0.45, 0.34), 0.15


def seamless(textile: Image, sheet: Sheet) -> Pattern:
    """Return a textile as a tile, with its own rhythm where it has one.

    A drawn pattern is laid in whole repeats, resized so that they fill the tile. So is a photographed check
    or stripe, of the part where it is clearest. What repeats in large, as printed palms do, is resized to
    whole repeats and sewn of patches; any other is sewn at its own size.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1], at the tile's scale.
        sheet: the tile wanted.

    Returns:
        The tile, ``(H, W, 3)``, and the same of the textile at another scale.
    """
    own = own_repeat(textile)
    clear = None if own is None or own.is_exact else clearest_part(textile, own)
    part, laid = (WHOLE, own) if clear is None else clear
    linear = None if laid is None else fitted(laid.shifts, sheet)
    if laid is not None and linear is not None and (clear is not None or laid.is_exact):
        return _in_whole_repeats(textile, _Rhythm(part, laid, linear), sheet)
    usable = its_own(textile)
    if own is None or (linear := fitted(own.shifts, sheet)) is None:
        return sewn_of(textile, usable, sheet)
    return _resized_and_sewn(textile, usable, linear, sheet)


def quilted(picture: Image, sheet: Sheet, *, block: float = BLOCK) -> Pattern:
    """Return a tile sewn of patches of a picture.

    Args:
        picture: ``(h, w, 3)``, sRGB in [0, 1].
        sheet: the tile wanted.
        block: a patch's side as a share of the picture's short side.

    Returns:
        The tile, ``(H, W, 3)``, and the same of the picture at another scale.
    """
    return quilt_on([Source.of(picture)], sheet, block_px=round(block * min(picture.shape[:2])))


def sewn_of(picture: Image, usable: Bits, sheet: Sheet) -> Pattern:
    """Return a tile sewn of where a picture may be used, of smaller patches where large ones find no room.

    Args:
        picture: ``(h, w, 3)``, sRGB in [0, 1].
        usable: ``(h, w)``; where it leaves room for no patch at all, all of the picture is used.
        sheet: the tile wanted.

    Returns:
        The tile, ``(H, W, 3)``, and the same of the picture at another scale.
    """
    source = Source.of(picture)
    for block in BLOCKS:
        side = round(block * min(picture.shape[:2]))
        room = ~dilated(~usable, 2 * (side // 2) + 1)
        room = room[side // 2 : -side // 2, side // 2 : -side // 2]
        if room.mean() >= LEAST_ROOM:
            return quilt_on([replace(source, usable=usable)], sheet, block_px=side)
    return quilted(picture, sheet)


def symmetric(tile: Image, sheet: Sheet) -> Image:
    """Return a tile as it is, and of a mirror repeat the four reflections of its upper left quarter."""
    if sheet.repeat != "mirror":
        return tile
    return mirrored(tile[: sheet.height_px // 2, : sheet.width_px // 2])


@dataclass(frozen=True, eq=False)
class _Rhythm:
    """Which part of a textile is laid in whole repeats, how it repeats, and how the sheet maps to it."""

    part: Part
    own: OwnRepeat
    linear: Vectors


def _in_whole_repeats(textile: Image, rhythm: _Rhythm, sheet: Sheet) -> Pattern:
    decided_px = textile.shape[:2]
    tile = laid_over(rhythm.part.of(textile), rhythm.own, rhythm.linear, sheet)
    begins = _own_axes(tile, sheet) if sheet.repeat == "mirror" else _beside_edges(tile, sheet)

    def at(textile: Image, other: Sheet) -> Image:
        times = other.over(sheet)
        scale = np.array(textile.shape[:2]) / decided_px
        own = replace(rhythm.own, shifts=rhythm.own.shifts * scale)
        linear = rhythm.linear * scale / np.array(times)[:, None]
        return begun_at(laid_over(rhythm.part.of(textile), own, linear, other, times=times), other, times)

    def begun_at(tile: Image, sheet: Sheet, times: tuple[float, float]) -> Image:
        repeat = "straight" if sheet.repeat == "mirror" else sheet.repeat
        for down, right in begins:
            tile = rolled(tile, repeat, down_px=-round(down * times[0]), right_px=-round(right * times[1]))
        return symmetric(tile, sheet)

    return Pattern(begun_at(tile, sheet, (1.0, 1.0)), at)


def _resized_and_sewn(textile: Image, usable: Bits, linear: Vectors, sheet: Sheet) -> Pattern:
    decided_px = textile.shape[:2]
    sewn = sewn_of(_resized_by(textile, linear), _resized_by(floats(usable), linear) > 0.5, sheet)

    def at(textile: Image, other: Sheet) -> Image:
        scale = np.array(textile.shape[:2]) / decided_px
        return sewn.at(_resized_by(textile, linear * scale / np.array(other.over(sheet))[:, None]), other)

    return Pattern(sewn.tile, at)


def _beside_edges(tile: Image, sheet: Sheet) -> list[tuple[int, int]]:
    """Return by how much (down and right, one after the other) a tile begins beside its pattern's long edges.

    Nothing of the cloth changes; but what is measured across the join, and what two printers' plates must
    meet in, is then as quiet as the rest.
    """
    begins = []
    for axis in (0, 1):
        wide = cover(tile, sheet.repeat, height_px=sheet.height_px + 1 - axis, width_px=sheet.width_px + axis)
        steps = np.abs(np.diff(wide, axis=axis)).mean(axis=(1 - axis, 2))
        steps = (np.roll(steps, 1) + steps + np.roll(steps, -1)) / 3
        usual = float(steps.mean())
        if steps[-1] > MOST_EDGE * usual:
            places = int(np.abs(steps - usual).argmin()) + 1
            begins.append((places * (1 - axis), places * axis))
            tile = rolled(tile, sheet.repeat, down_px=-begins[-1][0], right_px=-begins[-1][1])
    return begins


def _own_axes(tile: Image, sheet: Sheet) -> list[tuple[int, int]]:
    """Return where a mirror tile's joins lie where the pattern is its own mirror image, if it is anywhere."""
    return [(_axis(tile, sheet, 0), _axis(tile, sheet, 1))]


def _axis(tile: Image, sheet: Sheet, axis: int) -> int:
    """Return where a tile, reflected in the line before that row or column, is most like itself."""
    length = tile.shape[axis]
    # sum |f(p) - f(2a - 1 - p)|^2 is least where the correlation of f with its reflection is largest.
    spectrum = np.fft.fft(np.moveaxis(tile, axis, 0).reshape(length, -1).astype(np.float64), axis=0)
    alike = np.fft.ifft((spectrum * spectrum).sum(axis=1)).real
    # alike[n] = sum over p of f(p) f(n - p), with n = 2a - 1.
    odd = alike[(2 * np.arange(length) - 1) % length]
    best = np.flatnonzero(odd > odd.max() - 1e-3 * (odd.max() - odd.min() + 1e-12))
    return int(best[sheet.seed % len(best)])


def _resized_by(textile: Image, linear: Vectors) -> Image:
    """Return the textile seen through the map from tile to textile, as much of it as fills a rectangle."""
    height, width = textile.shape[:2]
    middle = (np.array([height, width]) - 1) / 2
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) / 2
    size = np.array([height, width]) / np.abs(np.diag(linear))
    # Slanted, a rectangle sticks out of the textile; made smaller by so much it does not.
    over = np.abs((corners * size) @ linear).max(axis=0) / (np.array([height, width]) / 2)
    size = np.maximum(np.floor(size / over.max()), 8).astype(int)
    places = (np.moveaxis(np.indices(size, np.float64), 0, -1) - (size - 1) / 2) @ linear + middle
    seen = cv2.remap(
        textile,
        floats(places[..., 1]),
        floats(places[..., 0]),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    return np.clip(floats(seen), 0, 1)
