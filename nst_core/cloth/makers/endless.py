"""Filters on the endless cloth: at a tile's edge they look into the next tile, as the repeat lays it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from configs.cloth import Repeat
from nst_core.cloth.makers.layout import Sheet
from nst_core.colour import lab_of, picture_of
from nst_core.garment.pixels import Image, floats
from nst_core.lattice import cover, straightened

# As fine as JPEG keeps hues of a photo.
CHROMA_PX = 0.8


def blurred_on(tile: Image, sheet: Sheet, sigma_px: float) -> Image:
    """Return a tile through a Gaussian.

    Args:
        tile: ``(H, W)`` or ``(H, W, C)``.
        sheet: how it repeats.
        sigma_px: above 0.

    Returns:
        float32, of the tile's shape.
    """
    margin = int(np.ceil(4 * sigma_px))
    wide = _with_margin(tile, sheet, margin)
    soft = floats(cv2.GaussianBlur(wide, (2 * margin + 1, 2 * margin + 1), sigma_px))
    # OpenCV drops a last axis of one channel.
    return soft[margin : margin + sheet.height_px, margin : margin + sheet.width_px].reshape(tile.shape)


def chroma_calmed_on(tile: Image, sheet: Sheet) -> Image:
    """Return a tile whose hues change over a pixel or two: the eye sees edges by lightness, and grain by hue.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        sheet: how it repeats.
    """
    lab = lab_of(tile)
    lab[..., 1:] = blurred_on(lab[..., 1:], sheet, CHROMA_PX)
    return picture_of(lab)


def average_on(tile: Image, weight: Image, sheet: Sheet, sigma_px: float) -> Image:
    """Return about each place the Gaussian average of a tile where the weight is; elsewhere what is nearest.

    Args:
        tile: ``(H, W, C)``.
        weight: ``(H, W)``, not negative.
        sheet: how it repeats.
        sigma_px: above 0.
    """
    weight = floats(weight)[..., None]
    overall = (tile * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
    mass = blurred_on(weight[..., 0], sheet, sigma_px)[..., None]
    # Far from any weight the average of all of it stands in.
    return floats((blurred_on(floats(tile * weight), sheet, sigma_px) + 1e-4 * overall) / (mass + 1e-4))


def noise_on(sheet: Sheet, decided: Sheet, key: Sequence[int], *, planes: int = 1) -> Image:
    """Return white noise of a tile, unit variance, whose broad part is that of another sheet's.

    Args:
        sheet: how large, and how it repeats.
        decided: the sheet whose noise it agrees with, so far as that one's pixels can tell; the same sheet,
            and it is that very noise.
        key: of the random numbers.
        planes: how many.

    Returns:
        ``(H, W, planes)``.
    """
    random = np.random.default_rng([*key])
    noise = floats(random.standard_normal((decided.height_px, decided.width_px, planes)))
    if sheet == decided:
        return noise
    random = np.random.default_rng([*key, sheet.height_px])
    fine = floats(random.standard_normal((sheet.height_px, sheet.width_px, planes)))
    return np.stack(
        [_with_broad_part(fine[..., i], noise[..., i], sheet.repeat) for i in range(planes)], axis=-1
    )


def wobbled_on(
    tile: Image, sheet: Sheet, decided: Sheet, *, by_px: float, wave_px: float, seed: int
) -> Image:
    """Return a tile displaced by smooth noise: straight edges come as if cut or painted by hand.

    Args:
        tile: ``(H, W)`` or ``(H, W, C)``.
        sheet: how it repeats.
        decided: the sheet on which it wavers alike.
        by_px: usual displacement.
        wave_px: how far it is the same.
        seed: of the noise.
    """
    shift = blurred_on(noise_on(sheet, decided, [seed], planes=2), sheet, wave_px)
    shift *= by_px / max(float(shift.std()), 1e-6)
    margin = int(np.ceil(np.abs(shift).max())) + 3
    rows, columns = np.indices((sheet.height_px, sheet.width_px), np.float32) + margin
    wide = _with_margin(tile, sheet, margin)
    return floats(cv2.remap(wide, columns + shift[..., 1], rows + shift[..., 0], cv2.INTER_LINEAR))


def widened_on(share: Image, sheet: Sheet, *, by_px: int) -> Image:
    """Return at each place the largest share within a square of so many px to all sides.

    Args:
        share: ``(H, W)``.
        sheet: how it repeats.
        by_px: to each side.
    """
    wide = cv2.dilate(_with_margin(share, sheet, by_px), np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8))
    return floats(wide[by_px : by_px + sheet.height_px, by_px : by_px + sheet.width_px])


def _with_broad_part(fine: Image, coarse: Image, repeat: Repeat) -> Image:
    """Return noise ``(H, W)`` with the frequencies of coarser noise of the same cloth in place of its own."""
    shape = fine.shape
    fine, coarse = straightened(fine, repeat), straightened(coarse, repeat)
    spectrum, broad = np.fft.rfft2(fine), np.fft.rfft2(coarse) * (fine.size / coarse.size) ** 0.5
    down, across = coarse.shape[0] // 2, coarse.shape[1] // 2
    spectrum[:down, :across] = broad[:down, :across]
    spectrum[1 - down :, :across] = broad[1 - down :, :across]
    return floats(np.fft.irfft2(spectrum, s=fine.shape)[: shape[0], : shape[1]])


def _with_margin(tile: Image, sheet: Sheet, margin: int) -> Image:
    return np.ascontiguousarray(
        cover(
            tile,
            sheet.repeat,
            height_px=sheet.height_px + 2 * margin,
            width_px=sheet.width_px + 2 * margin,
            top=-margin,
            left=-margin,
        )
    )
