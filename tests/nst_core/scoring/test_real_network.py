"""With ImageNet VGG-16 on a real garment and a real textile the scores rank what the eye ranks."""

import numpy as np
import pytest
import torch
from PIL import Image

from nst_core.backbones import load_backbone
from nst_core.codec import decode
from nst_core.errors import WeightsMissing
from nst_core.scoring import cloth_features, score


@pytest.fixture(scope="module")
def vgg16():
    try:
        return load_backbone("vgg16", precision="fp32")
    except WeightsMissing as missing:
        pytest.skip(str(missing))


def image(path, width: int, height: int) -> torch.Tensor:
    rgb = Image.fromarray(decode(path.read_bytes(), name=path.name).rgb).resize((width, height))
    return torch.from_numpy(np.array(rgb)).permute(2, 0, 1).float() / 255


def test_laid_cloth_beats_scrambled_cloth_and_the_untouched_garment(data_dir, vgg16):
    photo = image(data_dir / "content" / "shirt_white.jpg", 128, 160)
    cloth = image(data_dir / "style" / "fabric_tropical_floral.png", 160, 160)
    mask = torch.zeros(160, 128)
    mask[30:140, 20:108] = 1
    laid = cloth[:, :, :128] * (photo.mean(0) / photo.mean()).clamp(0.5, 1.2)
    tiles = laid.unfold(1, 8, 8).unfold(2, 8, 8).flatten(1, 2)
    order = torch.randperm(tiles.shape[1], generator=torch.Generator().manual_seed(0))
    scrambled = tiles[:, order].reshape(3, 20, 16, 8, 8).transpose(2, 3).reshape(3, 160, 128)
    features = cloth_features(cloth, vgg16)
    worn, worms, untouched = (
        score(picture.clamp(0, 1), photo, features, mask, vgg16) for picture in (laid, scrambled, photo)
    )
    assert worn.motif > 0.7 > 0.5 > max(worms.motif, untouched.motif)
    assert 1.5 * worn.gmd < min(worms.gmd, untouched.gmd)
    assert 1.5 * worn.gmd_heldout < min(worms.gmd_heldout, untouched.gmd_heldout)
    assert worn.speckle < worms.speckle
    assert "scrambled" not in worn.flags
    assert "scrambled" in worms.flags
    assert {"noop", "flat"} <= set(untouched.flags)
    assert untouched.relief == pytest.approx(1, abs=1e-4)
