"""First guesses at where a garment is, as marks for GrabCut: by colour, by the border, by place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.evidence import border_of
from nst_core.garment.pixels import Bits, Image, blurred, floats

Marks = NDArray[np.uint8]

CLUSTERS = 6
# Lightness counts less than colour: shadows and folds are the garment too.
COLOUR_AXES = np.array([0.6, 1.0, 1.0], np.float32)
NO_LABELS = np.empty(0, np.int32)


def central_colours(lab: Image) -> Marks:
    """Mark as probable garment the colours that live in the centre rather than on the border.

    Args:
        lab: ``(H, W, 3)``, CIE Lab.

    Returns:
        ``(H, W)``, GrabCut's marks.
    """
    height, width = lab.shape[:2]
    pixels = np.ascontiguousarray((lab * COLOUR_AXES).reshape(-1, 3))
    centres = _clusters(np.ascontiguousarray(pixels[::3]), seed=1)
    labels = np.stack([((pixels - centre) ** 2).sum(1) for centre in centres]).argmin(0)
    central, border = _centrality(height, width), border_of(height, width)
    in_centre = np.bincount(labels, central.ravel(), len(centres)) / central.sum()
    on_border = np.bincount(labels, border.ravel(), len(centres)) / border.sum()
    share = (in_centre / (in_centre + on_border + 1e-9))[labels].reshape(height, width)
    return probable_marks(blurred(floats(share), 1.5) * central**0.25 > 0.5)


def unlike_the_border(lab: Image) -> Marks:
    """Mark as probable garment what lies far, for its spread, from every colour of the ground.

    Border colours that fill the centre even more than the border are the garment's own,
    where it is cut off by the picture.

    Args:
        lab: ``(H, W, 3)``, CIE Lab.

    Returns:
        ``(H, W)``, GrabCut's marks.
    """
    height, width = lab.shape[:2]
    pixels, border = lab * COLOUR_AXES, border_of(height, width)
    samples = np.ascontiguousarray(pixels[border])
    centres = _clusters(samples, seed=5)
    distances = np.stack([np.sqrt(((pixels - centre) ** 2).sum(-1)) for centre in centres])
    own = np.stack([np.sqrt(((samples - centre) ** 2).sum(-1)) for centre in centres])
    nearest = own.argmin(0)
    count = np.bincount(nearest, minlength=len(centres))
    spread = np.sqrt(np.bincount(nearest, own.min(0) ** 2, len(centres)) / np.maximum(count, 1))
    closest = distances.argmin(0)
    alike = distances.min(0) < 2 * spread[closest] + 3
    central = _centrality(height, width)
    in_centre = np.bincount(closest[alike], central[alike], len(centres)) / central.sum()
    ground = in_centre < 1.6 * count / count.sum()
    ground[count.argmax()] |= not ground.any()
    far = floats((distances[ground] / (spread[ground, None, None] + 4)).min(0))
    far = np.clip(blurred(far, 1.2) * 40, 0, 255)
    levels = np.ascontiguousarray(far[~border][:, None].astype(np.uint8))
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)
    return probable_marks(far > np.clip(threshold, 48, 120))


def middle_box(height: int, width: int) -> Marks:
    """Mark a box in the middle as probable garment and the rim of the picture as surely not."""
    across, down = _coordinates(height, width)
    marks = probable_marks((np.abs(across) < 0.7) & (np.abs(down) < 0.75))
    marks[border_of(height, width)] = cv2.GC_BGD
    return marks


def probable_marks(probable: Bits) -> Marks:
    """Return GrabCut's marks for a mask of which nothing is sure."""
    return np.where(probable, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)


def _clusters(samples: Image, *, seed: int) -> Image:
    """Return the centres of at most CLUSTERS groups of colours."""
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(seed)
    groups = min(CLUSTERS, len(samples))
    _, _, centres = cv2.kmeans(samples, groups, NO_LABELS, criteria, 2, cv2.KMEANS_PP_CENTERS)
    return floats(centres)


def _centrality(height: int, width: int) -> Image:
    """1 in the middle, falling off towards the border."""
    across, down = _coordinates(height, width)
    return floats(np.exp(-(across**2) / (2 * 0.45**2) - down**2 / (2 * 0.5**2)))


def _coordinates(height: int, width: int) -> tuple[Image, Image]:
    """Return positions from -1 to 1, across and down."""
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    down = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    return np.broadcast_to(across[None], (height, width)), np.broadcast_to(down[:, None], (height, width))
