"""All scores of a tile of new cloth, without a garment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from nst_core.backbones import Backbone
from nst_core.garment.pixels import Image
from nst_core.scoring.flags import NONFINITE, SEAM
from nst_core.scoring.tile.banding import banding
from nst_core.scoring.tile.chroma_speckle import chroma_speckle
from nst_core.scoring.tile.legibility import legibility
from nst_core.scoring.tile.likeness import likeness
from nst_core.scoring.tile.max_copy import max_copy
from nst_core.scoring.tile.novelty import novelty
from nst_core.scoring.tile.off_palette import off_palette
from nst_core.scoring.tile.seam import seam


@dataclass(frozen=True)
class TileScores:
    """The scores of one tile; None where one cannot be had. Each is defined in the file of its name.

    Attributes:
        legibility: how much of the tile the motif's classes explain.
        off_palette: how much of it has colours that are not its source's.
        chroma_speckle: its coloured grain over its source's.
        max_copy: how much of it is one piece of its source.
        novelty: how unlike its source it is, piece by piece.
        banding: how strong the tracks are that it will make in the endless cloth, Lab L.
        seam: the steps across its joins over those inside.
        flags: ``seam`` (a join shows), ``nonfinite``.
    """

    legibility: float | None = None
    off_palette: float | None = None
    chroma_speckle: float | None = None
    max_copy: float | None = None
    novelty: float | None = None
    banding: float | None = None
    seam: float | None = None
    flags: tuple[str, ...] = ()


def score_tile(
    tile: Image,
    style: Image,
    motif: Image | None,
    repeat: Repeat,
    backbone: Backbone | None,
    *,
    classes: NDArray[np.integer] | None = None,
    whole: float = 0.0,
    most_px: int | None = None,
) -> TileScores:
    """Score a tile beside what it was made of.

    Args:
        tile: ``(H, W, 3)``, sRGB in [0, 1].
        style: ``(h, w, 3)``, sRGB in [0, 1]: the textile or artwork that it is made of, at the scale at which
            it is seen on the tile.
        motif: ``(h, w, 3)``, sRGB in [0, 1]: the second textile, where the tile keeps colours of it (fill);
            None: all colours are the style's.
        repeat: how the tile meets its neighbours.
        backbone: VGG-16, which looks for seams; None: no look, ``seam`` stays None, and what is left is cheap
            enough to choose among layouts by.
        classes: ``(H, W)``, which class of the motif lies where, from who laid the tile out (see
            ``legibility``); None: it has no motif that must be legible.
        whole: how large a thing was laid whole, from who laid the tile out (see ``max_copy``).
        most_px: how many px the backbone may look at at once; None: all.
    """
    if not np.isfinite(tile).all():
        return TileScores(flags=(NONFINITE,))
    sources = [style] if motif is None else [style, motif]
    like = likeness(tile, style, repeat)
    joins = None if backbone is None else seam(tile, repeat, backbone, most_px=most_px)
    return TileScores(
        legibility=None if classes is None else legibility(tile, classes),
        off_palette=off_palette(tile, sources),
        chroma_speckle=chroma_speckle(tile, sources, repeat),
        max_copy=None if like is None else max_copy(like, whole),
        novelty=None if like is None else novelty(like),
        banding=banding(tile, repeat),
        seam=None if joins is None else joins.seam,
        flags=(SEAM,) if joins is not None and joins.visible else (),
    )
