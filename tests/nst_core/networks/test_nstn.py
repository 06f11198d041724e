from __future__ import annotations

import math

import pytest
import torch

from nst_core.networks.attention import HEAD, AttentionLayer, turned, turns_of
from nst_core.networks.nstn import Encoder, Nstn
from tests.nst_core.tiny import picture

from .showing import built, painted


def layer(width: int = HEAD) -> AttentionLayer:
    torch.manual_seed(0)
    return AttentionLayer(width).eval().requires_grad_(False)


def test_attention_is_the_softmax_over_scaled_scores():
    one, tokens = layer(), torch.randn(2, 5, HEAD)
    query, key, value = one.query_key_value(one.norm(tokens)).chunk(3, dim=-1)
    weights = (query @ key.mT / math.sqrt(HEAD)).softmax(-1)
    seen = tokens + one.join(weights @ value)
    wanted = seen + one.narrow(one.wide(one.wide_norm(seen)).relu())
    torch.testing.assert_close(one(tokens), wanted)


def test_how_two_tokens_look_at_each_other_is_a_matter_of_how_far_apart_they_are():
    turns = turns_of(6, 5, is_tile=False, device=torch.device("cpu")).view(6, 5, -1)
    query, key = torch.randn(2, 1, 1, 1, HEAD)

    def score(one: tuple[int, int], other: tuple[int, int]) -> float:
        at = [turned(channels, turns[place][None]) for channels, place in ((query, one), (key, other))]
        return float((at[0] * at[1]).sum())

    assert score((0, 0), (2, 1)) == pytest.approx(score((3, 2), (5, 3)), abs=1e-4)
    assert score((0, 0), (2, 1)) != pytest.approx(score((0, 0), (1, 2)), abs=1e-2)


def test_around_a_tile_the_first_row_follows_the_last():
    # half of the angles are those of rows; a step past the last row is a whole number of turns
    turns = turns_of(4, 6, is_tile=True, device=torch.device("cpu")).view(4, 6, -1)
    down, right = turns[1, 0] * 4, turns[0, 1] * 6
    for whole in (down, right):
        torch.testing.assert_close(whole.cos(), torch.ones_like(whole), atol=1e-4, rtol=0)
    assert (turns[1, 0, : HEAD // 4].cos() < 0).any()


def test_tokens_hold_all_of_the_map_and_nothing_twice():
    torch.manual_seed(0)
    encoder = Encoder(8, 4)
    seen = picture(32, 48)
    with torch.no_grad():
        tokens = encoder(seen, None)
        maps = seen
        for one in encoder.layers:
            maps = one(maps, None).relu()
    assert tokens.shape == (1, 2 * 3, 4 * 16)  # 8 × 12 positions by fours
    assert maps.shape == (1, 4, 8, 12)
    assert torch.equal(tokens.flatten().sort()[0], maps.flatten().sort()[0])
    assert torch.equal(tokens[0, 1].sort()[0], maps[0, :, :4, 4:8].flatten().sort()[0])


def test_it_looks_at_the_style_image_whatever_its_size():
    network, seen = built("nstn"), picture(32, 32)
    found = [painted("nstn", network, seen, style=picture(*size)) for size in ((32, 32), (40, 100), (16, 16))]
    assert all(one.shape == (1, 3, 32, 32) for one in found)
    assert (found[0] - found[1]).abs().max() > 1e-5


def test_where_the_style_image_s_tokens_lie_has_no_say_among_the_photo_s():
    # of a style image with an even colour every place is alike: rolled photo, rolled picture
    network, tile = built("nstn"), picture(32, 48)
    even = torch.full((1, 3, 32, 32), 0.3)
    before = painted("nstn", network, tile, style=even, repeat="straight")
    after = painted("nstn", network, tile.roll((16, 32), (2, 3)), style=even, repeat="straight")
    torch.testing.assert_close(after, before.roll((16, 32), (2, 3)), atol=1e-5, rtol=0)


def test_the_paper_s_size_has_five_million_weights():
    assert sum(one.numel() for one in Nstn().parameters()) == pytest.approx(5.24e6, rel=0.01)
