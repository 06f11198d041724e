"""The loop as recipes use it, on a tiny network with random weights."""

from __future__ import annotations

import pytest
import torch

from configs.recipe import (
    AdadeltaSpec,
    AdamSpec,
    BalancePart,
    CombinedTerm,
    ContentTerm,
    GradientDescentSpec,
    LbfgsSpec,
    OptimisePart,
    StyleTerm,
    TvTerm,
)
from nst_core.errors import LayerUnknown, LossUnknown, Stopped
from nst_core.garment.relight import relight
from nst_core.optimise import Canvas, optimise, style_targets
from nst_core.optimise.loop import LOOK_AROUND_EVERY
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import Mirror, picture, tiny_backbone

METHODS = [LbfgsSpec(), AdamSpec(lr=0.02), GradientDescentSpec(lr=0.05, momentum=0.5), AdadeltaSpec(lr=5.0)]
BACKBONE = tiny_backbone()


def recipe(**changes: object) -> OptimisePart:
    part = OptimisePart(
        start="cloth",
        steps=6,
        style=StyleTerm(layers=["relu1_1", "relu2_1", "relu3_1"], region="garment"),
        content=ContentTerm(weight=0.05, layers=["relu3_1"]),
        tv=TvTerm(weight=0.1, of="change", chroma_weight=10),
    )
    return part.model_copy(update=changes)


def canvas(batch: int = 3, *, part: OptimisePart, side: int = 48) -> Canvas:
    mask = torch.zeros(batch, 1, side, side)
    mask[..., 6:-6, 10:-10] = 1
    return Canvas(
        start=picture(side, side, seed=1, batch=batch),
        content=picture(side, side, seed=2, batch=batch),
        styles=[style_targets(picture(side, side, seed=20 + i), part, BACKBONE) for i in range(batch)],
        shading=0.6 + 0.7 * picture(side, side, seed=4, batch=batch)[:, :1],
        mask=mask,
        seeds=tuple(range(batch)),
    )


def some(whole: Canvas, samples: list[int]) -> Canvas:
    return Canvas(
        start=whole.start[samples],
        content=whole.content[samples],
        styles=[whole.styles[i] for i in samples],
        shading=whole.shading[samples],
        mask=whole.mask[samples],
        seeds=[whole.seeds[i] for i in samples],
    )


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: spec.method)
def test_every_method_gets_the_loss_down(spec):
    part = recipe(optimiser=spec)
    done = optimise(canvas(part=part), part, BACKBONE)
    assert (done.losses[-1] < done.losses[0]).all()
    assert done.finite.all()
    assert 0 <= float(done.images.min()) <= float(done.images.max()) <= 1


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: spec.method)
def test_pairs_in_a_batch_end_where_pairs_alone_end(spec):
    part = recipe(optimiser=spec)
    whole = canvas(part=part)
    together = optimise(whole, part, BACKBONE)
    for sample in range(3):
        alone = optimise(some(whole, [sample]), part, BACKBONE)
        torch.testing.assert_close(alone.images[0], together.images[sample], rtol=0, atol=2e-3)
        torch.testing.assert_close(alone.losses[-1][0], together.losses[-1][sample], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("spec", METHODS, ids=lambda spec: spec.method)
def test_a_sample_that_leaves_the_real_numbers_leaves_the_others_alone(spec):
    part = recipe(optimiser=spec)
    whole = canvas(part=part)
    for broken in (whole.shading, whole.start):
        broken[1, :, 20, 20] = torch.nan
        done = optimise(whole, part, BACKBONE)
        assert done.finite.tolist() == [True, False, True]
        without = optimise(some(whole, [0, 2]), part, BACKBONE)
        torch.testing.assert_close(done.images[[0, 2]], without.images, rtol=0, atol=2e-3)
        assert done.losses[-1].isnan().tolist() == [False, True, False]
        broken[1, :, 20, 20] = 0.5


@pytest.mark.parametrize("every", [1, 4, 100])
def test_a_nan_at_step_3_of_one_sample_leaves_the_steps_of_the_others_as_they_were(every, monkeypatch):
    # a GPU is asked every few steps only who is lost
    monkeypatch.setitem(LOOK_AROUND_EVERY, "cpu", every)

    class BreaksAtStep3:
        """The tiny network; its third look with a gradient gives the second sample NaN."""

        def __init__(self):
            self.looks = 0

        def __getattr__(self, name):
            return getattr(BACKBONE, name)

        def features(self, images, layers, *, repeat=None):
            maps = BACKBONE.features(images, layers)
            self.looks += images.requires_grad
            if images.requires_grad and self.looks == 3:
                maps["relu2_1"] = maps["relu2_1"] * torch.tensor([1.0, torch.nan, 1.0]).view(3, 1, 1, 1)
            return maps

    part = recipe()
    whole = canvas(part=part)
    done, clean = optimise(whole, part, BreaksAtStep3()), optimise(whole, part, BACKBONE)
    assert done.finite.tolist() == [True, False, True]
    assert torch.equal(done.images[1], whole.start[1])
    # the loss of the third step is the first that is none, and the last one is none
    assert [step[1].isnan().item() for step in done.losses][:3] == [False, False, True]
    assert done.losses[-1].isnan().tolist() == [False, True, False]
    torch.testing.assert_close(done.images[[0, 2]], clean.images[[0, 2]], rtol=0, atol=2e-3)
    torch.testing.assert_close(done.losses[-1][[0, 2]], clean.losses[-1][[0, 2]], rtol=1e-3, atol=1e-5)


def test_the_canvas_is_not_changed():
    part = recipe()
    whole = canvas(part=part)
    before = whole.start.clone(), whole.content.clone(), whole.mask.clone(), whole.shading.clone()
    optimise(whole, part, BACKBONE)
    for then, now in zip(before, (whole.start, whole.content, whole.mask, whole.shading), strict=True):
        assert torch.equal(then, now)


def test_every_step_is_reported_and_the_result_has_its_own_loss():
    part, heard = recipe(), []
    done = optimise(
        canvas(part=part), part, BACKBONE, on_step=lambda step, losses: heard.append((step, losses))
    )
    assert [step for step, _losses in heard] == [1, 2, 3, 4, 5, 6]
    assert done.steps == 6
    assert len(done.losses) == 7
    assert all(torch.equal(losses, done.losses[step - 1]) for step, losses in heard)


def test_a_stop_is_heard_before_the_next_step():
    part, taken = recipe(steps=50), []
    with pytest.raises(Stopped, match="stopped after 3 steps"):
        optimise(
            canvas(part=part),
            part,
            BACKBONE,
            should_stop=lambda: len(taken) == 3,
            on_step=lambda step, losses: taken.append(step),
        )


def test_a_sample_that_has_arrived_costs_no_more_steps():
    # the first sample's start is its goal; the second has a way to go
    goal = picture(32, 32, batch=2)
    start = goal.clone()
    start[1] = 0.5
    part = OptimisePart(
        start="content",
        optimiser=LbfgsSpec(),
        steps=80,
        content=ContentTerm(weight=1.0, layers={"pixels": 1.0}, form="half-sum"),
    )
    batches = []

    class Counting(Mirror):
        def features(self, images, layers, *, repeat=None):
            batches.append(len(images))
            return super().features(images, layers)

    done = optimise(Canvas(start, goal, []), part, Counting())
    torch.testing.assert_close(done.images, goal, rtol=0, atol=2e-3)
    assert torch.equal(done.images[0], goal[0])
    # one look at the goal's own features, one at both, then only the second, which arrives before 80 steps
    assert batches[:3] == [2, 2, 1]
    assert done.steps < 80
    assert done.finite.all()


def test_the_loss_sees_the_cloth_in_the_garments_light():
    # the goal is a cloth relit: found again from grey, it is the cloth and not the relit picture
    cloth, shading = 0.2 + 0.6 * picture(32, 32, seed=3), 0.5 + picture(32, 32, seed=4)[:, :1]
    part = OptimisePart(
        start="cloth",
        steps=40,
        content=ContentTerm(weight=1.0, layers={"pixels": 1.0}, form="half-sum"),
    )
    start = torch.full_like(cloth, 0.5)
    done = optimise(Canvas(start, relight(cloth, shading), [], shading=shading), part, Mirror())
    assert float((done.images - cloth).abs().mean()) < 0.01


def test_around_the_garment_the_photo_is_shown_and_nothing_is_asked_of_the_cloth():
    part = recipe(tv=None)
    whole = canvas(part=part)
    objective = Objective.of(whole, part, BACKBONE)
    outside = (whole.mask == 0).expand_as(whole.start)
    assert torch.equal(objective.shown(whole.start)[outside], whole.content[outside])
    _losses, gradients = objective.gradient(whole.start)
    assert not gradients[outside].any()
    assert gradients[~outside].any()


def test_coarse_to_fine_takes_the_steps_at_each_size_and_ends_at_its_own():
    for start in ("cloth", "noise"):
        part = recipe(start=start, scales_px=(16, 32, 512), steps=3)
        whole = canvas(part=part)
        done = optimise(whole, part, BACKBONE)
        assert done.images.shape == whole.start.shape
        # 512 px is more than the picture has
        assert (done.steps, len(done.losses)) == (9, 12)
        assert (done.losses[-1] < done.losses[-4]).all()


def test_a_sample_lost_at_a_coarse_size_stays_lost():
    part = recipe(scales_px=(32,), steps=2)
    whole = canvas(part=part)
    whole.start[1, 0, 3, 3] = torch.nan
    done = optimise(whole, part, BACKBONE)
    assert done.finite.tolist() == [True, False, True]


def test_all_samples_lost_is_no_crash():
    part = recipe()
    whole = canvas(1, part=part)
    whole.start[:] = torch.nan
    done = optimise(whole, part, BACKBONE)
    assert done.finite.tolist() == [False]


def test_what_a_recipe_asks_for_and_the_canvas_lacks_is_refused_before_the_first_step():
    part = recipe()
    whole = canvas(part=part)
    with pytest.raises(LossUnknown, match="style targets"):
        optimise(Canvas(whole.start, whole.content, []), part, BACKBONE)
    with pytest.raises(LayerUnknown, match="nearest"):
        optimise(whole, recipe(content=ContentTerm(layers=["relu3_9"])), BACKBONE)


def test_a_recipe_without_losses_leaves_the_start():
    part = OptimisePart(start="cloth", steps=3)
    start = picture(32, 32)
    done = optimise(Canvas(start, None, []), part, BACKBONE)
    assert torch.equal(done.images, start)


def every_part(**changes: object) -> OptimisePart:
    """All that a recipe may ask of the way: sizes, coarse layers, balance, a picture held, a falling rate."""
    values = {"scales_px": (32,), **changes}
    return recipe(
        start="content",
        steps=12,
        optimiser=AdamSpec(lr=0.03, decay="plateau", patience=2),
        style=StyleTerm(weight=30, layers=["relu1_1", "relu3_1", "relu1_1/2", "relu2_1/4"], region="garment"),
        content=ContentTerm(layers=["relu3_1"]),
        secondary_content=ContentTerm(weight=0.1, layers=["relu2_1"]),
        combined=CombinedTerm(weight=0.1, layers=["relu3_1"]),
        balance=BalancePart(every=3),
        **values,
    )


@pytest.mark.parametrize("spec", [AdamSpec(lr=0.03, decay="plateau", patience=2), LbfgsSpec()])
def test_what_changes_on_the_way_changes_for_each_sample_alone(spec):
    part = every_part().model_copy(update={"optimiser": spec})
    whole = canvas(part=part)
    together = optimise(whole, part, BACKBONE)
    assert together.finite.all()
    for sample in range(3):
        alone = optimise(some(whole, [sample]), part, BACKBONE)
        torch.testing.assert_close(alone.images[0], together.images[sample], rtol=0, atol=5e-3)
    whole.start[1, :, 20, 20] = torch.nan
    lost = optimise(whole, part, BACKBONE)
    assert lost.finite.tolist() == [True, False, True]
    torch.testing.assert_close(lost.images[[0, 2]], together.images[[0, 2]], rtol=0, atol=5e-3)


def test_from_its_step_on_the_picture_of_the_way_is_held_on_to():
    # no other loss: until step 3 the picture stands still, so that what is held is the start
    part = OptimisePart(
        steps=10, optimiser=AdamSpec(), combined=CombinedTerm(weight=1.0, layers={"pixels": 1.0}, at=0.3)
    )
    start, other = picture(16, 16), picture(16, 16, seed=1)
    canvas_ = Canvas(start, None, [])
    assert torch.equal(optimise(canvas_, part, Mirror()).images, start)
    objective = Objective.of(canvas_, part, Mirror())
    assert objective.advanced(2, 10, other) is objective
    assert objective.values(other).tolist() == [0]
    holding = objective.advanced(3, 10, other)
    assert holding.values(other).tolist() == [0]
    assert float(holding.values(start)) == pytest.approx(float((start - other).square().mean()))
    assert holding.advanced(4, 10, start) is holding


def test_a_picture_looked_at_through_windows_is_held_on_to_and_balanced_as_a_whole_one():
    part = every_part(scales_px=())
    whole = canvas(part=part, side=160)
    plain = Objective.of(whole, part, BACKBONE)
    parts = Objective.of(whole, part, BACKBONE, most_px=120 * 120)
    assert len(parts.windows) > 1
    pictures = picture(160, 160, seed=7, batch=3)
    for step in (4, 6):  # at 4 of 12 steps a picture is held, at 6 the weights are balanced
        plain, parts = plain.advanced(step, 12, pictures), parts.advanced(step, 12, pictures)
        pictures = picture(160, 160, seed=step, batch=3)
    torch.testing.assert_close(parts.balance.factors, plain.balance.factors, rtol=1e-3, atol=0)
    assert not torch.equal(plain.balance.factors, torch.ones(3))
    values, gradients = plain.gradient(pictures)
    found, way = parts.gradient(pictures)
    torch.testing.assert_close(found, values, rtol=1e-3, atol=0)
    torch.testing.assert_close(way, gradients, rtol=1e-2, atol=1e-3 * float(gradients.abs().max()))
