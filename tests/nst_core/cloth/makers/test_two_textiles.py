"""New cloth of two textiles: appliqué, residual, fill and palette keep what they take from each."""

from __future__ import annotations

import numpy as np
import pytest

from nst_core.cloth.makers.applique import LEAST_TOLD, applique
from nst_core.cloth.makers.fill import fill
from nst_core.cloth.makers.palette import palette
from nst_core.cloth.makers.residual import residual
from nst_core.cloth.makers.seamless import seamless
from nst_core.cloth.makers.windows import two_windows
from nst_core.colour import colour_statistics, lab_of, picture_of
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import dilated, eroded
from nst_core.scoring.tile import legibility
from tests.nst_core.cloth.makers.drawn import CREAM, PLUM, dots, painting
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import floral

MAKERS = (applique, residual, fill, palette)
MOTIF, INSIDE = dots(96, 24)
PAINTING = painting()
FLORAL = floral(120, 120).astype(np.float32) / 255


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("repeat", REPEATS)
def test_every_tile_joins_itself(make, repeat):
    layout = make(PAINTING, MOTIF, sheet(repeat=repeat, seed=1))
    assert layout.tile.shape == (96, 96, 3)
    assert layout.tile.dtype == np.float32
    assert layout.tile.min() >= 0
    assert layout.tile.max() <= 1
    assert worst_join(layout.tile, repeat) <= 1.15


@pytest.mark.parametrize("make", [applique, residual, fill])
def test_one_seed_gives_one_tile_and_another_seed_another(make):
    one, same, other = (make(PAINTING, MOTIF, sheet(seed=seed)).tile for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.005


@pytest.mark.parametrize("make", MAKERS)
def test_the_layout_says_where_the_motif_lies(make):
    classes = make(PAINTING, MOTIF, sheet()).classes
    assert classes is not None
    (figure,) = np.unique(classes[eroded(INSIDE, 7)])
    (ground,) = np.unique(classes[~dilated(INSIDE, 7)])
    assert figure != ground


def test_fill_alone_keeps_colours_of_the_motif():
    assert [make(PAINTING, MOTIF, sheet()).motif is not None for make in MAKERS] == [
        False,
        False,
        True,
        False,
    ]


def test_applique_cuts_the_figure_of_the_darker_paint():
    # the motif divides the tile, so its dots stay where they are drawn; a wobble of 96 · 1.6 / 384 = .4 px
    # hardly ever comes to 3
    tile = applique(PAINTING, MOTIF, sheet()).tile
    blue = tile[..., 2] > tile[..., 0]
    assert blue[eroded(INSIDE, 7)].all()
    assert not blue[~dilated(INSIDE, 7)].any()


def test_applique_keeps_the_whole_painting_as_its_style():
    layout = applique(PAINTING, MOTIF, sheet())
    assert layout.style is PAINTING
    assert layout.figure is None


def test_applique_has_the_colours_of_the_whole_painting_and_not_of_its_windows_alone():
    # as much again of a dark green: the mean of all goes half of the way there, which no two windows know
    whole = np.concatenate([PAINTING, picture_of(np.full_like(PAINTING, (30, -20, 10)))])
    tiles = [applique(style, MOTIF, sheet()).tile for style in (PAINTING, whole)]
    of_half, of_whole = (
        np.linalg.norm(lab_of(tile).mean(axis=(0, 1)) - lab_of(whole).mean(axis=(0, 1))) for tile in tiles
    )
    assert of_half > 20
    assert of_whole < 0.5 * of_half


def test_few_small_figures_of_restless_paint_can_be_told_all_the_same():
    # dots on a twentieth of the tile, of paint whose grain is stronger: untouched they explain .21 of it
    specks = np.where(eroded(INSIDE, 5)[..., None], np.float32(PLUM), np.float32(CREAM))
    grain = np.random.default_rng(1).normal(0, 0.15, PAINTING.shape)
    layout = applique(np.clip(PAINTING + grain, 0, 1).astype(np.float32), specks, sheet())
    assert legibility(layout.tile, layout.classes) == pytest.approx(LEAST_TOLD, abs=0.03)


def test_the_two_windows_are_the_two_paints():
    windows = two_windows(PAINTING, seed=0).of(PAINTING)
    assert windows.darker[..., 2].mean() > windows.darker[..., 0].mean() + 0.2
    assert windows.lighter[..., 0].mean() > windows.lighter[..., 2].mean() + 0.3


def test_a_larger_painting_has_the_same_windows():
    large = np.repeat(np.repeat(PAINTING, 4, 0), 4, 1)
    for seed in range(3):
        one, other = (two_windows(of, seed=seed).of(of) for of in (PAINTING, large))
        for name in ("darker", "lighter"):
            window, enlarged = getattr(one, name), getattr(other, name)
            assert abs(len(enlarged) - 4 * len(window)) <= 4
            np.testing.assert_allclose(enlarged.mean((0, 1)), window.mean((0, 1)), atol=0.03)


def test_fill_covers_exactly_the_figure():
    layout = fill(FLORAL, MOTIF, sheet())
    assert layout.figure is not None
    np.testing.assert_array_equal(layout.figure[eroded(INSIDE, 3)], 1)
    np.testing.assert_array_equal(layout.figure[~dilated(INSIDE, 5)], 0)
    # outside it is the ground as it was drawn
    assert np.abs(layout.tile[~dilated(INSIDE, 5)] - np.float32(CREAM)).max() < 0.01


def test_fill_keeps_a_cloth_of_the_grounds_colour_apart_from_it():
    # cream in cream: the cloth goes to the dark side, as the motif's dots were
    like_ground = np.clip(FLORAL * 0.1 + np.float32(CREAM) * 0.95, 0, 1)
    tile = fill(like_ground, MOTIF, sheet()).tile
    figure, ground = lab_of(tile)[eroded(INSIDE, 3)], lab_of(tile)[~dilated(INSIDE, 5)]
    assert ground[:, 0].mean() - figure[:, 0].mean() > 20


def test_fill_lays_the_motifs_own_shading_on_the_cloth():
    # a dot with a light half and a dark half; the plain cloth in it gets both
    shaded = MOTIF.copy()
    right = (np.arange(96) % 24 >= 12)[None, :] & INSIDE
    shaded[right] *= 1.6
    tile = lab_of(fill(np.full((96, 96, 3), (0.2, 0.4, 0.2), np.float32), shaded, sheet()).tile)[..., 0]
    left = INSIDE & ~right
    assert tile[eroded(right, 3)].mean() > tile[eroded(left, 3)].mean() + 1


def test_palette_has_the_styles_mean_and_spread():
    faded = 0.3 + 0.6 * FLORAL
    tile = palette(faded, FLORAL, sheet()).tile
    got, wanted = colour_statistics(tile), colour_statistics(faded)
    np.testing.assert_allclose(got.mean, wanted.mean, atol=4)
    assert np.trace(got.covariance) == pytest.approx(np.trace(wanted.covariance), rel=0.3)


def test_palette_keeps_light_light_and_dark_dark():
    tile = lab_of(palette(FLORAL, MOTIF, sheet()).tile)[..., 0]
    assert tile[eroded(INSIDE, 3)].max() < tile[~dilated(INSIDE, 5)].min()


def test_residual_is_the_palette_with_brushwork_that_averages_out():
    plain, brushed = palette(PAINTING, MOTIF, sheet()).tile, residual(PAINTING, MOTIF, sheet()).tile
    difference = lab_of(brushed) - lab_of(plain)
    assert np.abs(difference).mean() > 1
    # a high-pass has no mean: what is left is what sRGB cannot show
    assert np.abs(difference.mean(axis=(0, 1))).max() < 2


def test_brushwork_is_less_loud_than_the_motif():
    # black and white lines of 50 L have a deviation of 50; the motif's, about 30 ΔE, lets .45 of it through
    lines = np.zeros((96, 96, 3), np.float32)
    lines[:, ::6] = lines[::6] = 1
    plain, brushed = (lab_of(make(lines, FLORAL, sheet()).tile) for make in (palette, residual))
    contrast = np.sqrt(((plain - plain.mean(axis=(0, 1))) ** 2).sum(-1).mean())
    assert np.sqrt(((brushed - plain) ** 2).sum(-1).mean()) < 0.5 * contrast


def test_brushwork_comes_from_where_there_is_some():
    # the sky half of a painting has none; every quarter of the tile has the strokes of the other half
    painted = PAINTING.copy()
    painted[:60] = (0.6, 0.65, 0.7)
    difference = lab_of(residual(painted, MOTIF, sheet()).tile) - lab_of(
        palette(painted, MOTIF, sheet()).tile
    )
    quarters = np.abs(difference).sum(-1).reshape(2, 48, 2, 48).mean(axis=(1, 3))
    assert quarters.min() > 0.4 * quarters.max()


@pytest.mark.parametrize("make", [applique, fill])
def test_a_motif_of_many_colours_is_refused_and_others_are_named(make):
    # six hues on a circle of Lab: the mean of three neighbours lies at 2/3 of the radius, two classes
    # explain (2/3)² = .44
    hue = np.arange(6) * np.pi / 3
    colours = np.stack([np.full(6, 60), 30 * np.cos(hue), 30 * np.sin(hue)], axis=-1)
    rows, columns = np.indices((96, 96)) // 16
    harlequin = picture_of(colours.astype(np.float32)[(rows + 2 * columns) % 6])
    with pytest.raises(ClothUnsuitable, match="residual and palette") as refused:
        make(PAINTING, harlequin, sheet())
    assert refused.value.code == "no_two_classes"


def test_a_ground_of_two_colours_is_no_ground_to_fill_on():
    # stripes of yellow and cyan, some 60 ΔE apart, so 30 about their mean, under black dots farther from both
    striped = np.zeros_like(MOTIF)
    yellow = (np.arange(96) // 12 % 2 == 0)[:, None] & ~INSIDE
    striped[~INSIDE] = (0.65, 0.95, 0.95)
    striped[yellow] = (0.95, 0.95, 0.6)
    with pytest.raises(ClothUnsuitable, match="of one colour") as refused:
        fill(FLORAL, striped, sheet())
    assert refused.value.code == "ground_of_many_colours"


@pytest.mark.parametrize("make", [applique, fill])
def test_a_plain_motif_has_no_figure(make):
    with pytest.raises(ClothUnsuitable, match="all but plain") as refused:
        make(PAINTING, np.full((96, 96, 3), 0.6, np.float32), sheet())
    assert refused.value.code == "no_two_classes"


def test_a_style_that_is_the_same_all_over_has_no_two_windows():
    with pytest.raises(ClothUnsuitable, match="residual and palette") as refused:
        applique(FLORAL, MOTIF, sheet())
    assert refused.value.code == "no_two_windows"


def test_a_style_without_brushwork_leaves_no_residual():
    with pytest.raises(ClothUnsuitable, match="palette") as refused:
        residual(np.full((96, 96, 3), 0.4, np.float32), MOTIF, sheet())
    assert refused.value.code == "no_brushwork"


@pytest.mark.parametrize("make", [residual, palette])
def test_a_plain_motif_cannot_be_told(make):
    with pytest.raises(ClothUnsuitable) as refused:
        make(PAINTING, np.full((96, 96, 3), 0.6, np.float32), sheet())
    assert refused.value.code == "plain"


def test_the_motif_is_laid_as_it_is_before_anything_is_done_to_it():
    base = seamless(MOTIF, sheet()).tile
    np.testing.assert_allclose(base, MOTIF, atol=0.02)
