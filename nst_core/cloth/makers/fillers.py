"""Fillers: the sprays of dots and leaflets between a textile's motifs, each spray as one."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.cloth.makers.cutting import RADII_AT_PX, SMALLEST, Figures, parts_of
from nst_core.garment.pixels import Bits

# Of the textile's area; smaller is grain.
LEAST = 4e-5
# Nearer to something large, px at a long side of 384 px, it is a piece of that.
APART_PX = 4.0
# Crumbs so near to each other, px at a long side of 384 px, are one spray, if it is not too wide.
NEAR_PX = (6, 4, 3, 2)
WIDEST = 1 / 7
# Fewer sprays are specks that were taken for figure.
FEWEST = 4


def fillers(figure: Bits, motifs: Figures, outside: Bits) -> Figures:
    """Return what is too small for a motif, in sprays: a spray laid as it was keeps the hand that drew it.

    Args:
        figure: ``(H, W)``, what is not ground.
        motifs: of the figure, with what belongs to them.
        outside: ``(H, W)``, what is no part of the textile.

    Returns:
        The sprays that do not reach the border, named from 1; none of fewer than four.
    """
    parts = parts_of(figure & ~outside)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    crumbs = (areas >= LEAST * figure.size) & (areas < SMALLEST * figure.size)
    border = outside.copy()
    border[0] = border[-1] = border[:, 0] = border[:, -1] = True
    # What lies close to something large has come off it.
    large = (areas >= SMALLEST * figure.size)[parts]
    away = cv2.distanceTransform((~large).astype(np.uint8), cv2.DIST_L2, 5)
    beside = away <= APART_PX * max(figure.shape) / RADII_AT_PX
    crumbs[np.unique(parts[border | beside | (motifs.labels > 0)])] = False
    left = crumbs[parts]
    found = np.zeros(figure.shape, np.int32)
    count = 0
    scale = max(figure.shape) / RADII_AT_PX
    widest = WIDEST * max(figure.shape)
    for near_px in (*NEAR_PX, 0):
        radius = max(1, round(near_px * scale / 2)) if near_px else 0
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        wide = cv2.dilate(left.astype(np.uint8), disc)
        _, sprays, boxes, _ = cv2.connectedComponentsWithStats(wide, connectivity=8, ltype=cv2.CV_32S)
        fits = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) <= widest
        fits[0] = False
        names = np.where(fits, count + np.cumsum(fits), 0).astype(np.int32)
        count += int(fits.sum())
        here = left & fits[sprays]
        found[here] = names[sprays[here]]
        left &= ~here
    if count < FEWEST:
        return Figures(np.zeros_like(found), 0, 0.0)
    return Figures(found, count, float((found > 0).sum() / max(1, figure.sum())))
