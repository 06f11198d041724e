"""Filters that stop at edges, and edges of a stated width."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.garment.edges import colour_guided_filter, guided_filter, settle_edge, soften

RANDOM = np.random.default_rng(0)
STEP = np.tile((np.arange(64) >= 32).astype(np.float32), (48, 1))


def test_a_filtered_plane_stays_a_plane_whatever_the_guide():
    guide = RANDOM.random((40, 50), dtype=np.float32)
    np.testing.assert_allclose(guided_filter(guide, np.full_like(guide, 0.3), 4, 1e-2), 0.3, atol=1e-5)
    colours = RANDOM.random((40, 50, 3), dtype=np.float32)
    np.testing.assert_allclose(
        colour_guided_filter(colours, np.full((40, 50), 0.3, np.float32), 4, 1e-2, colours), 0.3, atol=1e-4
    )


def test_noise_goes_and_the_guides_edge_stays():
    noisy = STEP + 0.1 * RANDOM.standard_normal(STEP.shape).astype(np.float32)
    smooth = guided_filter(STEP, noisy, 5, 1e-3)
    assert np.abs(smooth - STEP).mean() < 0.2 * np.abs(noisy - STEP).mean()
    assert smooth[:, 32].min() - smooth[:, 31].max() > 0.8


def test_a_grey_guide_and_the_same_guide_in_three_channels_agree():
    guide = cv2.GaussianBlur(RANDOM.random((40, 50), dtype=np.float32), (0, 0), 2)
    values = cv2.GaussianBlur(RANDOM.random((40, 50), dtype=np.float32), (0, 0), 1)
    grey = guided_filter(guide, values, 4, 1e-3)
    # three equal channels carry the slope together: s = c / (3 v + e) each, against c / (v + e)
    colours = np.repeat(guide[..., None], 3, 2)
    colour = colour_guided_filter(colours, values, 4, 3e-3, colours)
    np.testing.assert_allclose(colour, grey, atol=1e-4)


def test_a_mask_a_little_off_settles_on_the_pictures_edge():
    # the mask, at half the size, ends 1 px (2 px of the picture) beside the edge
    rgb = np.full((128, 128, 3), (190, 170, 140), np.uint8)
    rgb[:, 64:] = (70, 20, 30)
    coarse = np.zeros((64, 64), bool)
    coarse[:, 31:] = True
    settled = settle_edge(rgb, coarse, edge_px=1.2)
    crossing = (settled > 0.5).argmax(axis=1)
    assert np.abs(crossing[20:-20] - 64).max() <= 1
    assert (settled[:, :48] == 0).all()
    assert (settled[:, 80:] == 1).all()


@pytest.mark.parametrize("edge_px", [1.0, 2.0, 4.0])
def test_an_edge_is_as_wide_as_asked(edge_px: float):
    # 10 % to 90 % of a step, counted in a picture of 512 px: twice the px at 256
    row = soften(np.tile((np.arange(512) >= 256).astype(np.float32), (9, 1)), edge_px)[4]
    wide = np.interp(0.9, row, np.arange(512)) - np.interp(0.1, row, np.arange(512))
    assert wide == pytest.approx(2 * edge_px, rel=0.1)


def test_soft_edges_reach_exactly_zero_and_one():
    row = soften(np.tile((np.arange(256) >= 128).astype(np.float32), (9, 1)), 3)[4]
    assert (row[:120] == 0).all()
    assert (row[136:] == 1).all()
