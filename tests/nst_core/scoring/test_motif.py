"""Motif match: a copy is found, a scramble is not."""

import pytest
import torch
import torch.nn.functional as nnf

from nst_core.scoring import motif as motif_module
from nst_core.scoring import motif_match


@pytest.fixture
def maps() -> torch.Tensor:
    """Features of a cloth: (1, 16, 12, 12)."""
    return torch.rand(1, 16, 12, 12, generator=torch.Generator().manual_seed(1))


def shuffled(maps: torch.Tensor) -> torch.Tensor:
    order = torch.randperm(144, generator=torch.Generator().manual_seed(2))
    return maps.flatten(2)[..., order].reshape(maps.shape)


def test_a_copy_matches_entirely(maps):
    assert motif_match(maps, maps) == pytest.approx(1, abs=1e-5)


def test_a_part_laid_elsewhere_is_still_a_copy(maps):
    assert motif_match(maps[..., 3:9, 2:11], maps) == pytest.approx(1, abs=1e-5)


def test_the_same_features_in_disorder_are_no_motif(maps):
    assert motif_match(shuffled(maps), maps) < 0.6


def test_the_best_cosine_by_hand():
    # One channel, 2 × 2 each: one patch (3, 1, 1, 1) and one patch (1, 1, 1, 3), means 1.5, midpoint 1.5.
    # Centred (1.5, -.5, -.5, -.5) and (-.5, -.5, -.5, 1.5): product -.75 + .25 + .25 - .75 = -1, norms² 3
    picture = torch.tensor([3.0, 1, 1, 1]).reshape(1, 1, 2, 2)
    cloth = torch.tensor([1.0, 1, 1, 3]).reshape(1, 1, 2, 2)
    assert motif_match(picture, cloth) == pytest.approx(-1 / 3)


def test_what_lies_outside_the_garment_does_not_count(maps):
    weight = torch.zeros(1, 1, 12, 12)
    weight[..., :6] = 1
    mixed = torch.cat((maps[..., :6], shuffled(maps)[..., 6:]), dim=-1)
    assert motif_match(mixed, maps, weight) == pytest.approx(1, abs=1e-5)
    assert motif_match(mixed, maps) < 0.95


def test_a_plain_garment_does_not_match_a_motif(maps):
    plain = torch.full_like(maps, 0.5) + 0.01 * shuffled(maps)
    assert motif_match(plain, maps) < 0.5


def test_a_few_patches_at_a_time_give_what_all_at_once_give(maps, monkeypatch):
    picture = 0.7 * maps + 0.3 * shuffled(maps)
    whole = motif_match(picture, maps)
    monkeypatch.setattr(motif_module, "_PATCHES_AT_ONCE", 7)
    assert motif_match(picture, maps) == pytest.approx(whole, abs=1e-6)


def test_evenly_spread_positions_stand_for_all(maps, monkeypatch):
    large = nnf.interpolate(maps, scale_factor=4, mode="bilinear")
    picture = large + 0.1 * torch.rand(large.shape, generator=torch.Generator().manual_seed(5))
    whole = motif_match(picture, large)
    monkeypatch.setattr(motif_module, "_MAX_POSITIONS", 500)
    assert motif_match(picture, large) == pytest.approx(whole, abs=0.02)


def test_without_positions_or_garment_there_is_none(maps):
    assert motif_match(maps[..., :1], maps) is None
    assert motif_match(maps, maps[..., :1, :]) is None
    assert motif_match(maps, maps, torch.zeros(1, 1, 12, 12)) is None
