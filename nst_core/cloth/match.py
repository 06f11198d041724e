"""Match: give laid cloth back, in closed form, the detail and the colours that laying and light took from it.

A cloth that is resampled is softer than it was, and folds and shade take light from it, so on the garment its
detail is fainter and its colours duller than those of the flat cloth. Both are told by a few means over the
garment and are mended by as many gains; what is left to the steps is what gains cannot mend.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from nst_core.garment.pixels import Image, floats
from nst_core.garment.relight import relight
from nst_core.garment.shading import Shading

# Detail is what one softening takes from the one before it: about 1, 2 and 4 px wide.
BANDS = 3
_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16
# A band grows or fades by no more: what is all but gone would come back as noise. The finest, which the steps
# make larger themselves, does not grow.
BAND_GAINS = np.array([(0.7, 1.0), (0.7, 1.5), (0.7, 1.8)])
# All of a colour's differences, likewise.
CONTRASTS = (0.6, 1.6)
# Values nearer than END to 0 or 1 are at the end already; of all others no more may come there.
END, MOST_AT_AN_END = 0.01, 0.02
_WAYS = (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)
# So many px tell how many would.
_LOOKED_AT = 20_000
_LEAST = 1e-4
# What all softenings together see beyond a place, px, and how many px are softened at a time.
_REACH = 2 * (2**BANDS - 1)
_PX_AT_ONCE = 1 << 20


def match(laid: Image, cloth: Image, *, shading: Shading | None, where: Image | None) -> Image:
    """Return laid cloth whose detail and colours are, in the garment's light, those of the flat cloth.

    First each colour's mean and deviation over the garment become those of the flat cloth, then the size of
    each band of detail, then mean and deviation once more. One gain a band for all colours, so that no hue
    moves; gains alone and no histograms, so that no motif changes its form.

    Args:
        laid: ``(H, W, 3)``, sRGB in [0, 1], the cloth as it lies on the garment.
        cloth: ``(h, w, 3)``, sRGB in [0, 1], the same cloth flat, at the same scale.
        shading: the garment's, ``(H, W)``, or None: the cloth is seen as it is. A drawing's lines are ink and
            no light.
        where: ``(H, W)`` in [0, 1], the garment; None: everywhere.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1]; ``laid`` itself where there is no garment.

    Source:
        Heeger, Bergen (1995), "Pyramid-Based Texture Analysis/Synthesis", of whose histograms the deviations
        are kept; the bands are those of Burt, Adelson (1983), at full size.
    """
    share = np.full(laid.shape[:2], 1.0, np.float32) if where is None else where
    if not share.any():
        return laid
    share = floats(share / share.sum())
    dark, gain = _light(laid.shape[:2], shading)
    mended = _recoloured(laid, cloth, dark, gain, share)
    aims = _band_sizes(cloth, None, None)
    sizes = _band_sizes(mended, (dark, gain), share)
    gains = np.clip(aims / np.maximum(sizes, _LEAST), *BAND_GAINS.T)
    sharper = np.empty_like(mended)
    for inside, seen, rows in _strips(mended):
        bands, rest = _bands(mended[seen])
        for band, of_band in zip(bands, gains, strict=True):
            rest += of_band * band
        sharper[rows] = np.clip(rest[inside], 0, 1)
    del mended
    return _recoloured(sharper, cloth, dark, gain, share)


def _light(shape: tuple[int, int], shading: Shading | None) -> tuple[Image, Image]:
    """Return what the light makes of black, and by how much more it makes of white: it is a line between."""
    if shading is None:
        return np.zeros(shape, np.float32), np.ones(shape, np.float32)
    values = np.ones(shape, np.float32) if shading.kind == "drawing" else shading.values
    planes = torch.from_numpy(values)[None, None]
    dark, white = (relight(torch.full_like(planes, ends), planes)[0, 0].numpy() for ends in (0.0, 1.0))
    return floats(dark), floats(white - dark)


def _recoloured(laid: Image, cloth: Image, dark: Image, gain: Image, share: Image) -> Image:
    """Return cloth whose mean and deviation in the light are those of the flat cloth, colour by colour.

    It goes only so far on this way that hardly a place comes to the end of the scale that was not there: what
    is pale or dark would lose its hue there.
    """
    unlit, lit = float((dark * share).sum()), float((gain * share).sum())
    contrasts, shifts = np.ones(3, np.float32), np.zeros(3, np.float32)
    for colour in range(3):
        seen = dark + gain * laid[..., colour]
        mean = float((seen * share).sum())
        deviation = float(np.sqrt((np.square(seen - mean) * share).sum()))
        aim, aimed = float(cloth[..., colour].mean()), float(cloth[..., colour].std())
        contrasts[colour] = np.clip(aimed / max(deviation, _LEAST), *CONTRASTS)
        # light falls on the shift too
        shifts[colour] = (aim - unlit - contrasts[colour] * (mean - unlit)) / max(lit, _LEAST)
    worn = _some(laid, share > 0.5 * share.max(), max(1, int(np.count_nonzero(share)) // _LOOKED_AT))
    inside = (worn > END) & (worn < 1 - END)
    for way in _WAYS:
        changed = worn + way * ((contrasts - 1) * worn + shifts)
        lost = inside & ((changed <= 0) | (changed >= 1))
        if lost.mean() <= MOST_AT_AN_END:
            break
    recoloured = np.empty_like(laid)
    for _inside, _seen, rows in _strips(laid):
        part = laid[rows]
        recoloured[rows] = np.clip(part + way * ((contrasts - 1) * part + shifts), 0, 1)
    return recoloured


def _some(image: Image, where: NDArray[np.bool_], each: int) -> Image:
    """Return every ``each``-th px of those ``where`` says, ``(N, 3)``, without a copy of all of them."""
    picked, before = [], 0
    for _inside, _seen, rows in _strips(image):
        places = np.flatnonzero(where[rows])
        picked.append(image[rows].reshape(-1, 3)[places[-before % each :: each]])
        before += len(places)
    return np.concatenate(picked)


def _band_sizes(image: Image, light: tuple[Image, Image] | None, share: Image | None) -> NDArray[np.float64]:
    """Return how large each band of detail is in the light, a deviation of all colours, ``(BANDS,)``."""
    total = np.zeros(BANDS)
    for inside, seen, rows in _strips(image):
        lit = image[seen]
        if light is not None:
            dark, gain = light
            lit = floats(dark[seen, :, None] + gain[seen, :, None] * lit)
        bands, _rest = _bands(lit)
        weight = 1 / (image.shape[0] * image.shape[1]) if share is None else share[rows]
        total += [float((np.square(band[inside]).sum(2) * weight).sum()) for band in bands]
    return np.sqrt(total)


def _strips(image: Image) -> Iterator[tuple[slice, slice, slice]]:
    """Yield an image's strips: which rows of what is looked at are its own; what is looked at; its rows."""
    height, width = image.shape[:2]
    step = max(_REACH, _PX_AT_ONCE // width)
    for top in range(0, height, step):
        bottom = min(height, top + step)
        first, last = max(0, top - _REACH), min(height, bottom + _REACH)
        yield slice(top - first, bottom - first), slice(first, last), slice(top, bottom)


def _bands(image: Image) -> tuple[list[Image], Image]:
    """Return the bands of detail of an image, the finest first, and what lies below them."""
    bands, rest = [], image
    for band in range(BANDS):
        softer = _softer(rest, 2**band)
        bands.append(floats(rest - softer))
        rest = softer
    return bands, rest


def _softer(image: Image, px: int) -> Image:
    kernel = np.zeros(4 * px + 1, np.float32)
    kernel[::px] = _KERNEL
    return floats(cv2.sepFilter2D(image, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101))
