from __future__ import annotations

import logging

import pytest
import torch

from configs.recipe import BalancePart, ContentTerm, OptimisePart, StyleTerm
from nst_core.losses import StyleTargets
from nst_core.optimise import Canvas
from nst_core.optimise.balance import Balance
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import Mirror


def balance(samples: int = 1, **part: float) -> Balance:
    return Balance.of(BalancePart(**part), torch.zeros(samples, 3, 2, 2))


def test_beta_follows_the_ratio_of_the_pulls_by_hand():
    # style pulls 8 times as hard, 2 wanted: × 1/4 without memory; × (1/4)^½ = 1/2 with half of it kept
    style, content = torch.tensor([8.0]), torch.tensor([1.0])
    assert balance(ratio=2, memory=0).moved(style, content, step=1).factors.tolist() == [0.25]
    assert balance(ratio=2, memory=0.5).moved(style, content, step=1).factors.tolist() == [0.5]


def test_one_look_changes_beta_at_most_four_times_and_the_way_has_an_end():
    style, content = torch.tensor([1.0, 1e6]), torch.tensor([1e6, 1.0])
    moving = balance(2, memory=0)
    moving = moving.moved(style, content, step=1)
    assert moving.factors.tolist() == [4, 0.25]
    for step in range(2, 12):
        moving = moving.moved(style, content, step=step)
    assert moving.factors.tolist() == [256, 1 / 256]


def test_a_sample_without_a_ratio_keeps_its_beta_and_leaves_the_others_theirs():
    style = torch.tensor([1.0, torch.nan, 2.0, 0.0, torch.inf])
    content = torch.tensor([0.0, 1.0, 1.0, 1.0, torch.inf])
    moved = balance(5, memory=0).moved(style, content, step=1)
    assert moved.factors.tolist() == [1, 1, 0.5, 1, 1]
    assert moved.only(torch.tensor([2])).factors.tolist() == [0.5]


def test_the_gradients_are_looked_at_every_so_many_steps_but_not_before_the_first():
    assert [step for step in range(12) if balance(every=5).due(step)] == [5, 10]


def test_each_look_is_logged(caplog):
    with caplog.at_level(logging.INFO, "nst_core.optimise.balance"):
        balance(memory=0).moved(torch.tensor([2.0]), torch.tensor([1.0]), step=7)
    assert caplog.messages == ["step 7: style pulls 2 times as hard as content (wanted 1); beta times 0.5"]


def objective(x: torch.Tensor, **changes: object) -> Objective:
    """Content ½·4·ΣF² against black, style Σ(G − 0)² / (4·3²) times 36·β, seen by the picture itself."""
    part = OptimisePart(
        content=ContentTerm(weight=4.0, layers={"pixels": 1.0}, form="half-sum"),
        style=StyleTerm(weight=36.0, layers={"pixels": 1.0}, form="gatys"),
        balance=BalancePart(memory=0, every=2, ratio=1),
        **changes,
    )
    targets = [StyleTargets({("gram", "pixels"): torch.zeros(3, 3)})] * len(x)
    return Objective.of(Canvas(x, torch.zeros_like(x), targets), part, Mirror())


def test_the_pulls_are_the_norms_of_each_samples_own_gradients_by_hand():
    # one channel a, one pixel: content ½·4·a², gradient 4a; G = a², style a⁴, gradient 4a³: ratio a²
    x = torch.zeros(2, 3, 1, 1)
    x[:, 0, 0, 0] = torch.tensor([0.5, 1.0])
    before = objective(x)
    assert before.advanced(0, 9, x) is before
    assert before.advanced(1, 9, x) is before
    after = before.advanced(2, 9, x)
    # a = ½: style pulls ¼ as hard, β × 4; a = 1: equally hard
    assert after.balance.factors.tolist() == pytest.approx([4, 1])
    # a = ½: 2·¼ + 4·(1/16); a = 1: 2 + 1
    assert after.values(x).tolist() == pytest.approx([0.75, 3])
    _values, gradients = after.gradient(x)
    # 4a + 4·4a³ = 2 + 2; 4 + 4
    assert gradients[:, 0, 0, 0].tolist() == pytest.approx([4, 8])


def test_a_sample_has_the_weights_in_a_batch_that_it_has_alone():
    # grey a: content gradient 4a, style 3 · 4a³ a channel: ratios 3a²
    x = torch.tensor([0.7, 1.0, 1.6]).view(3, 1, 1, 1).expand(3, 3, 1, 1).clone()
    together = objective(x).advanced(2, 9, x).balance.factors
    alone = [float(objective(x[i : i + 1]).advanced(2, 9, x[i : i + 1]).balance.factors) for i in range(3)]
    assert together.tolist() == pytest.approx(alone, rel=1e-5)
    assert together.tolist() == pytest.approx([1 / (3 * 0.49), 1 / 3, 1 / 4], rel=1e-5)
