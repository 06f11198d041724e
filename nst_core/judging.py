"""What a finished design is like: its scores, of yardage also those of a tile, and its colours."""

from __future__ import annotations

import torch

from nst_core.design import Prepared, RgbImage
from nst_core.garment.pixels import unit
from nst_core.planes import to_planes
from nst_core.scoring import Scores, score
from nst_core.scoring.alike import Colours, colours_of
from nst_core.scoring.flags import SCRAMBLED, SPECKLED
from nst_core.scoring.tile import TileScores, score_tile
from nst_core.sight import SCORING_BACKBONE, Sight


def design_scores(one: Prepared, image: RgbImage, sight: Sight, *, most_px: int | None) -> Scores:
    """Return the scores of a finished design; yardage has none of those that compare with a photo."""
    ink = None if one.shading is None else one.shading.ink
    # Where the tile keeps a motif's ground, its figures alone are of the style.
    inside = None if one.layout is not None and one.layout.motif is None else one.alpha
    scores = score(
        to_planes(image).to(sight.device),
        None if one.repeat is not None else to_planes(one.content).to(sight.device),
        sight.cloth_features(one, most_px=most_px),
        None if inside is None else torch.from_numpy(inside).to(sight.device),
        sight.backbone(SCORING_BACKBONE),
        ink=None if ink is None else torch.from_numpy(ink),
        most_px=most_px,
        repeat=one.repeat,
    )
    if one.layout is None or one.layout.classes is None:
        return scores
    # The figures are another textile's, and so is their grain.
    return scores.without("motif", "speckle", flags=(SCRAMBLED, SPECKLED))


def tile_scores(one: Prepared, image: RgbImage, sight: Sight, *, most_px: int | None) -> TileScores | None:
    """Return the scores of yardage as a tile; None for a garment."""
    if one.layout is None or one.repeat is None:
        return None
    layout = one.layout
    return score_tile(
        unit(image),
        layout.style,
        layout.motif,
        one.repeat,
        sight.backbone(SCORING_BACKBONE),
        classes=layout.classes,
        whole=layout.whole,
        most_px=most_px,
    )


def design_colours(one: Prepared, image: RgbImage) -> Colours:
    """Return the colours of a design's garment, without a drawing's lines; else of the whole picture."""
    where = one.alpha
    if where is not None and one.shading is not None and one.shading.ink is not None:
        where = where * (1 - one.shading.ink)
    return colours_of(image, where)
