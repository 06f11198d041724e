"""Motifs lifted off their ground: the colour of the motif alone, and how much of it each pixel shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nst_core.cloth.makers.cutting import Figures
from nst_core.cloth.makers.ground import ground_colour
from nst_core.garment.pixels import Bits, Image, floats, resized

# Lens, JPEG and enlargement mix motif and ground over so many px about the outline, more in large pictures.
BAND_PX, AT_PX = 3, 384
# A pixel this near to a motif's own colour is taken as it is.
SOLID = 0.9


@dataclass(frozen=True, eq=False)
class _Cut:
    """Where a motif lies in its textile: a window of it, ``(h, w)`` each.

    Attributes:
        top, left: of the window.
        own: what is motif.
        other: what is another's.
        ground: ``(h, w, 3)``, the ground's colour there.
        band_px: over so many px motif and ground are mixed.
        textile_px: height and width of the textile.
    """

    top: int
    left: int
    own: Bits
    other: Bits
    ground: Image
    band_px: int
    textile_px: tuple[int, int]

    def at(self, height_px: int, width_px: int) -> _Cut:
        """Return the cut in the textile at another size."""
        down, across = height_px / self.textile_px[0], width_px / self.textile_px[1]
        height, width = round(self.own.shape[0] * down), round(self.own.shape[1] * across)
        top, left = (
            min(round(self.top * down), height_px - height),
            min(round(self.left * across), width_px - width),
        )
        own, other = (resized(floats(bits), height, width) > 0.5 for bits in (self.own, self.other))
        ground, band_px = resized(self.ground, height, width), round(self.band_px * max(down, across))
        return _Cut(top, left, own, other & ~own, ground, band_px, (height_px, width_px))


@dataclass(frozen=True, eq=False)
class Motif:
    """One motif off its ground.

    Attributes:
        colour: ``(h, w, 3)``, sRGB in [0, 1], the motif's own also where it is seen through or past it.
        alpha: ``(h, w)``, how much of a pixel is motif; 0 along the border.
        cut: where in the textile it was lifted.
    """

    colour: Image
    alpha: Image
    cut: _Cut

    @property
    def middle(self) -> tuple[float, float]:
        """Where in the textile its middle is, in shares of height and width."""
        (height, width), (of_height, of_width) = self.alpha.shape, self.cut.textile_px
        return (self.cut.top + height / 2) / of_height, (self.cut.left + width / 2) / of_width

    def of(self, textile: Image) -> Motif:
        """Return the motif lifted off its textile ``(H, W, 3)`` at another size."""
        if textile.shape[:2] == self.cut.textile_px:
            return self
        found = _lifted(textile, self.cut.at(textile.shape[0], textile.shape[1]))
        # Its edge lies where the larger textile has it, but grain beside it is none of it.
        size = found.alpha.shape
        about = np.ones((3, 3), np.uint8)
        least, most = (resized(floats(bound(self.alpha, about)), *size) for bound in (cv2.erode, cv2.dilate))
        return replace(found, alpha=floats(np.clip(found.alpha, least, most)))

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
    motifs, size = [], (textile.shape[0], textile.shape[1])
    for name in range(1, figures.count + 1):
        rows, columns = np.nonzero(figures.labels == name)
        window = tuple(
            slice(max(0, int(at.min()) - band - 1), int(at.max()) + band + 2) for at in (rows, columns)
        )
        own = _with_what_it_encloses(figures.labels[window] == name, figure[window])
        other = figure[window] & ~own
        motifs.append(
            _lifted(textile, _Cut(window[0].start, window[1].start, own, other, ground[window], band, size))
        )
    return motifs


def _with_what_it_encloses(own: Bits, figure: Bits) -> Bits:
    """Return a motif together with the other figures inside its outline."""
    outside = np.pad(~own, 1, constant_values=True).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2)
    inside = outside[1:-1, 1:-1] == 1
    return np.asarray(own | (inside & figure))


def _lifted(textile: Image, cut: _Cut) -> Motif:
    own, other, ground, band = cut.own, cut.other, cut.ground, cut.band_px
    height, width = own.shape
    textile = textile[cut.top : cut.top + height, cut.left : cut.left + width]
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
    return Motif(floats(np.clip(solid * textile + (1 - solid) * colour, 0, 1)), floats(alpha), cut)
