"""Pieces: sleeves, legs, hood and collar, found from the garment's outline alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from nst_core.garment.outline import Notch, Point, at, beyond, box, largest, notches
from nst_core.garment.pixels import Bits, Image, blurred, fitted_size, floats, resized

FINDING_SIDE_PX = 256
# Depths of notches in the outline, as shares of the garment's height: an armpit, a crotch, a neck.
ARMPIT, CROTCH, NECK = 0.05, 0.16, 0.012
# Two sides of a garment are as high and as large as each other within these.
LEVEL, ALIKE = 0.12, 2.2
# Of a sleeve laid out sideways the pattern is turned no further; one that points up is none.
MOST_TURN_DEG, NO_SLEEVE_DEG = 75.0, 115.0
# Less than this is how the garment lay, not how it was cut: a straight print stays straight.
LEAST_TURN_DEG = 12.0
# A piece is at least this share of the garment; what is smaller is not worth a seam.
SMALLEST, SMALLEST_TOP = 0.03, 0.012

# How far beyond the garment's edge a piece reaches, px of the copy it is found on.
MARGIN = 8.0

Kind = Literal["sleeve", "leg", "hood", "collar"]


@dataclass(frozen=True)
class Piece:
    """A part of the garment that is cut from the cloth by itself.

    Attributes:
        kind: what it is.
        weight: ``(H, W)`` float32 in [0, 1]: 1 on the piece and a little beyond the garment's edge, soft by
            a pixel along its seam.
        turn_deg: how far its own length is turned from hanging straight down, counter-clockwise.
    """

    kind: Kind
    weight: Image
    turn_deg: float


def find_pieces(alpha: Image) -> tuple[Piece, ...]:
    """Return the pieces that a garment's outline shows beyond doubt, none where it is unsure.

    Armpits, crotch and neck are the deep notches of the outline. A pair of sleeves needs two armpits at
    about one height with about the same beyond them; hood and collar need two notches at the neck besides;
    legs need one notch at the middle of the hem. From each notch a seam is cut: up to the shoulder, up to
    the waist, across the neck.

    Args:
        alpha: ``(H, W)`` in [0, 1].

    Returns:
        At most four pieces that do not overlap; what is in none of them is the body.
    """
    size = fitted_size(alpha.shape, min(FINDING_SIDE_PX, max(alpha.shape)))
    garment = largest(resized(alpha, *size) > 0.5)
    if garment.sum() < 400:
        return ()
    dents = notches(garment)
    found = _sleeves(garment, dents)
    if found:
        found += _top(garment, dents, found)
    else:
        found = _legs(garment, dents)
    return tuple(_piece(kind, region, garment, turn, alpha.shape) for kind, region, turn in found)


def seams(pieces: Sequence[Piece], depth: float, shape: tuple[int, ...]) -> Image:
    """Return the shade along the seams of pieces, for a shading to be multiplied with.

    Args:
        pieces: of one garment.
        depth: what the middle of a seam loses of its light, 0 to 1.
        shape: ``(H, W)``.

    Returns:
        ``(H, W)``, from ``1 - depth`` to 1.
    """
    shade = np.ones(shape, np.float32)
    for piece in pieces:
        # 4 w (1 - w) is 1 in the middle of the soft step from one cloth to the other.
        shade = np.minimum(shade, 1 - depth * 4 * piece.weight * (1 - piece.weight))
    return floats(shade)


_Found = list[tuple[Kind, Bits, float]]


def _sleeves(garment: Bits, dents: list[Notch]) -> _Found:
    _, height, left, right = box(garment)
    armpits = [notch for notch in dents if notch.depth > ARMPIT * height and _is_armpit(notch, garment)]
    pair = _deepest_pair(armpits, (left + right) / 2)
    if pair is None:
        return []
    body, level = np.abs(pair[1].deepest - pair[0].deepest)
    if level > LEVEL * height or not 0.25 < body / (right - left) < 0.85:
        return []
    found: _Found = []
    for notch, inward in zip(pair, (1, -1), strict=True):
        shoulder = _climb(garment, notch.deepest, inward)
        tip = min(notch.ends, key=lambda end: inward * end[0])
        sleeve = beyond(garment, notch.deepest, shoulder, tip, bulge=inward * 0.06)
        if sleeve is None:
            return []
        turn = _turn(sleeve, (notch.deepest + shoulder) / 2)
        if abs(turn) > NO_SLEEVE_DEG:
            return []
        found.append(("sleeve", sleeve, float(np.clip(turn, -MOST_TURN_DEG, MOST_TURN_DEG))))
    return found if _a_pair([region for _, region, _ in found], garment) else []


def _legs(garment: Bits, dents: list[Notch]) -> _Found:
    top, height, left, right = box(garment)
    width = right - left
    for notch in dents:
        ends = sorted(notch.ends, key=lambda end: float(end[0]))
        central = abs(notch.deepest[0] - (left + right) / 2) < 0.15 * width
        below = min(end[1] for end in ends) > top + 0.75 * height
        apart = ends[1][0] - ends[0][0] > 0.1 * width
        if not (central and below and apart and notch.depth > CROTCH * height):
            continue
        # The middle of the band between hips and waist: a hanger's clips and a folded corner lie above it.
        band = garment[round(top + 0.05 * height) : max(round(notch.deepest[1] - 0.1 * height), 1) + 2]
        waist = np.array([np.nonzero(band)[1].mean() if band.any() else notch.deepest[0], top])
        legs: _Found = []
        for end in ends:
            leg = beyond(garment, notch.deepest, waist, end, bulge=0.0)
            if leg is None:
                return []
            legs.append(("leg", leg, _hang(leg)))
        return legs if _a_pair([region for _, region, _ in legs], garment) else []
    return []


def _top(garment: Bits, dents: list[Notch], sleeves: _Found) -> _Found:
    """Find a hood or a collar that stands above the shoulders."""
    height = box(garment)[1]
    rest = garment & ~np.any([region for _, region, _ in sleeves], axis=0)
    top, _, left, right = box(rest)
    middle, width = (left + right) / 2, right - left
    # A neck lies above the armpits, well above: at their height the body is folded.
    highest = min(box(region)[0] for _, region, _ in sleeves) + 0.05 * height
    necks = [
        notch
        for notch in dents
        if notch.depth > NECK * height
        and notch.deepest[1] < highest
        and 0.08 * width < abs(notch.deepest[0] - middle) < 0.4 * width
        and rest[at(notch.deepest)]
    ]
    pair = _deepest_pair(necks, middle)
    if pair is None or abs(pair[1].deepest[1] - pair[0].deepest[1]) > 0.06 * height:
        return []
    start, end = pair[0].deepest, pair[1].deepest
    columns = np.flatnonzero(rest[round(top + 2)])
    region = beyond(rest, start, end, np.array([columns.mean(), top + 2]), bulge=0.1)
    if region is None or not SMALLEST_TOP < region.sum() / garment.sum() < 0.25:
        return []
    kind: Kind = "hood" if box(region)[1] > 0.5 * (end[0] - start[0]) else "collar"
    return [(kind, region, 0.0)]


def _deepest_pair(dents: list[Notch], middle: float) -> tuple[Notch, Notch] | None:
    """Return the deepest notch on the left and on the right of a middle, if there are both."""
    left = [notch for notch in dents if notch.deepest[0] < middle]
    right = [notch for notch in dents if notch.deepest[0] >= middle]
    if not left or not right:
        return None
    return max(left, key=lambda notch: notch.depth), max(right, key=lambda notch: notch.depth)


def _is_armpit(notch: Notch, garment: Bits) -> bool:
    """Say whether a notch opens downwards and outwards, between a sleeve's end and the hem."""
    top, height, left, right = box(garment)
    outer, inner = sorted(notch.ends, key=lambda end: abs(float(end[0]) - (left + right) / 2))[::-1]
    lower = max(outer[1], inner[1])
    return bool(
        top + 0.12 * height < notch.deepest[1] < top + 0.75 * height
        and lower > notch.deepest[1] + 0.1 * height
        and abs(outer[0] - (left + right) / 2) > abs(notch.deepest[0] - (left + right) / 2)
    )


def _climb(garment: Bits, start: Point, inward: int) -> Point:
    """Return where a line from an armpit, leaning a little inwards, leaves the garment at the shoulder."""
    step = np.array([inward * np.sin(np.deg2rad(9)), -np.cos(np.deg2rad(9))])
    point = start + 3 * step
    while point[1] >= 0 and garment[at(point)]:
        point = point + step
        if not (0 <= round(point[0]) < garment.shape[1] and round(point[1]) >= 0):
            break
    return np.asarray(point, np.float64)


def _a_pair(regions: list[Bits], garment: Bits) -> bool:
    areas = sorted(float(region.sum()) for region in regions)
    return areas[0] > SMALLEST * garment.sum() and areas[1] < ALIKE * areas[0]


def _turn(region: Bits, root: Point) -> float:
    """Return the angle of a piece's length, from its seam to its far end, against straight down."""
    rows, columns = np.nonzero(region)
    distance = np.hypot(columns - root[0], rows - root[1])
    far = distance >= np.median(distance)
    across, down = columns[far].mean() - root[0], rows[far].mean() - root[1]
    return float(np.rad2deg(np.arctan2(across, down)))


def _hang(leg: Bits) -> float:
    """Return the angle of a leg, from the middle of its upper end to the middle of its hem."""
    top, height, _, _ = box(leg)
    upper, lower = (
        np.nonzero(rows)[1].mean()
        for rows in (leg[top : top + height // 8 + 1], leg[top + height * 7 // 8 :])
    )
    return float(np.rad2deg(np.arctan2(lower - upper, height * 7 / 8)))


def _piece(kind: Kind, region: Bits, garment: Bits, turn: float, shape: tuple[int, ...]) -> Piece:
    """Carry a piece to the picture's size, widened so that the garment's soft edge belongs to it too."""
    others = garment & ~region
    mine, theirs = (
        floats(cv2.distanceTransform((~bits).astype(np.uint8), cv2.DIST_L2, 5)) for bits in (region, others)
    )
    # The distance from the seam in px of the picture: half a pixel of softness each way.
    signed = resized(floats((theirs - mine) / 2), shape[0], shape[1]) * max(shape) / max(region.shape)
    weight = np.clip(blurred(signed, 1.0) + 0.5, 0, 1)
    turn = turn if abs(turn) >= LEAST_TURN_DEG else 0.0
    return Piece(kind, floats(np.where(resized(mine, shape[0], shape[1]) < MARGIN, weight, 0)), turn)
