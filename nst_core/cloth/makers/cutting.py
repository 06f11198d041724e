"""Motifs told apart: the connected figures of a textile, those that touch cut at their necks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits, Image, floats

Labels = NDArray[np.int32]

# Of the textile's area; smaller is a crumb, larger is several motifs that touch.
SMALLEST, LARGEST = 0.0006, 0.12
# Smaller pieces of a cut are stalks and corners.
SMALLEST_CUT = 0.002
# A component of less than this share of the large ones' size, so near to one, is a part of it.
CRUMB, NEAR_PX = 0.15, 3.0
# A component larger than this may be several motifs; its pieces stand if they are so much of it.
SURELY_ONE, NEARLY_ALL = 0.015, 0.75
# Necks of so many px (twice the radius) at a long side of 384 px are cut, thin ones first.
NECK_RADII = (1, 2, 3, 4, 6)
RADII_AT_PX = 384
# A motif of whose outline more than this was cut is a fragment.
MOST_CUT = 0.14
# Colours this near in Lab across a cut are one motif's.
ALIKE, UNLIKE_COUNTS = 14.0, 1 / 3


@dataclass(frozen=True, eq=False)
class Figures:
    """The motifs of a textile.

    Attributes:
        labels: ``(H, W)``, 0 on the ground and on what is no whole motif, else 1 to ``count``.
        count: how many motifs.
        share: how much of the figure, by area and with its small holes filled, they are.
    """

    labels: Labels
    count: int
    share: float


@dataclass(frozen=True, eq=False)
class _Scene:
    """What the parts of a textile's figure are judged by."""

    lab: Image
    figure: Bits
    border: Bits


def whole_figures(textile: Image, figure: Bits, outside: Bits) -> Figures:
    """Return the motifs that lie wholly in the textile, cut apart where they touch.

    A component of fitting size that does not reach the border is a motif. One that is too large or
    reaches the border is cut at its necks, thin ones first, by erosion to cores that are grown back
    within it; so is one so large that it may be several, and the pieces stand if they are nearly all of
    it. What has lost too much of its outline to a cut is left out, so that no half flowers are tossed.

    Args:
        textile: ``(H, W, 3)``, sRGB in [0, 1].
        figure: ``(H, W)``, what is not ground.
        outside: ``(H, W)``, what is no part of the textile; there its border runs.

    Returns:
        The motifs, the larger components' first.
    """
    border = outside.copy()
    border[0] = border[-1] = border[:, 0] = border[:, -1] = True
    calm = floats(cv2.cvtColor(floats(cv2.GaussianBlur(textile, (0, 0), 1.0)), cv2.COLOR_RGB2LAB))
    solid = _without_specks(figure)
    scene = _Scene(calm, solid, border)
    parts = _joined_to_the_larger(parts_of(solid & ~outside))
    found = np.zeros(figure.shape, np.int32)
    count = 0
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    scale = max(figure.shape) / RADII_AT_PX
    radii = [max(1, round(radius * scale)) for radius in NECK_RADII]
    for name in np.argsort(-areas, kind="stable"):
        if areas[name] < SMALLEST * figure.size:
            break
        for motif in _motifs_of(parts == name, scene, radii):
            count += 1
            found[motif] = count
    return Figures(found, count, float((found > 0).sum() / max(1, solid.sum())))


def beside(own: Bits) -> Bits:
    """Return what lies beside a textile, of all that is not like it: what reaches the picture's border.

    A rare motif in the middle is as unlike the rest as a table is.

    Args:
        own: ``(H, W)``, where the textile is like itself.
    """
    unlike = parts_of(~own)
    rim = np.unique(np.concatenate([unlike[0], unlike[-1], unlike[:, 0], unlike[:, -1]]))
    return np.asarray(np.isin(unlike, rim[rim > 0]))


def _motifs_of(part: Bits, scene: _Scene, radii: list[int]) -> list[Bits]:
    """Return the motifs that a part of the figure is made of: itself, or what its thinnest necks join."""
    fits = _fits(part, scene.border) and _cut_share(part, scene) <= MOST_CUT
    if (fits and part.sum() <= SURELY_ONE * part.size) or not radii:
        return [part] if fits else []
    pieces = _cut(part, radii[0])
    areas = np.bincount(pieces.ravel())
    areas[0] = 0
    found = [
        motif
        for name in np.flatnonzero(areas >= SMALLEST_CUT * part.size)
        for motif in _motifs_of(pieces == name, scene, radii[1:])
    ]
    if fits and (len(found) < 2 or sum(motif.sum() for motif in found) < NEARLY_ALL * part.sum()):
        return [part]
    return found


def _fits(part: Bits, border: Bits) -> bool:
    """Say whether a part is of a motif's size and away from the border."""
    return not (part & border).any() and SMALLEST * part.size <= part.sum() <= LARGEST * part.size


def _without_specks(figure: Bits) -> Bits:
    """Return the figure with its small holes filled: seeds and lights are no necks."""
    holes = parts_of(~figure)
    areas = np.bincount(holes.ravel())
    areas[0] = 0
    return np.asarray(figure | ((holes > 0) & (areas < SMALLEST * figure.size)[holes]))


def _joined_to_the_larger(parts: Labels) -> Labels:
    """Give small components that nearly touch a larger one to it: tips of its leaves, dots of its rim."""
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    motifs = areas[(areas >= SMALLEST * parts.size) & (areas <= LARGEST * parts.size)]
    if not len(motifs):
        return parts
    small = areas < min(CRUMB * float(np.percentile(motifs, 90)), SMALLEST_CUT * parts.size)
    large = (parts > 0) & ~small[parts]
    _, nearest = cv2.distanceTransformWithLabels(
        (~large).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    away = cv2.distanceTransform((~large).astype(np.uint8), cv2.DIST_L2, 5)
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    owner[nearest[large]] = parts[large]
    near = (parts > 0) & small[parts] & (away <= NEAR_PX * max(parts.shape) / RADII_AT_PX)
    joined = np.arange(len(areas), dtype=np.int32)
    joined[parts[near]] = owner[nearest[near]]
    return joined[parts]


def parts_of(bits: Bits) -> Labels:
    """Return ``(H, W)``, the number of the connected part that each place lies in; 0 where there is none."""
    _, labels = cv2.connectedComponents(bits.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(labels, dtype=np.int32)


def _about(part: Bits) -> tuple[slice, slice]:
    """Return a window with the part and a margin."""
    left, top, width, height = cv2.boundingRect(part.astype(np.uint8))
    return slice(max(0, top - 3), top + height + 3), slice(max(0, left - 3), left + width + 3)


def _cut(part: Bits, radius: int) -> Labels:
    """Return the pieces of a part without necks thinner than the diameter, each grown back to its share."""
    window = _about(part)
    pieces = np.zeros(part.shape, np.int32)
    pieces[window] = _cores_grown_back(part[window], radius)
    return pieces


def _cores_grown_back(figure: Bits, radius: int) -> Labels:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    inside = np.pad(figure.astype(np.uint8), radius)
    cores = parts_of(np.asarray(cv2.erode(inside, disc))[radius:-radius, radius:-radius] > 0)
    outside = int(cores.max()) + 1
    # Watershed on a flat picture gives each place to the core that is reached first; the step at the
    # outline keeps what is outside from taking part. It takes the frame of its picture for a boundary: a
    # margin keeps that off the figure.
    markers = np.pad(np.where(figure, cores, outside).astype(np.int32), 1, constant_values=outside)
    step = np.pad(np.where(figure, 0, 255).astype(np.uint8), 1, constant_values=255)
    grown = np.asarray(cv2.watershed(cv2.merge([step, step, step]), markers))[1:-1, 1:-1]
    grown = np.where(figure & (grown > 0) & (grown < outside), grown, 0).astype(np.float32)
    # The lines that watershed draws between neighbours, and along the outline, belong to the pieces.
    lines = figure & (grown == 0)
    grown[lines] = cv2.dilate(grown, np.ones((3, 3), np.uint8))[lines]
    return np.asarray(grown, dtype=np.int32)


def _cut_share(part: Bits, scene: _Scene) -> float:
    """Return how much of an outline was cut: where the figure goes on, a third where in other colours."""
    window = _about(part)
    part, figure, lab = part[window], scene.figure[window], scene.lab[window]
    whole = part.astype(np.uint8)
    near = cv2.dilate(whole, np.ones((3, 3), np.uint8))
    # Two px away, past the soft edge.
    beside = (cv2.dilate(whole, np.ones((5, 5), np.uint8)) > 0) & (near == 0)
    cut_here = beside & figure
    _, nearest = cv2.distanceTransformWithLabels(1 - whole, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    own = np.zeros((int(nearest.max()) + 1, 3), np.float32)
    own[nearest[part]] = lab[part]
    apart = np.sqrt(((lab[cut_here] - own[nearest[cut_here]]) ** 2).sum(-1))
    cuts = float((apart < ALIKE).sum()) + UNLIKE_COUNTS * float((apart >= ALIKE).sum())
    return cuts / max(1, int(beside.sum()))
