from __future__ import annotations

import numpy as np
import pytest
import torch

from configs.network import NetworkPart, TrainPart
from configs.optimise import MotifTerm, OptimisePart, StyleTerm, TvTerm
from nst_core.batches import laid_in_box, light, masks
from nst_core.engine import Engine
from nst_core.errors import EngineError, TrainingImpossible
from nst_core.networks.toile_fast import ToileFast
from nst_core.training import Drawn, Photos, train
from nst_core.training.lessons import LESSONS
from nst_core.training.pairs import PLANES, SHADING_MOST, Pairs, load_pairs, pair_bytes
from nst_core.training.subject import Subject
from tests.nst_core.test_engine import job, recipe
from tests.nst_core.tiny import picture, tiny_backbone

SIDE = 32
PIXELS = TrainPart(batch=2, crop_px=64, lr=1e-2, pixel_weight=1000, check_every=10)

STEPS = OptimisePart(start="cloth", steps=1, style=StyleTerm(layers=["relu1_1"]))
FROM_PHOTO = STEPS.model_copy(update={"start": "content"})


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32")


def pair(seed: int, side: int = SIDE) -> np.ndarray:
    """A cloth whose teacher made it lighter inside a square mask."""
    mask = torch.zeros(1, 1, side, side)
    mask[..., 4:-4, 4:-4] = 1
    laid = 0.2 + 0.5 * picture(side, side, seed=seed)
    planes = [laid, torch.full_like(mask, 0.45), mask, laid + 0.1 * mask, picture(side, side, seed=seed + 50)]
    return torch.cat(planes, 1)[0].permute(1, 2, 0).mul(255).round().byte().numpy()


def lesson(part: TrainPart = PIXELS):
    torch.manual_seed(0)
    subject = Subject(NetworkPart(kind="toile-fast", sees="cloth", train=part), tiny_backbone(), ())
    return LESSONS["toile-fast"].shared(ToileFast(4, 6, 8, 8), subject)


def photos() -> Photos:
    return Photos([pair(seed) for seed in range(4)], [pair(9)], (), "0" * 64)


def test_a_few_steps_come_nearer_to_the_teacher():
    part = PIXELS.model_copy(update={"crop_px": SIDE})
    learnt = lesson(part)
    # the teacher is .1 away within the mask: 1000 × .1², but for the rounding to 8 bits
    first = learnt.losses(Drawn(photos().kept_out(SIDE), np.random.default_rng(0)))["pixel"]
    assert float(first.detach()) == pytest.approx(10, rel=0.05)
    done = train(learnt, photos(), part, of="test", steps=20)
    assert done.checks[-1].held_out < 0.5 * float(first.detach())


def test_the_teachers_own_losses_are_seen_inside_the_mask_and_reach_every_weight():
    part = TrainPart(
        pixel_weight=1,
        style=StyleTerm(layers=["relu1_1", "relu2_1"], form="relative", region="garment"),
        motif=MotifTerm(layers=["relu4_1"], region="garment"),
        tv=TvTerm(weight=20, of="change", chroma_weight=100),
    )
    learnt = lesson(part)
    drawn = Drawn(photos().drawn(0, batch=2, crop_px=SIDE, seed=0), np.random.default_rng(0))
    losses = learnt.losses(drawn)
    assert set(losses) == {"style", "motif", "tv", "pixel"}
    # an untrained network changes nothing
    assert float(losses["tv"].detach()) == 0
    with torch.no_grad():
        for weight in learnt.module.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    torch.stack(list(learnt.losses(drawn).values())).sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in learnt.learns.values())


def test_what_is_looked_at_shows_the_garment_on_an_even_ground():
    seen = lesson().painted(photos().kept_out(SIDE))
    assert seen.shape == (1, 3, SIDE, SIDE)
    assert seen[0, :, 0, 0].tolist() == [pytest.approx(0.9)] * 3
    assert float(seen[..., 8:24, 8:24].std()) > 0.01


def test_a_teachers_pair_is_its_cloth_before_and_after_its_steps(engine):
    teacher = recipe(steps=3)
    one = engine.prepare(job(), teacher)
    planes = engine.pair(one, teacher, side_px=96)
    assert planes.shape == (96, 96, PLANES)
    pairs = Pairs.of(torch.from_numpy(planes).permute(2, 0, 1)[None].float() / 255)
    changed = (pairs.teacher - pairs.laid).abs().amax(1, keepdim=True)
    inside = pairs.mask > 0.99
    assert float(changed[inside].mean()) > 2 / 255
    # before them: the cloth as it lies, its light and mask, to half a level
    height, width = one.canvas_px[:2]
    for found, wanted, levels in (
        (pairs.laid, laid_in_box([one]), 0.51),
        (pairs.shading, light([one]), 0.51 * SHADING_MOST),
        (pairs.mask, masks([one]), 0.51),
    ):
        torch.testing.assert_close(found[..., :height, :width], wanted, atol=levels / 255, rtol=0)
    # the square is wider than the garment's box, and nothing is painted there
    assert width < 96
    assert not pairs.mask[..., width:].any()


@pytest.mark.parametrize(
    "missing",
    [{"garment": None, "optimise": STEPS}, {"optimise": None}, {"cloth": None, "optimise": FROM_PHOTO}],
)
def test_a_recipe_without_steps_from_cloth_on_a_garment_teaches_nothing(engine, missing):
    teacher = recipe(**missing)
    with pytest.raises(EngineError, match="teaches nothing"):
        engine.pair(engine.prepare(job(), teacher), teacher, side_px=96)


def test_pairs_come_back_from_their_files_and_broken_ones_are_counted():
    files = [(f"{seed}", pair_bytes(pair(seed))) for seed in range(5)]
    read = load_pairs([*files, ("x", b"no pair")], crop_px=SIDE, held_out=1, most_broken=0.5, seed=0)
    assert len(read.train) == 4
    assert len(read.held_out) == 1
    assert "x is no pair" in read.broken[0]
    assert any(np.array_equal(read.train[0], pair(seed)) for seed in range(5))
    assert read.drawn(0, batch=2, crop_px=16, seed=0).shape == (2, PLANES, 16, 16)


def test_pairs_that_are_smaller_than_what_is_cut_are_refused():
    files = [(f"{seed}", pair_bytes(pair(seed))) for seed in range(5)]
    with pytest.raises(TrainingImpossible, match="at least \\(64, 64, 11\\)"):
        load_pairs(files, crop_px=64, held_out=1, most_broken=0.1, seed=0)
