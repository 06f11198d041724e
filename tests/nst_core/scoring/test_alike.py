"""What designs are alike by: textures by sketches of Gram matrices, colours by what is seen and how much."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core.scoring.alike import TEXTURE_LAYERS, colours_of, texture_descriptor
from nst_core.scoring.alike.signs import normals, signs

SIGNS = [[-1, 1, -1, 1], [1, 1, -1, -1]]
NORMALS = [1.0194656654343055, 0.7354400166867201, -1.2355394924701417]
CHANNELS = dict(zip(TEXTURE_LAYERS, (24, 32, 48), strict=True))


def grams(seed: int, *, near: int | None = None, share: float = 0.0) -> dict[str, torch.Tensor]:
    """Return Gram matrices of chance features, a share of which another seed has too."""
    found = {}
    for layer, channels in CHANNELS.items():
        features = [
            torch.randn(channels, 400, generator=torch.Generator().manual_seed(one)).relu()
            * torch.rand(channels, 1, generator=torch.Generator().manual_seed(100 + one)) ** 2
            for one in (seed, seed if near is None else near)
        ]
        mixed = (1 - share) * features[0] + share * features[1]
        found[layer] = mixed @ mixed.T / 400
    return found


def cosine(one, other) -> float:
    a, b = (np.asarray(each, dtype=float) for each in (one, other))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_a_texture_has_96_numbers_that_do_not_depend_on_how_bright_it_is():
    of = texture_descriptor(grams(1))
    assert len(of) == 96
    assert max(map(abs, of)) <= 127
    assert texture_descriptor({layer: 7 * gram for layer, gram in grams(1).items()}) == of


def test_the_nearer_the_matrices_the_nearer_the_descriptors():
    own = texture_descriptor(grams(1))
    by_share = [cosine(own, texture_descriptor(grams(2, near=1, share=share))) for share in (0, 0.5, 0.8, 1)]
    assert by_share == sorted(by_share)
    assert by_share[-1] == pytest.approx(1)


def test_the_cosine_is_about_that_of_the_matrices_roots():
    # Matrices of chance features: 32 sketches a layer are off by about 1/√32 = .18 each, .1 over three.
    pairs = [(grams(2 * at), grams(2 * at + 1)) for at in range(12)]
    whole = [
        np.mean([cosine(a[layer].sqrt().flatten(), b[layer].sqrt().flatten()) for layer in TEXTURE_LAYERS])
        for a, b in pairs
    ]
    sketched = [cosine(texture_descriptor(a), texture_descriptor(b)) for a, b in pairs]
    assert np.abs(np.subtract(sketched, whole)).mean() < 0.1


def test_a_picture_too_small_for_a_layer_has_no_texture():
    assert texture_descriptor({"relu2_1": torch.eye(4)}) == ()


def test_no_light_at_all_is_a_texture_of_nothing():
    assert texture_descriptor({layer: torch.zeros(8, 8) for layer in TEXTURE_LAYERS}) == (0,) * 96


def test_chance_is_the_same_for_ever():
    # descriptors in manifests of years are compared: these may never change
    assert signs("relu2_1 left", 2, 4).tolist() == SIGNS
    assert normals("colour waves", 3)[:3] == pytest.approx(NORMALS, abs=1e-12)
    many = normals("many", 20_000)
    assert (abs(many.mean()), abs(many.std() - 1)) < (0.03, 0.03)


def stripes(*colours: tuple[tuple[int, int, int], int]) -> np.ndarray:
    """Return a picture 60 px wide with as many lines of each colour."""
    return np.concatenate([np.full((lines, 60, 3), colour, np.uint8) for colour, lines in colours])


RED, SAND, NAVY, WHITE = (190, 30, 40), (220, 200, 160), (20, 30, 80), (255, 255, 255)


def test_colours_are_named_with_their_shares_the_largest_first():
    found = colours_of(stripes((NAVY, 20), (SAND, 70), (RED, 10)))
    assert found.named == ("#dcc8a0", "#141e50", "#be1e28")
    assert found.shares == (0.7, 0.2, 0.1)


def test_a_thread_is_not_named_and_shares_still_add_up():
    found = colours_of(stripes((SAND, 99), (RED, 1)))
    assert (found.named, found.shares) == (("#dcc8a0",), (1.0,))


def test_of_a_garment_only_what_is_inside_is_seen():
    picture = stripes((WHITE, 50), (RED, 50))
    inside = np.zeros((100, 60), np.float32)
    inside[50:] = 1
    assert colours_of(picture, inside).named == ("#be1e28",)
    assert colours_of(picture, np.zeros((100, 60), np.float32)).descriptor == ()


def test_folds_do_not_make_other_colours_of_one():
    fold = np.linspace(0.75, 1, 60)[None, :, None]
    found = colours_of((stripes((RED, 60), (SAND, 40)) * fold).astype(np.uint8))
    assert len(found.named) == 2
    assert found.shares == (0.6, 0.4)


def test_where_colours_lie_does_not_matter_and_how_much_there_is_does():
    picture = stripes((NAVY, 20), (SAND, 70), (RED, 10))
    shuffled = np.random.default_rng(1).permutation(picture.reshape(-1, 3)).reshape(picture.shape)
    own = colours_of(picture).descriptor
    assert colours_of(shuffled).descriptor == own

    def off(*colours) -> float:
        return float(np.abs(np.subtract(colours_of(stripes(*colours)).descriptor, own)).mean())

    nearly = off((NAVY, 25), (SAND, 65), (RED, 10))
    otherwise = off((NAVY, 70), (SAND, 20), (RED, 10))
    assert 0 < nearly < otherwise < off((WHITE, 50), ((0, 90, 40), 50))


def test_a_large_picture_is_looked_at_here_and_there():
    large = np.tile(stripes((NAVY, 30), (SAND, 70)), (8, 8, 1))
    found = colours_of(large)
    assert found.named == ("#dcc8a0", "#141e50")
    assert found.shares == pytest.approx((0.7, 0.3), abs=0.01)
