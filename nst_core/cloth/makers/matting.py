"""Motifs lifted off their ground: the colour of the motif alone, and how much of it each pixel shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.cloth.makers.cutting import Figures
from nst_core.cloth.makers.ground import ground_colour
from nst_core.garment.pixels import Bits, Image, floats

# Lens, JPEG and enlargement mix motif and ground over so many px about the outline, more in large pictures.
BAND_PX, AT_PX = 3, 384
# A pixel this near to a motif's own colour is taken as it is.
SOLID = 0.9


@dataclass(frozen=True, eq=False)
class Motif:
    """One motif off its ground.

    Attributes:
        colour: ``(h, w, 3)``, sRGB in [0, 1], the motif's own also where it is seen through or past it.
        alpha: ``(h, w)``, how much of a pixel is motif; 0 along the border.
    """

    colour: Image
    alpha: Image

    @property
    def area_px(self) -> float:
        """How much cloth it covers."""
        return float(self.alpha.sum())


def lift(textile: Image, figure: Bits, figures: Figures) -> list[Motif]:
    """Return the motifs of a textile without the ground that shines through their edges.

    At the outline a pixel is a mixture of motif and ground; its place on the line between the colour of
    the nearest pixel that is motif alone and the ground's nearby is the alpha, and the former its colour.
    Openings in a motif show the new ground.

    Args:
        textile: ``(H, W, 3)``, sRGB in [0, 1].
        figure: ``(H, W)``, what is not ground.
        figures: which motif each place belongs to.

    Returns:
        As many as there are figures, in their order.
    """
    ground = ground_colour(textile, ~figure)
    band = max(BAND_PX, round(BAND_PX * max(figure.shape) / AT_PX))
    motifs = []
    for name in range(1, figures.count + 1):
        rows, columns = np.nonzero(figures.labels == name)
        window = tuple(
            slice(max(0, int(at.min()) - band - 1), int(at.max()) + band + 2) for at in (rows, columns)
        )
        own = _with_what_it_encloses(figures.labels[window] == name, figure[window])
        motifs.append(_lifted(textile[window], own, figure[window] & ~own, ground[window], band))
    return motifs


def _with_what_it_encloses(own: Bits, figure: Bits) -> Bits:
    """Return a motif together with the other figures inside its outline."""
    outside = np.pad(~own, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    inside = outside[1:-1, 1:-1] == 1
    return np.asarray(own | (inside & figure))


def _lifted(textile: Image, own: Bits, other: Bits, ground: Image, band: int) -> Motif:
    depth = cv2.distanceTransform(own.astype(np.uint8), cv2.DIST_L2, 3)
    # The middle line of what is too thin to have an inside.
    ridge = own & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    inside = own & (depth > band - 1)
    sure = inside | ridge
    _, names = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((int(names.max()) + 1, 3), np.float32)
    table[names[sure]] = textile[sure]
    colour = table[names]
    colour = np.where(inside[..., None], colour, floats(cv2.GaussianBlur(colour, (0, 0), band / 3)))
    line = colour - ground
    along = ((textile - ground) * line).sum(-1) / np.maximum((line * line).sum(-1), 1e-3)
    alpha = np.where(inside, 1.0, np.clip(along, 0, 1))
    near = cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 3) < band
    alpha = np.where(near & ~other, alpha, 0.0)
    # Where motifs were cut apart there is no ground to tell by: the cut itself is softened.
    beside = floats(cv2.GaussianBlur(floats(other), (0, 0), band / 3))
    alpha = alpha * np.clip(1.5 - 2 * beside, 0, 1)
    alpha[0] = alpha[-1] = alpha[:, 0] = alpha[:, -1] = 0
    solid = np.clip((alpha - SOLID) / (1 - SOLID), 0, 1)[..., None]
    return Motif(floats(np.clip(solid * textile + (1 - solid) * colour, 0, 1)), floats(alpha))
