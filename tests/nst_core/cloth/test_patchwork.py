from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth import patchwork

COLOURS = np.eye(3, dtype=np.float32)


def plain(index: int, side: int = 128) -> np.ndarray:
    return np.broadcast_to(COLOURS[index], (side, side, 3)).copy()


@pytest.mark.parametrize("shares", [(0.7, 0.3), (0.5, 0.5), (0.5, 0.3, 0.2), (0.98, 0.02)])
@pytest.mark.parametrize("seed", [0, 7])
def test_each_cloth_covers_its_share(shares, seed):
    cloth = patchwork([plain(index) for index in range(len(shares))], shares, seed=seed)
    # the third is laid over both others by chance, not by their shares
    assert cloth.mean((0, 1))[: len(shares)] == pytest.approx(shares, abs=0.02 if len(shares) == 2 else 0.05)


def test_patches_are_of_one_cloth_and_only_their_cut_is_soft():
    cloth = patchwork([plain(0), plain(1)], (0.6, 0.4), seed=1)
    pure = (cloth.max(-1) > 0.99).mean()
    assert pure > 0.85


def test_the_same_seed_cuts_the_same_patches_and_another_others():
    cloths = [plain(0), plain(1)]
    one, again, other = (patchwork(cloths, (0.6, 0.4), seed=seed) for seed in (1, 1, 2))
    assert (one == again).all()
    assert np.abs(one - other).mean() > 0.1


def test_cloths_of_different_sizes_meet_where_all_have_something():
    assert patchwork([plain(0, 64), plain(1, 48)], (0.5, 0.5), seed=0).shape == (48, 48, 3)
