"""Motifs across a mirror: cut where one half and its reflection are most like the motif itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nst_core.cloth.makers.matting import Motif
from nst_core.cloth.makers.placing import Cloth, Edge
from nst_core.cloth.makers.scattering import Placed, Turn, Turned, turned
from nst_core.cloth.makers.sway import Sway
from nst_core.garment.pixels import Image

EDGES: tuple[Edge, ...] = ("top", "left", "bottom", "right")
# Of a motif's area, what stays on this side of a mirror: less is a sliver twice, more are two grown together.
LEAST_KEPT, MOST_KEPT = 0.35, 0.65
# So many turns are tried.
TRIED = 8
# A half that makes a figure less like its motif than this is a piece of it twice.
LIKE_ITSELF = 0.5
# Halves are compared at about so many px.
READ_AT_PX = 40
# Alpha above which a mirror is covered.
SEEN = 0.5
# After so many motifs that found no place at an edge, a gap is filled.
GIVE_UP_AFTER = 5


@dataclass(frozen=True, eq=False)
class Cut:
    """A motif that lies across an edge.

    Attributes:
        turn: how it is laid.
        shape: ``(h, w)`` of all of it.
        kept: ``(h', w)`` or ``(h, w')``, the alpha of what lies on this side.
        beyond_px: how many of its rows (columns) lie beyond the edge.
        chord_px: how much of the edge it covers.
    """

    turn: Turn
    shape: tuple[int, int]
    kept: Image
    beyond_px: int
    chord_px: int

    def middle(self, edge: Edge, top: int, left: int) -> tuple[float, float]:
        """Return where the motif's middle lies when what is kept begins at a row and column."""
        height, width = self.shape
        down = -self.beyond_px if edge == "top" else 0
        right = -self.beyond_px if edge == "left" else 0
        return top + down + height / 2, left + right + width / 2


def laid_across(
    motifs: Sequence[Motif],
    cloth: Cloth,
    sway: Sway,
    gaps: Sequence[float],
    *,
    cover: float,
    random: np.random.Generator,
) -> tuple[list[Placed], float]:
    """Return motifs that lie across a quarter's edges, and how many px of it they cover.

    Without them the joins of a mirror repeat lie in calm ground, and are seen as lanes.

    Args:
        motifs: of which those are taken whose halves are alike.
        cloth: the quarter, where their places are marked as taken.
        sway: how motifs may be laid.
        gaps: how far they stay from each other, px, the widest first.
        cover: how much of each edge they shall cover.
        random: draws motifs.
    """
    cuts: dict[tuple[int, Edge], Cut | None] = {}
    placed: list[Placed] = []
    covered = 0.0
    for edge in EDGES:
        chords_px, wanted_px = 0, cover * cloth.length_px(edge)
        for gap_px in gaps:
            failed = 0
            while failed < GIVE_UP_AFTER and chords_px < wanted_px:
                which = int(random.integers(len(motifs)))
                if (which, edge) not in cuts:
                    cuts[which, edge] = best_cut(motifs[which], edge, lambda: sway.drawn(random))
                cut = cuts[which, edge]
                place = None if cut is None else cloth.place_at(edge, cut.kept, gap_px)
                if cut is None or place is None:
                    failed += 1
                    continue
                cloth.take(cut.kept, *place)
                placed.append(Placed(motifs[which], cut.turn, cut.middle(edge, *place)))
                chords_px += cut.chord_px
                covered += float(cut.kept.sum())
    return placed, covered


def best_cut(motif: Motif, edge: Edge, draw: Callable[[], Turn]) -> Cut | None:
    """Return how a motif lies best across an edge of a mirror repeat's quarter.

    Args:
        motif: the whole of it.
        edge: behind which the quarter is reflected.
        draw: draws how motifs of this textile may be turned.

    Returns:
        Of some turns, and all lines across them, the one whose halves are most alike; None where none are
        alike enough.
    """
    best, alike = None, LIKE_ITSELF
    for _ in range(TRIED):
        turn = draw()
        view = turned(motif, turn)
        found = _likest_line(view, edge)
        if found is not None and found[1] > alike:
            best, alike = _cut(view, turn, edge, found[0]), found[1]
    return best


def _likest_line(view: Turned, edge: Edge) -> tuple[int, float] | None:
    """Return after which row (column) from beyond the edge a motif is cut best; how like its halves are."""
    seen = np.concatenate([view.alpha[..., None], view.alpha[..., None] * view.colour], axis=-1)
    step = max(1, round(max(view.alpha.shape) / READ_AT_PX))
    seen = _from_beyond(seen, edge)
    seen = seen[len(seen) % step :: step, ::step]
    whole, area = float(seen.sum()), float(seen[..., 0].sum())
    kept = area - np.cumsum(seen[..., 0].sum(axis=1))
    best = None
    for line in np.flatnonzero((kept >= LEAST_KEPT * area) & (kept <= MOST_KEPT * area)) + 1:
        here, beyond = seen[line:], seen[:line][::-1]
        shared = min(len(here), len(beyond))
        unlike = np.abs(here[:shared] - beyond[:shared]).sum() + here[shared:].sum() + beyond[shared:].sum()
        alike = 1 - float(unlike) / whole
        if best is None or alike > best[1]:
            best = int(line) * step, alike
    return best


def _cut(view: Turned, turn: Turn, edge: Edge, line: int) -> Cut:
    height, width = view.alpha.shape
    kept = {
        "top": view.alpha[line:],
        "bottom": view.alpha[: height - line],
        "left": view.alpha[:, line:],
        "right": view.alpha[:, : width - line],
    }[edge]
    chord = int((_from_beyond(view.alpha, edge)[line] > SEEN).sum())
    return Cut(turn, (height, width), kept, line, chord)


def _from_beyond(plane: Image, edge: Edge) -> Image:
    """Return a motif with what lies beyond the edge in its first rows."""
    upright = plane if edge in ("top", "bottom") else plane.swapaxes(0, 1)
    return upright[::-1] if edge in ("bottom", "right") else upright
