"""Every kind of network by its name in a recipe: how it is built, what is a style's own, how it paints.

A new network is a file with these functions and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from configs.network import TrainPart
from nst_core.networks import adain, johnson, johnson_many, nstn, stylebank, stylebank_paper, toile_fast
from nst_core.networks.shown import Shown

Architecture = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of network.

    Args:
        architecture: a recipe's ``train:`` block → the numbers that a network is built with.
        build: those numbers → a network with fresh weights.
        paint: the network and what it is shown → ``(B, 3, H, W)`` in [0, 1], float32.
        of_style: the name of one of its tensors → whether that lies in a style's own file.
        inputs: what ``forward`` takes, by the names of :class:`Shown`; none: it looks through a backbone.
        multiple: what both sides of a picture must be multiples of.
        mixes_styles: whether it looks at :attr:`~nst_core.networks.shown.Shown.several`.
        region_by_region: whether a picture's regions are painted one after the other, each with its style.
        stored: what its numbers are in files; halves for what would not travel with the repository else.
    """

    architecture: Callable[[TrainPart], Architecture]
    build: Callable[[Architecture], nn.Module]
    paint: Callable[[Any, Shown], Tensor]
    of_style: Callable[[str], bool]
    inputs: tuple[str, ...] = ("picture",)
    multiple: int = 4
    mixes_styles: bool = False
    region_by_region: bool = False
    stored: torch.dtype = torch.float32


def _all(_name: str) -> bool:
    return True


def _none(_name: str) -> bool:
    return False


KINDS: dict[str, Kind] = {
    "adain": Kind(
        adain.architecture,
        adain.build,
        adain.paint,
        _none,
        inputs=(),
        multiple=16,
        region_by_region=True,
        stored=torch.float16,
    ),
    "johnson": Kind(johnson.architecture, johnson.build, johnson.paint, _all),
    "johnson-many": Kind(
        johnson_many.architecture,
        johnson_many.build,
        johnson_many.paint,
        johnson_many.of_style,
        mixes_styles=True,
    ),
    "nstn": Kind(nstn.architecture, nstn.build, nstn.paint, _all, inputs=("picture", "style"), multiple=16),
    "stylebank": Kind(
        stylebank.architecture, stylebank.build, stylebank.paint, stylebank.of_style, mixes_styles=True
    ),
    "stylebank-paper": Kind(
        stylebank_paper.architecture,
        stylebank_paper.build,
        stylebank_paper.paint,
        stylebank_paper.of_style,
        mixes_styles=True,
    ),
    "toile-fast": Kind(
        toile_fast.architecture,
        toile_fast.build,
        toile_fast.paint,
        _none,
        inputs=("picture", "shading", "mask"),
        multiple=toile_fast.DEEPEST_STRIDE,
        stored=torch.float16,
    ),
}
