"""The few colour classes of a textile: its ground and what lies on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nst_core.garment.pixels import Bits, Image, floats

SAMPLES = 20_000
ROUNDS = 4
SEED = 7


@dataclass(frozen=True, eq=False)
class Classes:
    """Which colour class each place of a textile belongs to.

    Attributes:
        labels: ``(H, W)``, which class, 0 the largest.
        centres: ``(k, 3)``, CIE Lab, largest class first.
        shares: ``(k,)``, of the area, falling.
    """

    labels: NDArray[np.uint8]
    centres: Image
    shares: Image

    @property
    def ground(self) -> Bits:
        """``(H, W)``: the largest class."""
        return np.asarray(self.labels == 0)


def lab_classes(textile: Image, count: int = 3, *, calm_px: float = 0.7) -> Classes:
    """Group a textile's colours in CIE Lab by k-means; the same textile gives the same classes.

    Args:
        textile: ``(H, W, 3)``, sRGB in [0, 1].
        count: how many classes; fewer come back where there are fewer colours.
        calm_px: sigma of the blur before, so that yarn and JPEG noise make no class of their own.

    Returns:
        The classes, the largest first.
    """
    calm = floats(cv2.GaussianBlur(textile, (0, 0), calm_px)) if calm_px else textile
    lab = floats(cv2.cvtColor(calm, cv2.COLOR_RGB2LAB))
    every = max(1, round((lab.shape[0] * lab.shape[1] / SAMPLES) ** 0.5))
    samples = np.ascontiguousarray(lab[::every, ::every].reshape(-1, 3))
    centres = _means(samples, count)
    labels = nearest(lab, centres)
    sizes = np.bincount(labels.ravel(), minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")
    order = order[sizes[order] > 0]
    renamed = np.zeros(len(centres), np.uint8)
    renamed[order] = np.arange(len(order), dtype=np.uint8)
    return Classes(renamed[labels], centres[order], floats(sizes[order] / labels.size))


def nearest(lab: Image, centres: Image) -> NDArray[np.intp]:
    """Return ``(H, W)``, which of the ``(k, 3)`` colours each of ``(H, W, 3)`` is nearest to."""
    apart = [((lab - centre) ** 2).sum(-1) for centre in centres]
    return np.asarray(np.argmin(apart, axis=0))


def _means(samples: Image, count: int) -> Image:
    """Return ``(k, 3)`` centres by k-means++, the best of a few starts."""
    different = np.unique(np.round(samples), axis=0)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 0.2)
    cv2.setRNGSeed(SEED)
    groups = min(count, len(different))
    _, _, centres = cv2.kmeans(
        samples, groups, np.empty(0, np.int32), criteria, ROUNDS, cv2.KMEANS_PP_CENTERS
    )
    return floats(centres)
