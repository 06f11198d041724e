"""Small lessons for tests: few photos, narrow networks, a tiny backbone."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from configs.network import NetworkPart, TrainPart
from nst_core.networks import KINDS
from nst_core.planes import rgb_of
from nst_core.training import Photos
from nst_core.training.subject import Subject
from tests.nst_core.tiny import picture, tiny_backbone

LOSSES = {
    "content": {"weight": 1, "layers": {"relu2_2": 1}},
    "style": {"weight": 5, "layers": ["relu1_2", "relu2_2"]},
    "tv": {"weight": 1e-5, "form": "l1-mean"},
    "pixel_weight": 1,
}


def train_part(**changes: Any) -> TrainPart:
    values = {
        "batch": 2,
        "crop_px": 64,
        "width_share": 0.125,
        "check_every": 2,
        "held_out": 2,
        "lr": 2e-3,
        **LOSSES,
        **changes,
    }
    return TrainPart.model_validate(values)


def photos(count: int = 6, *, held_out: int = 2, side: int = 72) -> Photos:
    pictures = [rgb_of(picture(side, side + 8, seed=seed)[0]) for seed in range(count)]
    return Photos(pictures[held_out:], pictures[:held_out], (), "0" * 64)


def subject(kind: str, *, styles: int = 1, part: TrainPart | None = None) -> Subject:
    pictures = [picture(32, 32 + 16 * seed, seed=100 + seed, smooth=False) for seed in range(styles)]
    network = NetworkPart.model_validate({"kind": kind, "train": part or train_part()})
    return Subject(network, tiny_backbone(), pictures)


def fresh(kind: str, *, seed: int = 0, part: TrainPart | None = None) -> Any:
    torch.manual_seed(seed)
    return KINDS[kind].build(KINDS[kind].architecture(part or train_part()))


def dice(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)
