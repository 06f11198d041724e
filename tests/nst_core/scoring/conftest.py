"""Small networks and pictures for the scores' tests: fixed numbers, no weights file."""

from collections.abc import Sequence

import pytest
import torch
import torch.nn.functional as nnf
from torch import Tensor

STRIDES = {
    "relu1_1": 1,
    "relu1_2": 1,
    "relu2_1": 2,
    "relu2_2": 2,
    "relu3_1": 4,
    "relu3_2": 4,
    "relu4_1": 8,
    "relu4_3": 8,
    "relu5_1": 16,
}


class TinyBackbone:
    """One fixed convolution a layer on the averaged picture; ``side`` 1 makes it blind to neighbours."""

    name = "tiny"
    weights_sha256 = "0" * 64
    device = torch.device("cpu")
    precision = "fp32"

    def __init__(self, strides: dict[str, int] = STRIDES, *, side: int = 3, maps: int = 6) -> None:
        self.layers = tuple(strides)
        self.looks = 0
        self._strides, self._maps = strides, maps
        numbers = torch.Generator().manual_seed(7)
        self._kernels = {
            layer: torch.randn(maps, 3, side, side, generator=numbers) / side for layer in strides
        }

    def features(
        self, images: Tensor, layers: Sequence[str], *, repeat: str | None = None
    ) -> dict[str, Tensor]:
        self.looks += 1
        found = {}
        for layer in layers:
            stride, kernel = self._strides[layer], self._kernels[layer]
            seen = nnf.avg_pool2d(images, stride) if stride > 1 else images
            found[layer] = nnf.relu(nnf.conv2d(seen, kernel, padding=kernel.shape[-1] // 2))
        return found

    def stride(self, layer: str) -> int:
        return self._strides[layer]

    def channels(self, layer: str) -> int:
        return self._maps

    def receptive_field(self, layer: str) -> int:
        return 3 * self._strides[layer]

    def margin(self, layer: str) -> int:
        return self._strides[layer]


@pytest.fixture
def backbone() -> TinyBackbone:
    return TinyBackbone()


@pytest.fixture(scope="session")
def cloth() -> Tensor:
    """Discs of three colours on a warm ground, repeating every 24 px: (3, 96, 96)."""
    y, x = torch.meshgrid(torch.arange(96.0), torch.arange(96.0), indexing="ij")
    image = torch.tensor([0.9, 0.8, 0.6])[:, None, None].repeat(1, 96, 96)
    for row, column, radius, colour in ((6, 6, 4, (0.8, 0.1, 0.1)), (14, 17, 6, (0.1, 0.3, 0.7))):
        inside = torch.hypot((y - row + 12) % 24 - 12, (x - column + 12) % 24 - 12) < radius
        image = torch.where(inside, torch.tensor(colour)[:, None, None], image)
    return image


@pytest.fixture(scope="session")
def photo() -> Tensor:
    """A plain grey garment with soft vertical folds: (3, 96, 96)."""
    x = torch.arange(96.0)
    folds = 0.55 + 0.2 * torch.sin(x / 4) * torch.cos(x / 15)
    return folds.expand(3, 96, 96).clone()


@pytest.fixture(scope="session")
def garment() -> Tensor:
    """A soft-edged rectangle well inside the picture: (96, 96)."""
    mask = torch.zeros(96, 96)
    mask[20:76, 24:72] = 1
    return nnf.avg_pool2d(mask[None, None], 5, stride=1, padding=2)[0, 0]


@pytest.fixture(scope="session")
def noise() -> Tensor:
    """Independent normal numbers: (3, 96, 96)."""
    return torch.randn(3, 96, 96, generator=torch.Generator().manual_seed(3))
