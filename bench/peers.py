"""Other programs' ways of style transfer, written from what they document, on the same VGG-16 weights.

Their form is what is compared (losses, weights, optimiser, steps, start), so that all of them look through
one network: VGG-16 stands in where a program's own default is VGG-19.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from nst_core.backbones import Backbone, load_weights

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


@dataclass(frozen=True)
class Peer:
    """The form of one program's style transfer.

    Attributes:
        content: layer → weight of the mean squared difference of its features.
        style: layer → weight of the mean squared difference of its Gram matrices.
        gram_divisor: what FFᵀ is divided by: positions (``hw``) or positions and channels (``chw``).
        tv: weight of the L1 sum of neighbour differences.
        optimiser: with its learning rate.
        steps: looks with a gradient.
        clamps: the picture is brought back to [0, 1] after each step.
    """

    content: Mapping[str, float]
    style: Mapping[str, float]
    gram_divisor: Literal["hw", "chw"]
    tv: float
    optimiser: Literal["adam", "lbfgs"]
    lr: float
    steps: int
    clamps: bool


PEERS: Mapping[str, Peer] = {
    # What a careful person writes in an afternoon after Gatys et al.: the weights of bench/step.py.
    "plain-gatys": Peer(
        content={"relu4_2": 1.0},
        style=dict.fromkeys(STYLE_LAYERS, 100.0 / 5),
        gram_divisor="hw",
        tv=0.0,
        optimiser="adam",
        lr=0.02,
        steps=200,
        clamps=True,
    ),
    # PyTorch's tutorial: content at the fourth convolution, style at the first five, a million to one.
    "tutorial": Peer(
        content={"relu2_2": 1.0},
        style=dict.fromkeys(("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"), 1e6),
        gram_divisor="chw",
        tv=0.0,
        optimiser="lbfgs",
        lr=1.0,
        steps=300,
        clamps=True,
    ),
    # pystiche's defaults: content 1, style 1000 shared by five layers, 500 steps, no clamp on the way.
    "pystiche": Peer(
        content={"relu4_2": 1.0},
        style=dict.fromkeys(STYLE_LAYERS, 1e3 / 5),
        gram_divisor="hw",
        tv=0.0,
        optimiser="lbfgs",
        lr=1.0,
        steps=500,
        clamps=False,
    ),
}


def paint_as(
    peer: Peer, content: Tensor, style: Tensor, backbone: Backbone, *, steps: int | None = None
) -> Tensor:
    """Return what a program of this form makes of a photo, started from the photo.

    Args:
        peer: the form.
        content: ``(1, 3, H, W)``, sRGB in [0, 1]; H and W multiples of 16.
        style: ``(1, 3, h, w)``.
        backbone: VGG-16.
        steps: fewer (or more) than the program's own.

    Returns:
        ``(1, 3, H, W)`` in [0, 1].
    """
    layers = tuple(dict.fromkeys((*peer.content, *peer.style)))
    with torch.no_grad():
        wanted = backbone.features(content, tuple(peer.content))
        grams = {
            name: _gram(one, peer.gram_divisor)
            for name, one in backbone.features(style, tuple(peer.style)).items()
        }
    picture = content.clone().requires_grad_()

    def loss() -> Tensor:
        seen = backbone.features(picture, layers)
        total = picture.new_zeros(())
        for name, weight in peer.content.items():
            total = total + weight * functional.mse_loss(seen[name].float(), wanted[name].float())
        for name, weight in peer.style.items():
            total = total + weight * functional.mse_loss(_gram(seen[name], peer.gram_divisor), grams[name])
        if peer.tv:
            total = total + peer.tv * (picture.diff(dim=-1).abs().sum() + picture.diff(dim=-2).abs().sum())
        return total

    _walk(picture, peer, peer.steps if steps is None else steps, loss)
    return picture.detach().clamp_(0, 1)


def _walk(picture: Tensor, peer: Peer, steps: int, loss: Callable[[], Tensor]) -> None:
    if peer.optimiser == "adam":
        optimiser: torch.optim.Optimizer = torch.optim.Adam([picture], lr=peer.lr)
        rounds = steps
    else:
        # torch's L-BFGS looks up to 20 times a call
        optimiser = torch.optim.LBFGS([picture], lr=peer.lr, max_iter=min(20, steps), max_eval=min(20, steps))
        rounds = -(-steps // 20)

    def closure() -> float:
        if peer.clamps:
            with torch.no_grad():
                picture.clamp_(0, 1)
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    for _ in range(rounds):
        optimiser.step(closure)


def _gram(features: Tensor, divisor: str) -> Tensor:
    rows = features.flatten(2).float()
    positions = rows.shape[-1] * (rows.shape[-2] if divisor == "chw" else 1)
    return rows @ rows.transpose(1, 2) / positions


def vgg16_modules(*, cut_after: str | None) -> tuple[Any, list[str]]:
    """VGG-16's convolutions as torch modules, with the weights that the engine uses, and a name for each."""
    tensors = load_weights("vgg16").tensors
    layers: list[nn.Module] = []
    names: list[str] = []
    channels, block, index = 3, 1, 1
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width == 0:
            layers.append(nn.MaxPool2d(2))
            names.append(f"pool{block}")
            block, index = block + 1, 1
            continue
        convolution = nn.Conv2d(channels, width, 3, padding=1)
        convolution.weight.data = tensors[f"conv{block}_{index}.weight"]
        convolution.bias.data = tensors[f"conv{block}_{index}.bias"]  # type: ignore[union-attr]
        layers += [convolution, nn.ReLU()]
        names += [f"conv{block}_{index}", f"relu{block}_{index}"]
        if names[-1] == cut_after:
            break
        channels, index = width, index + 1
    return nn.Sequential(*layers), names
