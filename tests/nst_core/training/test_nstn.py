from __future__ import annotations

import numpy as np
import torch

from configs.network import NetworkPart
from nst_core.networks.nstn import Nstn
from nst_core.training import Drawn
from nst_core.training.nstn import style_lesson
from nst_core.training.subject import Subject
from tests.nst_core.tiny import picture, tiny_backbone

TRAIN = {
    "content": {"weight": 4, "layers": {"relu1_1": 1}},
    "style": {"weight": 0.4, "form": "mean", "layers": {"relu1_2": 1, "relu3_3": 1}},
}


def test_it_learns_its_style():
    torch.manual_seed(0)
    part = NetworkPart.model_validate({"kind": "nstn", "train": TRAIN})
    lesson = style_lesson(Nstn(16, 4), Subject(part, tiny_backbone(seed=3), [picture(40, 56, seed=5)]))
    drawn = Drawn(picture(32, 32, batch=2), np.random.default_rng(0))
    weights, losses = list(lesson.learns.values()), []
    for _ in range(6):
        terms = lesson.losses(drawn)
        assert set(terms) == {"content", "style"}
        loss = sum(terms.values())
        gradients = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, gradient in zip(weights, gradients, strict=True):
                weight -= 1e-3 * gradient.sign()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]
    assert all(bool(gradient.any()) for gradient in gradients)
    assert lesson.painted(drawn.photos).shape == (2, 3, 32, 32)
