"""One call for all scores of a tile, and the gates that choose among candidates."""

from dataclasses import fields, replace

import numpy as np
import pytest

from nst_core.scoring.tile import TileScores, gates, rank, score_tile
from tests.nst_core.scoring.tile.drawn import cut, dotted

GOOD = TileScores(
    legibility=0.5, off_palette=0.0, chroma_speckle=1.0, max_copy=0.02, novelty=0.3, banding=2.0, seam=1.0
)


@pytest.fixture(scope="module")
def textile():
    return dotted("straight", seed=1)


def test_a_textile_beside_itself_has_every_score(textile, backbone):
    classes = (textile[..., 0] > 0.5).astype(np.int32)
    found = score_tile(textile, textile, None, "straight", backbone, classes=classes)
    assert all(getattr(found, field.name) is not None for field in fields(found))
    assert found.off_palette < 0.02
    assert found.chroma_speckle == pytest.approx(1, abs=0.1)
    assert found.max_copy > 0.97
    assert 0 < found.legibility < 1
    assert found.flags == ()


def test_without_a_network_and_classes_two_scores_cannot_be_had(textile):
    found = score_tile(dotted("half-drop", seed=2), textile, None, "half-drop", None)
    assert found.seam is None
    assert found.legibility is None
    assert found.novelty > 0.1
    assert found.banding >= 0


def test_a_join_that_shows_is_a_flag(vgg16):
    tile = cut()
    assert score_tile(tile, tile, None, "straight", vgg16).flags == ("seam",)


def test_a_motifs_colours_are_on_the_palette_where_it_is_named(textile):
    grey = textile.mean(axis=2, keepdims=True).repeat(3, axis=2)
    assert score_tile(textile, grey, None, "straight", None).off_palette > 0.3
    assert score_tile(textile, grey, textile, "straight", None).off_palette < 0.02


def test_a_tile_that_is_no_number_has_no_scores(textile):
    broken = textile.copy()
    broken[3, 4, 1] = np.nan
    assert score_tile(broken, textile, None, "straight", None) == TileScores(flags=("nonfinite",))


def test_each_kind_of_cloth_has_its_own_gates():
    assert gates(GOOD, "toss") == {"banding": True, "chroma_speckle": True, "max_copy": True}
    assert gates(GOOD, "applique") == {"banding": True, "legibility": True, "off_palette": True}
    assert gates(GOOD, "fill") == {"banding": True, "legibility": True, "chroma_speckle": True}
    copied = replace(GOOD, max_copy=0.4)
    assert gates(copied, "requilt")["max_copy"] is False
    assert gates(copied, "palette") == gates(GOOD, "palette")


def test_a_limit_itself_passes_and_a_score_that_is_missing_is_not_asked():
    assert all(gates(replace(GOOD, banding=4.0, chroma_speckle=1.3, max_copy=0.05), "toss").values())
    assert all(gates(replace(GOOD, legibility=0.25, off_palette=0.03), "residual").values())
    assert gates(TileScores(banding=9.0), "toss") == {"banding": False}


def test_most_gates_first_then_least_beyond_then_the_first():
    candidates = [
        replace(GOOD, banding=5.0, max_copy=0.06),  # two failed
        replace(GOOD, banding=6.0),  # one, half of the limit beyond
        replace(GOOD, max_copy=0.06),  # one, a fifth beyond
        GOOD,
        replace(GOOD, novelty=0.9),  # passes all as well
    ]
    assert rank(candidates, "toss") == (3, 4, 2, 1, 0)
    assert rank(candidates[::-1], "toss") == (0, 1, 2, 3, 4)
    assert rank([], "toss") == ()


def test_illegible_tiles_come_last_for_makers_with_a_motif():
    faint = [replace(GOOD, legibility=value) for value in (0.1, 0.2, 0.3)]
    assert rank(faint, "applique") == (2, 1, 0)
    assert rank(faint, "toss") == (0, 1, 2)
