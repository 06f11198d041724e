"""Gram matrix distance by hand, and its laws."""

import math

import pytest
import torch

from nst_core.losses.gram import gram_matrix
from nst_core.scoring import cloth_features, gram_distance, score
from nst_core.scoring.gmd import GMD_LAYERS
from tests.nst_core.scoring.conftest import STRIDES, TinyBackbone


def two_channels(*positions: tuple[float, float]) -> torch.Tensor:
    """Features of two channels at positions in a row: (1, 2, 1, n)."""
    return torch.tensor(positions).T.reshape(1, 2, 1, -1)


def test_the_distance_of_two_small_gram_matrices():
    # x: (1, 0), (0, 1) → G = I / 2. s: (1, 1), (1, 1) → G = [[1, 1], [1, 1]].
    # G(x) - G(s) = [[-½, -1], [-1, -½]]: ‖·‖² = ¼ + 1 + 1 + ¼ = 2.5; ‖G(s)‖² = 4
    x, s = two_channels((1, 0), (0, 1)), two_channels((1, 1), (1, 1))
    grams = {"relu1_1": gram_matrix(s)[0]}
    assert gram_distance({"relu1_1": gram_matrix(x)[0]}, grams, ["relu1_1"]) == pytest.approx(
        math.sqrt(2.5 / 4)
    )


def test_layers_count_alike_whatever_their_size():
    # One layer at distance √(2.5 / 4), one of a thousand times the features at distance 0.
    x, s = two_channels((1, 0), (0, 1)), two_channels((1, 1), (1, 1))
    grams = {"relu1_1": gram_matrix(x)[0], "relu2_1": gram_matrix(1000 * x)[0]}
    cloth = {"relu1_1": gram_matrix(s)[0], "relu2_1": gram_matrix(1000 * x)[0]}
    assert gram_distance(grams, cloth, list(grams)) == pytest.approx(math.sqrt(2.5 / 4) / 2)


def test_a_cloth_has_no_distance_to_itself(cloth, photo, backbone):
    scores = score(cloth, photo, cloth_features(cloth, backbone), None, backbone)
    assert (scores.gmd, scores.gmd_image, scores.gmd_heldout) == (0, 0, 0)


def test_a_network_blind_to_neighbours_does_not_see_where_things_are(cloth, photo):
    pointwise = TinyBackbone(dict.fromkeys(STRIDES, 1), side=1)
    features = cloth_features(cloth, pointwise)
    shifted = cloth.roll((31, 7), dims=(1, 2))
    # the same values are summed in another order
    assert score(shifted, photo, features, None, pointwise).gmd_image == pytest.approx(0, abs=1e-5)


def test_a_full_mask_is_no_mask(cloth, photo, noise, backbone):
    features = cloth_features(cloth, backbone)
    picture = (cloth + 0.1 * noise).clamp(0, 1)
    masked = score(picture, photo, features, torch.ones(96, 96), backbone)
    plain = score(picture, photo, features, None, backbone)
    assert masked.gmd == pytest.approx(plain.gmd, rel=1e-4)
    assert masked.gmd == pytest.approx(masked.gmd_image, rel=1e-4)
    assert masked.gmd_heldout == pytest.approx(plain.gmd_heldout, rel=1e-4)


def test_the_floor_does_not_count_in_the_garment(cloth, photo, garment, backbone):
    features = cloth_features(cloth, backbone)
    floor = torch.zeros_like(cloth)
    hard = (garment > 0.99).float()
    on_black, on_cloth = cloth * hard + floor * (1 - hard), cloth
    black = score(on_black, photo, features, garment, backbone)
    whole = score(on_cloth, photo, features, garment, backbone)
    # relu1_1 … relu4_1 see no floor after the erosion; relu5_1 averages over 16 px and sees a little.
    assert black.gmd == pytest.approx(whole.gmd, abs=0.1)
    assert black.gmd_image > whole.gmd_image + 0.2


def test_another_texture_is_further_away(cloth, photo, noise, backbone):
    features = cloth_features(cloth, backbone)
    distances = [
        score((cloth + amount * noise).clamp(0, 1), photo, features, None, backbone).gmd
        for amount in (0.0, 0.1, 0.3)
    ]
    assert distances == sorted(distances)
    assert distances[-1] > 2 * distances[1] > 0


def test_a_missing_layer_gives_none():
    grams = {"relu1_1": torch.eye(2)}
    assert gram_distance(grams, grams, ["relu1_1"]) == 0
    assert gram_distance(grams, grams, GMD_LAYERS) is None


def test_an_empty_garment_has_no_distance(cloth, photo, backbone):
    scores = score(cloth, photo, cloth_features(cloth, backbone), torch.zeros(96, 96), backbone)
    assert (scores.gmd, scores.gmd_heldout, scores.motif) == (None, None, None)
    assert scores.gmd_image == 0
