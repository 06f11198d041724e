"""The one loop of all trainings: what it promises about numbers, NaN, cuts and ends."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from nst_core.errors import NetworkRefused, Stopped, TrainingImpossible
from nst_core.training import Checkpoint, train
from nst_core.training.lessons import LESSONS

from .lessons import fresh, photos, subject, train_part
from .toy import Means

STEPS = 12


def part(**changes):
    return train_part(**{"lr": 0.05, "check_every": 3, "patience": 99, "crop_px": 64, **changes})


def curve(checks) -> list[tuple[int, float, float]]:
    return [(one.step, one.loss, one.held_out) for one in checks]


def run(lesson=None, *, settings=None, **changes):
    kept: list[Checkpoint] = []
    lesson = lesson or Means()
    done = train(
        lesson, photos(), settings or part(), of="x", **{"steps": STEPS, "keep": kept.append, **changes}
    )
    return done, kept, lesson


def test_what_is_walked_down_goes_down_and_the_rest_stays():
    done, kept, lesson = run(Means(noise=0), settings=part(lr=0.1), steps=30)
    assert [check.step for check in done.checks] == list(range(3, 31, 3))
    assert done.checks[-1].held_out < done.checks[0].held_out / 10
    assert done.ended == "steps"
    assert lesson.module.frozen.tolist() == [1.0]
    assert not lesson.module.frozen.requires_grad
    assert len(kept) == 10


def test_a_check_tells_the_means_since_the_last_one():
    # one step: 3 squares of 0 - aim; other is half of square
    done, _, _ = run(settings=part(check_every=1), steps=2)
    for check in done.checks:
        assert set(check.terms) == {"square", "other"}
        assert check.terms["other"] == pytest.approx(check.terms["square"] / 2)
        assert check.loss == pytest.approx(sum(check.terms.values()))


@pytest.mark.parametrize("dies_after", [1, 3, 4, 8, 11])
def test_interrupted_is_uninterrupted_bit_for_bit(dies_after):
    whole, _, _ = run()
    kept: list[Checkpoint] = []
    first = Means()
    with pytest.raises(Stopped):
        run(first, keep=kept.append, should_stop=lambda: first.steps == dies_after)
    # what a new process has is the last checkpoint's bytes, and a network with other weights
    begun = Checkpoint.from_bytes(kept[-1].to_bytes(), name="checkpoint") if kept else None
    second = Means()
    if begun is not None:
        second.module.mean.data.fill_(9.0)
    again, _, _ = run(second, begun=begun)
    assert curve(again.checks) == curve(whole.checks)
    assert torch.equal(again.weights["mean"], whole.weights["mean"])
    assert torch.equal(second.module.mean, whole.weights["mean"])


def test_a_real_network_that_was_cut_off_ends_bit_for_bit_where_an_unbroken_one_does():
    kind, settings = "johnson-many", train_part(check_every=2, patience=99)

    def lesson():
        return LESSONS[kind].shared(fresh(kind), subject(kind, styles=2))

    whole = train(lesson(), photos(), settings, of="x", steps=4)
    kept: list[Checkpoint] = []
    calls = iter(range(100))
    with pytest.raises(Stopped):
        train(
            lesson(),
            photos(),
            settings,
            of="x",
            steps=4,
            keep=kept.append,
            should_stop=lambda: next(calls) == 3,
        )
    begun = Checkpoint.from_bytes(kept[-1].to_bytes(), name="checkpoint")
    again = train(lesson(), photos(), settings, of="x", steps=4, begun=begun)
    assert curve(again.checks) == curve(whole.checks)
    assert all(torch.equal(again.weights[name], one) for name, one in whole.weights.items())


def test_a_checkpoint_comes_back_from_its_bytes_as_it_was():
    _, kept, _ = run(settings=part(check_every=4))
    before, after = kept[1], Checkpoint.from_bytes(kept[1].to_bytes(), name="checkpoint")
    assert curve(after.checks) == curve(before.checks)
    assert (after.of, after.step, after.lr_factor, after.rolled_back) == ("x", 8, 1.0, 0)
    for ours, theirs in ((after.now, before.now), (after.best, before.best)):
        assert torch.equal(ours["mean"], theirs["mean"])
    for ours, theirs in zip(after.moments, before.moments, strict=True):
        assert torch.equal(ours["mean"], theirs["mean"])


@pytest.mark.parametrize("data", [b"", b"\x80\x04N.", b"\x08" + bytes(15)])
def test_bytes_that_are_no_checkpoint_are_refused_with_what_to_do(data):
    with pytest.raises(NetworkRefused, match=r"is no checkpoint .* delete it"):
        Checkpoint.from_bytes(data, name="models/x/checkpoint.safetensors")


def test_a_checkpoint_of_other_settings_is_not_gone_on_from():
    _, kept, _ = run()
    with pytest.raises(TrainingImpossible) as refused:
        run(begun=replace(kept[0], of="other settings"))
    assert refused.value.code == "another_training"


def test_a_nan_goes_back_to_the_last_good_checkpoint_at_half_the_learning_rate():
    # the fifth step is NaN: back to the third, and on at half the rate
    spoilt = Means(lambda step: step == 5)
    done, kept, _ = run(spoilt)
    assert done.rolled_back == 1
    assert done.ended == "steps"
    assert spoilt.steps == STEPS + 2
    assert [one.lr_factor for one in kept] == [1, 0.5, 0.5, 0.5]
    assert all(math.isfinite(check.held_out) for check in done.checks)
    # the photos of step four and five are seen again, the same squares of them
    assert torch.equal(spoilt.seen[3], spoilt.seen[5])
    assert torch.equal(spoilt.seen[4], spoilt.seen[6])


def test_after_a_nan_it_goes_on_as_one_that_was_begun_there_at_half_the_rate():
    spoilt, _, _ = run(Means(lambda step: step == 5))
    _, kept, _ = run()
    begun = replace(kept[0], lr_factor=0.5)
    calm, _, _ = run(begun=begun)
    assert curve(spoilt.checks) == curve(calm.checks)


def test_the_fourth_nan_ends_it_with_what_to_do():
    spoilt = Means(lambda step: step >= 5)
    kept: list[Checkpoint] = []
    with pytest.raises(TrainingImpossible) as refused:
        run(spoilt, keep=kept.append)
    assert refused.value.code == "diverged"
    # .05 halved three times, a little down the cosine
    assert "for the 4th time; the learning rate had been halved to" in str(refused.value)
    assert "lower lr" in str(refused.value)
    # steps 1 to 3, then 4 and the NaN of 5, then three times the NaN of 4
    assert spoilt.steps == 5 + 3
    assert [one.step for one in kept] == [3]


def test_a_held_out_loss_that_is_nan_counts_as_one():
    class HeldOutSpoilt(Means):
        checks = 0

        def losses(self, drawn):
            terms = super().losses(drawn)
            if torch.is_grad_enabled():
                return terms
            self.checks += 1
            return {name: one * float("nan") for name, one in terms.items()} if self.checks == 2 else terms

    done, kept, _ = run(HeldOutSpoilt())
    assert done.rolled_back == 1
    assert [one.step for one in kept] == [3, 6, 9, 12]


def test_it_ends_early_when_held_out_photos_gain_nothing_and_keeps_the_best():
    # the colour is there after some steps; from then on it only trembles
    done, kept, lesson = run(Means(noise=0.3), settings=part(lr=0.3, check_every=1, patience=4), steps=500)
    assert done.ended == "patience"
    held_out = [check.held_out for check in done.checks]
    assert len(held_out) < 500
    assert min(held_out[-4:]) > 0.999 * min(held_out[:-4])
    best = kept[held_out.index(min(held_out))].now["mean"]
    assert torch.equal(done.weights["mean"], best)
    assert torch.equal(lesson.module.mean, best)


def test_minutes_that_are_over_end_it_with_what_it_has():
    done, kept, _ = run(settings=part(minutes=1e-9), steps=500)
    assert done.ended == "minutes"
    assert len(kept) == len(done.checks) == 1


def test_the_learning_rate_falls_as_a_cosine():
    # Adam's first step is as long as its rate, whatever the gradient
    rates = []

    class Watched(Means):
        def losses(self, drawn):
            if torch.is_grad_enabled():
                rates.append(self.module.mean.detach().clone())
            return super().losses(drawn)

    run(Watched(noise=0), steps=4)
    assert torch.allclose((rates[1] - rates[0]).abs(), torch.full((3,), 0.05), rtol=1e-3)
    whole, _, _ = run(Means(noise=0), steps=4)
    # at the end the rate is 0.05 (1 + cos(3 pi / 4)) / 2 = .0073
    assert (whole.weights["mean"] - rates[-1]).abs().max() < 0.0074


def test_should_stop_is_asked_before_every_step():
    asked = []
    with pytest.raises(Stopped, match="after 2 steps"):
        run(should_stop=lambda: asked.append(1) or len(asked) == 3)
