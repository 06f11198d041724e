"""What lies between the motifs, in sprays."""

from __future__ import annotations

import numpy as np

from nst_core.cloth.makers.cutting import Figures
from nst_core.cloth.makers.fillers import fillers

SIDE = 384


def sprays(*dots, motif=None):
    figure, labels = np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), np.int32)
    for row, column in dots:
        # 16 px: LEAST is 6 of 384 x 384, SMALLEST 88
        figure[row : row + 4, column : column + 4] = True
    if motif is not None:
        figure[motif] = True
        labels[motif] = 1
    return fillers(figure, Figures(labels, int(labels.max()), 1.0), np.zeros((SIDE, SIDE), bool))


CORNERS = ((40, 40), (40, 300), (300, 40), (300, 300))


def test_dots_close_to_each_other_are_one_spray():
    # a second dot 4 px below each; the sprays are 250 px apart
    pairs = [*CORNERS, *((row + 8, column) for row, column in CORNERS)]
    found = sprays(*pairs)
    assert found.count == 4
    assert all((found.labels == name).sum() == 32 for name in range(1, 5))
    assert found.share == 1


def test_a_chain_of_dots_across_the_textile_is_no_spray_but_its_dots_are():
    # 2 px between dots: even the least reach of 2 px joins the 200 px; 200 > 384 / 7, so each stands alone
    chain = [(100, column) for column in range(100, 300, 6)]
    assert sprays(*chain).count == len(chain)


def test_what_came_off_a_motif_and_what_reaches_the_border_is_left_out():
    motif = np.s_[100:130, 100:130]
    assert sprays(*CORNERS, (131, 110), motif=motif).count == 4
    assert sprays(*CORNERS, (0, 200)).count == 4


def test_a_few_specks_are_no_fillers():
    found = sprays(*CORNERS[:3])
    assert (found.count, found.share) == (0, 0)
    assert not found.labels.any()
