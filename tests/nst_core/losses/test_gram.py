from __future__ import annotations

import pytest
import torch

from nst_core.losses import gram_matrix
from tests.nst_core.tiny import picture, tiny_backbone


def test_a_gram_matrix_by_hand():
    # two channels on three positions: (1 2 3) and (0 1 -1)
    # 1·1 + 2·2 + 3·3 = 14, 0 + 2 - 3 = -1, 0 + 1 + 1 = 2, all over 3 positions
    features = torch.tensor([[[[1.0, 2.0, 3.0]], [[0.0, 1.0, -1.0]]]])
    expected = torch.tensor([[[14.0, -1.0], [-1.0, 2.0]]]) / 3
    torch.testing.assert_close(gram_matrix(features), expected)


def test_a_weighted_gram_matrix_by_hand():
    # weights 1 0 ½: 1 + 0 + 4.5 = 5.5, 0 + 0 - 1.5 = -1.5, 0 + 0 + .5 = .5, all over 1½
    features = torch.tensor([[[[1.0, 2.0, 3.0]], [[0.0, 1.0, -1.0]]]])
    expected = torch.tensor([[[5.5, -1.5], [-1.5, 0.5]]]) / 1.5
    torch.testing.assert_close(gram_matrix(features, torch.tensor([[[[1.0, 0.0, 0.5]]]])), expected)


def test_style_does_not_depend_on_where_the_motifs_sit():
    features = torch.rand(1, 5, 6, 8, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(48, generator=torch.Generator().manual_seed(1))
    shuffled = features.flatten(2)[..., order].view_as(features)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(features))


def test_one_cloth_scanned_over_twice_the_area_has_the_same_matrix():
    features = torch.rand(1, 5, 6, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(gram_matrix(features.repeat(1, 1, 2, 3)), gram_matrix(features))


def test_even_weights_change_nothing_and_no_weight_gives_no_matrix():
    features = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(gram_matrix(features, torch.full((2, 1, 4, 4), 0.3)), gram_matrix(features))
    assert torch.equal(gram_matrix(features, torch.zeros(2, 1, 4, 4)), torch.zeros(2, 3, 3))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_one_product_of_the_way_back_is_the_derivative(weighted):
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=generator).requires_grad_()
    weight = torch.rand(2, 1, 4, 5, dtype=torch.float64, generator=generator) if weighted else None
    # gradcheck also feeds matrices that are not symmetric from behind
    assert torch.autograd.gradcheck(lambda x: gram_matrix(x, weight), features)


def test_bf16_features_are_summed_in_float32():
    features = tiny_backbone(precision="bf16").features(picture(128, 128), ("relu1_1",))["relu1_1"]
    rows = features.double().flatten(2)
    exact = rows @ rows.mT / rows.shape[-1]
    gram = gram_matrix(features)
    assert gram.dtype == torch.float32
    # a sum kept in bfloat16 is off by up to 4e-3
    assert float(((gram - exact) / exact.abs().max()).abs().max()) < 2e-5


def test_the_process_wide_switch_of_onednn_is_left_as_it_was_found():
    matmul = torch.backends.mkldnn.matmul
    before = matmul.fp32_precision
    gram_matrix(torch.ones(1, 2, 4, 4, dtype=torch.bfloat16))
    assert matmul.fp32_precision == before


def test_a_nan_stays_in_its_own_sample():
    features = torch.rand(3, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    clean = gram_matrix(features)
    features[1, 2, 0, 0] = torch.nan
    broken = gram_matrix(features)
    assert torch.equal(broken[[0, 2]], clean[[0, 2]])
    assert broken[1].isnan().any()
