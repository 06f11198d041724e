"""The garment found without being told: three guesses by colour, a trained look, a last cut, a confidence."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.edges import settle_edge
from nst_core.garment.evidence import certainty, merit, nearer_to_garment, overlap, tidy
from nst_core.garment.guesses import Marks, central_colours, middle_box, probable_marks, unlike_the_border
from nst_core.garment.head import Look, enlarged
from nst_core.garment.pixels import Bits, Image, Rgb, dilated, eroded, floats, resized, resized_rgb, to_lab
from nst_core.garment.reclaim import reclaim
from nst_core.garment.symmetry import mirror_axis, mirrored

GUESS_SIDE_PX = 224
FINAL_SIDE_PX = 320
# What the colours' vote counts beside the look, in log odds: it decides where the look is in doubt.
VOTE_ODDS = 1.5
SURE_ODDS = 2.5


def automatic_mask(rgb: Rgb, *, edge_px: float, look: Look | None) -> tuple[Image, float]:
    """Find the garment in a product photo: laid flat, hung, or on a form.

    Three guesses are cut out by GrabCut: from the colours that live in the centre rather than
    on the border, from all that is unlike the border, and from a box in the middle. What two
    of them say is believed; what one says, too, where its twin on the garment's other side is
    believed and its colour is the garment's. The trained look knows sleeves and hems whatever
    their colour, only coarsely; added to the vote it says where a last cut may search for the
    outline.

    The same picture gives the same mask, whatever ran before and on whichever thread:
    OpenCV's random state belongs to a thread and is seeded before each use.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        edge_px: width of the soft edge in px at 256 px long side.
        look: the trained look; None leaves it to the colours alone, as the look's own teacher had it.

    Returns:
        The mask ``(H, W)`` in [0, 1] and a confidence in [0, 1], see
        :func:`~nst_core.garment.evidence.certainty`. A picture in which nothing can be found
        (plain, under 8 px) gives an all-zero mask with confidence 0.

    Source:
        Rother, Kolmogorov, Blake (2004), "GrabCut".
    """
    nothing = np.zeros(rgb.shape[:2], np.float32), 0.0
    if min(rgb.shape[:2]) < 8 or min(rgb.shape[:2]) * FINAL_SIDE_PX < 16 * max(rgb.shape[:2]):
        return nothing
    picture, lab = _working_copy(rgb, FINAL_SIDE_PX)
    if float(lab.std(axis=(0, 1)).max()) < 0.5:
        return nothing
    believed, agreement = _vote(*_working_copy(rgb, GUESS_SIDE_PX))
    vote = resized(floats(believed), *picture.shape[:2]) > 0.5
    if look is None:
        best, confidence = _by_colour(picture, lab, vote, agreement)
    else:
        best, confidence = _by_look(picture, lab, vote, enlarged(look(rgb), *picture.shape[:2]))
    return (settle_edge(rgb, best, edge_px), confidence) if confidence else nothing


def _by_colour(picture: Rgb, lab: Image, vote: Bits, agreement: float) -> tuple[Bits, float]:
    """Return the mask that the colours' vote leads to."""
    final = tidy(_cut(picture, _nearly_sure(vote), seed=37, rounds=2), lab)
    # The last cut moves the outline; where it took the garment apart, the vote stands.
    best = final if merit(final, lab) > 0.9 * merit(vote, lab) else vote
    return best, agreement * merit(best, lab)


def _by_look(picture: Rgb, lab: Image, vote: Bits, seen: Image) -> tuple[Bits, float]:
    """Return the mask that look and vote together lead to.

    A vote counts as much as the look can make something of it: what covers one label of a grey
    cardigan on a grey wall says nothing about the cardigan.
    """
    odds = seen + VOTE_ODDS * overlap(vote, seen > 0) * (2 * floats(vote) - 1)
    garment = odds > 0
    marks = probable_marks(garment)
    marks[(odds > SURE_ODDS) & eroded(garment, 9)] = cv2.GC_FGD
    marks[(odds < -SURE_ODDS) & ~dilated(garment, 9)] = cv2.GC_BGD
    best = tidy(_cut(picture, marks, seed=37, rounds=2), lab)
    return best, certainty(best, lab, seen, vote)


def _working_copy(rgb: Rgb, side_px: int) -> tuple[Rgb, Image]:
    """Return a small smooth picture and its Lab colours.

    Unsmoothed, wood grain, pile and JPEG blocks would each get a colour model of their own.
    """
    scale = side_px / max(rgb.shape[:2])
    height, width = (max(8, round(side * scale)) for side in rgb.shape[:2])
    small = np.asarray(cv2.bilateralFilter(resized_rgb(rgb, height, width), 5, 30, 4), dtype=np.uint8)
    return small, to_lab(small)


def _vote(picture: Rgb, lab: Image) -> tuple[Bits, float]:
    """Return what the guesses believe together, and how far the two nearest to it agree with it."""
    starts = central_colours(lab), unlike_the_border(lab), middle_box(*lab.shape[:2])
    guesses = [tidy(_cut(picture, marks, seed=11 + 12 * i), lab) for i, marks in enumerate(starts)]
    votes = np.sum(guesses, axis=0)
    majority = votes >= 2
    if not majority.any():
        majority = max(guesses, key=lambda guess: merit(guess, lab))
        if not majority.any():
            return majority, 0.0
    either = votes >= 1
    believed = majority.copy()
    twins = either & ~majority & mirrored(majority, mirror_axis(either))
    count, labels = cv2.connectedComponents(twins.astype(np.uint8), connectivity=4)
    for part in range(1, count):
        region = labels == part
        if region.sum() > 0.01 * majority.sum() and nearer_to_garment(region, majority, lab):
            believed |= region
    believed = tidy(reclaim(believed, lab), lab)
    return believed, float(np.mean(sorted(overlap(guess, believed) for guess in guesses)[1:]))


def _nearly_sure(believed: Bits) -> Marks:
    """Mark as sure what is believed, but for a band along the outline."""
    marks = probable_marks(believed)
    marks[eroded(believed, 13)] = cv2.GC_FGD
    marks[~dilated(believed, 13)] = cv2.GC_BGD
    return marks


def _cut(picture: Rgb, marks: Marks, *, seed: int, rounds: int = 3) -> Bits:
    """Run GrabCut from marks; marks without two sides come back as they are."""
    garment = _garment_of(marks)
    if min(int(garment.sum()), int((~garment).sum())) < 16:
        return garment
    cv2.setRNGSeed(seed)
    marks = marks.copy()
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, marks, None, *models, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return _garment_of(marks)


def _garment_of(marks: Marks) -> Bits:
    return np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
