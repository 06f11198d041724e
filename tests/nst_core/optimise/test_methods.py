"""Each method alone, against torch's own and against the formulas, on functions that can be worked out."""

from __future__ import annotations

import pytest
import torch

from configs.recipe import AdadeltaSpec, AdamSpec, BarzilaiBorweinSpec, GradientDescentSpec, LbfgsSpec
from nst_core.errors import EngineError
from nst_core.optimise.barzilai_borwein import BarzilaiBorwein
from nst_core.optimise.curvature import Curvature, Point
from nst_core.optimise.lbfgs import FIRST_STEP_RMS, Lbfgs
from nst_core.optimise.methods import method_of
from nst_core.optimise.metric import PictureMetric, smooth_in_place
from tests.nst_core.tiny import picture

SHAPE = (3, 8, 8)


def bowl(seed: int = 0, batch: int = 2):
    """½Σ k (x − c)², a bowl with its bottom inside [0, 1]; k over two decades."""
    generator = torch.Generator().manual_seed(seed)
    stiffness = 10 ** (2 * torch.rand(batch, *SHAPE, generator=generator))
    bottom = 0.2 + 0.6 * torch.rand(batch, *SHAPE, generator=generator)

    def look(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (stiffness * (x - bottom).square() / 2).flatten(1).sum(1), stiffness * (x - bottom)

    return look, bottom


def walk(method, look, x: torch.Tensor, steps: int) -> torch.Tensor:
    for _ in range(steps):
        x = method.step(x, *look(x))
    return method.settle(x, look(x)[0])


TORCHS_OWN = [
    (
        AdamSpec(lr=0.03, beta1=0.8, beta2=0.99, eps=1e-4),
        lambda p: torch.optim.Adam(p, 0.03, (0.8, 0.99), 1e-4),
    ),
    (AdadeltaSpec(lr=2.0, rho=0.8, eps=1e-4), lambda p: torch.optim.Adadelta(p, 2.0, 0.8, 1e-4)),
    (GradientDescentSpec(lr=0.004, momentum=0.7), lambda p: torch.optim.SGD(p, 0.004, 0.7)),
]


@pytest.mark.parametrize(("spec", "theirs"), TORCHS_OWN, ids=lambda value: getattr(value, "method", ""))
def test_first_order_methods_step_as_torchs_own_with_a_clamp_after_each(spec, theirs):
    look, _bottom = bowl()
    start = picture(8, 8, batch=2)
    ours = walk(method_of(spec, 12, start), look, start, 12)
    x = start.clone().requires_grad_()
    optimiser = theirs([x])
    for _ in range(12):
        x.grad = look(x.detach())[1]
        optimiser.step()
        x.data.clamp_(0, 1)
    torch.testing.assert_close(ours, x.detach(), rtol=1e-4, atol=1e-5)


def test_a_cosine_takes_the_learning_rate_to_0():
    # a gradient that is always 1: Adam moves by its learning rate; .1·½(1 + cos(πk/4)), k = 0 … 3
    spec = AdamSpec(lr=0.1, decay="cosine")
    x = torch.ones(1, *SHAPE)
    method = method_of(spec, 4, x)
    positions = []
    for _ in range(4):
        x = method.step(x, torch.zeros(1), torch.ones_like(x))
        positions.append(float(x.mean()))
    assert positions == pytest.approx([0.9, 0.81464, 0.76464, 0.75], abs=1e-4)


def two_loops(
    pairs: list[tuple[torch.Tensor, torch.Tensor]], gradient: torch.Tensor, smoothing: torch.Tensor
) -> torch.Tensor:
    """The textbook recursion (Nocedal, Wright, algorithm 7.4) for one sample, from H₀ = γ·smoothing."""
    direction, shares = gradient.clone(), []
    for move, change in reversed(pairs):
        share = move @ direction / (move @ change)
        shares.append(share)
        direction = direction - share * change
    move, change = pairs[-1]
    direction = smoothing @ direction * (move @ change) / (change @ smoothing @ change)
    for (move, change), share in zip(pairs, reversed(shares), strict=True):
        direction = direction + move * (share - change @ direction / (move @ change))
    return -direction


@pytest.mark.parametrize("rounded", [False, True])
def test_the_compact_direction_is_that_of_the_two_loops(rounded, monkeypatch):
    if rounded:
        monkeypatch.setattr("nst_core.optimise.curvature.ROUNDED_FROM_VALUES", 40)
    # and a picture is worked on in stretches
    monkeypatch.setattr("nst_core.optimise.curvature._VALUES_AT_ONCE", 16)
    generator = torch.Generator().manual_seed(0)
    start = torch.zeros(3, 40, dtype=torch.float64)
    curvature = Curvature(start, history=4)
    mixing = torch.randn(40, 40, dtype=torch.float64, generator=generator)
    smoothing = torch.eye(40, dtype=torch.float64) + mixing @ mixing.T / 40
    pairs: list[list[tuple[torch.Tensor, torch.Tensor]]] = [[], [], []]
    for turn in range(7):  # more pairs than places, and not every sample learns at every turn
        moves = torch.randn(3, 40, dtype=torch.float64, generator=generator)
        changes = moves * (0.5 + torch.rand(40, dtype=torch.float64, generator=generator))
        samples = [[0, 1, 2], [0, 2], [1]][turn % 3]
        progress = torch.tensor([sample in samples for sample in range(3)])
        here = Point(*torch.randn(3, 3, 40, dtype=torch.float64, generator=generator))
        there = Point(here.pictures + moves, here.gradients + changes, here.smooth + changes @ smoothing)
        curvature.learn(here, there, progress)
        for sample in samples:
            pairs[sample] = [*pairs[sample], (moves[sample], changes[sample])][-4:]
        gradients = torch.randn(3, 40, dtype=torch.float64, generator=generator)
        directions = curvature.direction(gradients, gradients @ smoothing)
        for sample in range(3):
            expected = two_loops(pairs[sample], gradients[sample], smoothing)
            if rounded:
                # bfloat16 has 8 bits: a rounded pair is another pair, and the direction nearly the same
                assert float((directions[sample] - expected).norm() / expected.norm()) < 0.05
            else:
                torch.testing.assert_close(directions[sample], expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_walk_of_lbfgs_does_not_depend_on_the_unit_of_the_loss(unit):
    # a paper's sums of squares reach 1e11 where a mean is 1: the same bowl, the same way down
    look, bottom = bowl()

    def scaled(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        losses, gradients = look(x)
        return losses * unit, gradients * unit

    start = picture(8, 8, batch=2)
    plain = walk(method_of(LbfgsSpec(), 20, start), look, start, 20)
    torch.testing.assert_close(
        walk(method_of(LbfgsSpec(), 20, start), scaled, start, 20), plain, rtol=0, atol=2e-3
    )
    assert float((plain - bottom).abs().mean()) < 0.1 * float((start - bottom).abs().mean())


def test_without_a_pair_there_is_no_direction():
    curvature = Curvature(torch.zeros(2, 5), history=3)
    assert curvature.known().tolist() == [False, False]
    nothing = curvature.direction(torch.ones(2, 5), torch.ones(2, 5))
    assert torch.equal(nothing, torch.zeros(2, 5))


def test_the_picture_metric_is_symmetric_and_positive():
    # a first guess at an inverse Hessian must be both, or a step could lead upwards
    metric = PictureMetric(torch.zeros(1, 3, 4, 6), colour_share=1 / 3)
    unit = torch.eye(72).view(72, 3, 4, 6)
    matrix = metric(unit).view(72, 72)
    torch.testing.assert_close(matrix, matrix.T, rtol=1e-4, atol=1e-6)
    assert float(torch.linalg.eigvalsh(matrix.double()).min()) > 0.1


def test_the_picture_metric_prefers_grey_to_colour_and_large_to_small():
    metric = PictureMetric(torch.zeros(1, 3, 32, 32), colour_share=1 / 3)
    across = torch.arange(32.0)
    large, small = torch.cos(2 * torch.pi * across / 32), torch.cos(torch.pi * across)
    grey, colour = torch.ones(3, 1, 1), torch.tensor([1.0, -1.0, 0.0]).view(3, 1, 1)

    def worth(wave: torch.Tensor, tint: torch.Tensor) -> float:
        plane = (tint * wave).expand(1, 3, 32, 32)
        return float((metric(plane) * plane).sum() / plane.square().sum())

    assert worth(large, grey) == pytest.approx(3 * worth(large, colour))
    # f = 1/16 and f = 1: (.05 + 1) / (.05 + .0625)
    assert worth(large, grey) / worth(small, grey) == pytest.approx(1.05 / 0.1125, rel=1e-4)


def test_lbfgs_first_moves_as_far_as_it_says_and_then_finds_the_bottom():
    look, bottom = bowl()
    start = torch.full((2, *SHAPE), 0.5)
    method = Lbfgs(LbfgsSpec(), start)
    first = method.step(start, *look(start))
    rms = (first - start).square().flatten(1).mean(1).sqrt()
    assert rms.tolist() == pytest.approx([FIRST_STEP_RMS] * 2, rel=1e-4)
    result = walk(method, look, first, 60)
    assert (look(result)[0] < 1e-4 * look(start)[0]).all()
    torch.testing.assert_close(result, bottom, rtol=0, atol=0.02)


def test_a_look_that_climbs_is_taken_back_and_tried_shorter():
    # curvature learned where the bowl is flat promises far too much where it is steep
    def look(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        away = (x - 0.5).abs()
        return (away**6).flatten(1).sum(1), 6 * away**5 * (x - 0.5).sign()

    generator = torch.Generator().manual_seed(0)
    x = 0.5 + 0.02 * torch.randn(1, *SHAPE, generator=generator)
    x[0, 0] += 0.45
    method = Lbfgs(LbfgsSpec(), x)
    best, losses = float("inf"), []
    for _ in range(40):
        value, gradient = look(x)
        losses.append(float(value))
        best = min(best, float(value))
        x = method.step(x, value, gradient)
    settled = float(look(method.settle(x, look(x)[0]))[0])
    assert settled < 1e-3 * losses[0]
    # it never stands higher than the worst of three accepted looks before it
    assert settled <= sorted(losses)[5]


def test_lbfgs_ends_on_a_picture_that_it_has_seen_to_be_good():
    look, _bottom = bowl(batch=1)
    start = torch.full((1, *SHAPE), 0.5)
    method = Lbfgs(LbfgsSpec(), start)
    x = start
    for _ in range(5):
        x = method.step(x, *look(x))
    accepted = look(method.settle(x, torch.tensor([float("inf")])))[0]
    assert accepted < look(start)[0]
    torch.testing.assert_close(method.settle(x, torch.tensor([-1.0])), x)


@pytest.mark.parametrize("repeat", [None, "straight", "half-drop", "half-brick", "mirror"])
def test_smoothing_in_place_is_the_picture_metric(repeat):
    gradients = picture(32, 48, batch=2, smooth=False)
    wanted, found = PictureMetric(gradients, repeat, colour_share=0.2)(gradients), gradients.clone()
    products = smooth_in_place(found, repeat, colour_share=0.2)
    torch.testing.assert_close(found, wanted)
    # the gradients are rounded to 16 bits for the product
    torch.testing.assert_close(products, (gradients * wanted).double().flatten(1).sum(1), rtol=1e-3, atol=0)


def test_barzilai_borwein_first_moves_as_far_as_it_says_and_then_goes_down():
    look, _bottom = bowl()
    start = torch.full((2, *SHAPE), 0.5)
    method = BarzilaiBorwein(BarzilaiBorweinSpec(), start)
    first = method.step(start.clone(), *look(start))
    rms = (first - start).square().flatten(1).mean(1).sqrt()
    assert rms.tolist() == pytest.approx([FIRST_STEP_RMS] * 2, rel=0.01)
    result = walk(method, look, first, 60)
    assert (look(result)[0] < 0.05 * look(start)[0]).all()


def test_barzilai_borwein_takes_back_a_look_that_climbs():
    look, _bottom = bowl(batch=1)
    method = BarzilaiBorwein(BarzilaiBorweinSpec(), torch.zeros(1))
    x = torch.full((1, *SHAPE), 0.5)
    for _ in range(4):
        x = method.step(x, *look(x))
    there, length = x.clone(), method._length.clone()
    after = method.step(x, torch.tensor([float("inf")]), look(x)[1])
    # three quarters of the last step are taken back, and the next ones are as short
    moved = (after - there).abs()
    assert float(moved.max()) > 0
    assert float(method._length) == pytest.approx(0.25 * float(length))
    torch.testing.assert_close(after - there, 0.75 * length * method._direction.float(), rtol=1e-3, atol=1e-5)
    # and so is the last one of all
    settled = method.settle(after.clone(), torch.tensor([float("inf")]))
    assert (settled != after).any()


def test_pictures_stay_in_their_range_whatever_the_method():
    def downhill_outside(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (x - 3).square().flatten(1).sum(1), 2 * (x - 3)

    start = picture(8, 8)
    hot = (LbfgsSpec(), AdamSpec(lr=0.5), AdadeltaSpec(lr=500.0), GradientDescentSpec(lr=1.0))
    for spec in (*hot, BarzilaiBorweinSpec()):
        result = walk(method_of(spec, 20, start), downhill_outside, start.clone(), 20)
        assert float(result.max()) <= 1
        assert float(result.mean()) > 0.9


def test_forgetting_samples_leaves_the_others_on_their_way():
    look, _bottom = bowl(batch=3)
    start = picture(8, 8, batch=3)
    kept = torch.tensor([2, 0])
    for spec in (LbfgsSpec(), AdamSpec(), AdadeltaSpec(lr=50.0), GradientDescentSpec(lr=0.004, momentum=0.5)):
        whole, part = method_of(spec, 9, start), method_of(spec, 9, start)
        x = y = start
        for turn in range(9):
            x = whole.step(x, *look(x))
            value, gradient = look(y if turn <= 4 else torch.stack((y[1], start[1], y[0])))
            if turn > 4:
                value, gradient = value[[2, 0]], gradient[[2, 0]]
            y = part.step(y, value, gradient)
            if turn == 4:
                part.only(kept)
                y = y[kept]
        torch.testing.assert_close(y, x[kept], rtol=1e-4, atol=1e-5)


def test_an_unknown_method_names_the_nearest():
    class Spec:
        method = "lbgfs"

    with pytest.raises(EngineError, match="there is no optimiser 'lbgfs'; the nearest names are 'lbfgs'"):
        method_of(Spec(), 1, picture(8, 8))
