"""What a garment looks like in a picture: crumbs and holes, its outline, its distance from the border."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Bits, Image, dilated, eroded, floats, opened

SMALLEST_AREA, LARGEST_AREA = 0.005, 0.95
CLEAR_STEP = 12.0
# What the product of all evidence comes to for a mask beyond doubt.
GOOD_EVIDENCE = 0.8


def tidy(mask: Bits, lab: Image) -> Bits:
    """Drop crumbs, keep parts, and close the holes that are prints rather than gaps.

    Args:
        mask: ``(H, W)``.
        lab: ``(H, W, 3)``, CIE Lab.

    Returns:
        ``(H, W)``.
    """
    mask = opened(mask)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    mask = np.isin(labels, 1 + np.flatnonzero(areas >= 0.1 * areas.max()))
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    holes, labels, stats, middles = cv2.connectedComponentsWithStats((~mask).astype(np.uint8), connectivity=4)
    height, width = mask.shape
    filled = mask.copy()
    for hole in range(1, holes):
        left, top, across, down, area = (int(value) for value in stats[hole])
        if left == 0 or top == 0 or left + across == width or top + down == height:
            continue
        # A gap in the upper middle would be a hole in the chest: between arm and body gaps lie
        # at the sides, between legs they end near the hem.
        off_middle = abs(middles[hole][0] - columns.mean()) / max(1, int(np.ptp(columns)))
        to_hem = (int(rows[-1]) - top - down) / max(1, int(np.ptp(rows)))
        crumb, chest = area < 0.004 * mask.sum(), off_middle < 0.12 and to_hem > 0.25
        inside = labels == hole
        if crumb or chest or nearer_to_garment(inside, mask, lab):
            filled |= inside
    return filled


def nearer_to_garment(region: Bits, garment: Bits, lab: Image) -> bool:
    """Say whether a region's colour is commoner in the garment than in the rest of the picture.

    Args:
        region: ``(H, W)``, some pixels set.
        garment: ``(H, W)``; what is in neither counts as ground.
        lab: ``(H, W, 3)``, CIE Lab.
    """
    colour = np.median(lab[region], axis=0)
    near = ((lab - colour) ** 2).sum(-1) < CLEAR_STEP**2
    in_garment, in_ground = near[garment & ~region], near[~garment & ~region]
    return bool(in_garment.size and (not in_ground.size or in_garment.mean() > in_ground.mean()))


def merit(mask: Bits, lab: Image) -> float:
    """Return how much a mask looks like a garment's: clear outline, clear of the border, of some size.

    Args:
        mask: ``(H, W)``.
        lab: ``(H, W, 3)``, CIE Lab.

    Returns:
        0 to 1; 0 when the area is impossible (under 0.5 % or over 95 % of the picture).
    """
    if not SMALLEST_AREA < float(mask.mean()) < LARGEST_AREA:
        return 0.0
    return _outline_contrast(mask, lab) * _freedom(mask)


def overlap(one: Bits, other: Bits) -> float:
    """Return the intersection of two masks over their union; 0 when both are empty."""
    return float((one & other).sum() / max(1, int((one | other).sum())))


def certainty(mask: Bits, lab: Image, odds: Image, vote: Bits) -> float:
    """Return how far a mask can be trusted that a look and the colours' vote led to.

    The overlap that the look's odds expect x their sureness about the outline x agreement with the
    vote x contrast along the outline, brought to a scale where most good
    masks lie above 0.7, and what is found on an empty floor or in noise below 0.35.

    Args:
        mask: ``(H, W)``.
        lab: ``(H, W, 3)``, CIE Lab.
        odds: ``(H, W)``, the look's log odds of garment.
        vote: ``(H, W)``.

    Returns:
        0 to 1; 0 when the area is impossible (under 0.5 % or over 95 % of the picture).
    """
    if not SMALLEST_AREA < float(mask.mean()) < LARGEST_AREA:
        return 0.0
    share = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    expected = float(share[mask].sum() / (mask.sum() + share[~mask].sum()))
    outline = dilated(mask, 13) & ~eroded(mask, 13)
    sure = float(np.abs(2 * share[outline] - 1).mean())
    agreed, clear = 0.7 + 0.3 * overlap(mask, vote), _outline_contrast(mask, lab) ** 0.5
    return min(1.0, float(expected * sure * agreed * clear / GOOD_EVIDENCE))


def border_of(height: int, width: int) -> Bits:
    """Return the rim of a picture, 3 % of its long side wide."""
    rim = max(2, round(0.03 * max(height, width)))
    border = np.ones((height, width), np.bool_)
    border[rim : height - rim, rim : width - rim] = False
    return border


def _outline_contrast(mask: Bits, lab: Image) -> float:
    """How far the colours just inside and just outside differ; 1 where CLEAR_STEP or more everywhere."""
    inner, outer = eroded(mask, 3), ~dilated(mask, 3)
    outline = ~inner & ~outer & ~border_of(*mask.shape)
    if not outline.any():
        return 0.0
    step = np.linalg.norm(_mean_within(lab, inner) - _mean_within(lab, outer), axis=-1)[outline]
    return float(np.clip(step / CLEAR_STEP, 0, 1).mean())


def _mean_within(lab: Image, bits: Bits) -> Image:
    weight = floats(cv2.blur(floats(bits), (9, 9)))
    return floats(floats(cv2.blur(lab * bits[..., None], (9, 9))) / np.maximum(weight, 1e-6)[..., None])


def _freedom(mask: Bits) -> float:
    """1 for a garment that leaves a fifth of the picture's border free, 0 for one that covers it all."""
    rim = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return float(np.clip(1.25 * (1 - rim.mean()), 0, 1))
