from __future__ import annotations

import pytest
import torch

from nst_core.errors import EngineError
from nst_core.scoring import as_picture, edge_maps, variation


def test_a_single_bright_pixel_by_hand():
    # 3 × 3 px, the middle 1. Across 3 × 2 pairs: +1 and -1 in the middle row; down likewise.
    image = torch.zeros(3, 3, 3)
    image[:, 1, 1] = 1
    maps = edge_maps(image)
    assert maps.across[0].tolist() == [[0, 0], [1, -1], [0, 0]]
    assert maps.down[0].tolist() == [[0, 1, 0], [0, -1, 0]]
    assert (maps.tv_across, maps.tv_down) == (pytest.approx(2 / 6), pytest.approx(2 / 6))
    assert maps.energy == pytest.approx(4 / 6)


def test_upright_stripes_have_edges_across_and_none_down():
    image = (torch.arange(12) % 4 < 2).float().expand(3, 8, 12)
    maps = edge_maps(image)
    assert maps.tv_across == pytest.approx(5 / 11)
    assert maps.tv_down == 0


def test_both_directions_together_are_the_score_of_total_variation(cloth):
    maps = edge_maps(cloth)
    assert maps.tv_across + maps.tv_down == pytest.approx(variation(cloth))


def test_the_map_of_a_ramp_is_an_even_grey_lighter_than_no_edge():
    # a tenth a pixel: ½ + 2 · 0.1
    ramp = (torch.arange(6) / 10).expand(3, 4, 6)
    maps = edge_maps(ramp)
    torch.testing.assert_close(as_picture(maps.across), torch.full((3, 4, 5), 0.7))
    torch.testing.assert_close(as_picture(maps.down), torch.full((3, 3, 6), 0.5))
    assert as_picture(torch.tensor([-1.0, 1.0])).tolist() == [0, 1]


def test_a_picture_without_neighbours_is_refused():
    with pytest.raises(EngineError, match="2 × 2 px or more, got 1 × 9"):
        edge_maps(torch.zeros(3, 1, 9))
