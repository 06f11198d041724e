"""What each kind learns, and what it leaves alone."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load

from configs.network import PIECES
from nst_core.errors import TrainingImpossible
from nst_core.networks import KINDS, weights_bytes
from nst_core.training import Drawn, train
from nst_core.training.johnson_many import ManyStyles
from nst_core.training.lessons import LESSONS
from tests.nst_core.tiny import picture

from .lessons import dice, fresh, photos, subject, train_part

OF_MANY = ["johnson-many", "stylebank", "stylebank-paper"]
# the others are shown cloth, or look through a backbone of 512 maps
OF_PHOTOS = ["johnson", *OF_MANY]


@pytest.mark.parametrize("kind", list(LESSONS))
def test_there_is_a_lesson_for_each_piece(kind):
    pieces, lessons = PIECES[kind], LESSONS[kind]
    assert (lessons.shared is not None, lessons.style is not None) == (pieces.shared, pieces.style)


def own_of(kind: str, network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: one for name, one in network.state_dict().items() if KINDS[kind].of_style(name)}


def shared_of(kind: str, network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: one for name, one in network.state_dict().items() if not KINDS[kind].of_style(name)}


@pytest.mark.parametrize("kind", OF_MANY)
def test_a_new_style_leaves_the_others_bytes_and_pictures_as_they_were(kind):
    part, seen = train_part(), picture(32, 48, seed=50)
    network = fresh(kind)
    train(LESSONS[kind].shared(network, subject(kind, styles=2)), photos(), part, of="shared", steps=2)
    shared = weights_bytes(shared_of(kind, network))

    def learn(style: int) -> tuple[bytes, torch.Tensor]:
        learner = fresh(kind, seed=style)
        learner.load_state_dict(shared_of(kind, network), strict=False)
        about = subject(kind, styles=style + 1)
        lesson = LESSONS[kind].style(learner, type(about)(about.part, about.backbone, about.styles[-1:]))
        train(lesson, photos(), part, of=f"style {style}", steps=3)
        # what all styles share is bit for bit what it was
        assert weights_bytes(shared_of(kind, learner)) == shared
        return weights_bytes(own_of(kind, learner)), painted_by(learner)

    def painted_by(learner: torch.nn.Module) -> torch.Tensor:
        with torch.no_grad():
            return learner.eval()(seen)

    first, before = learn(0)
    second, _ = learn(1)
    assert first != second
    # the first style, put together from its own file and the shared one after the second was learnt
    again = fresh(kind, seed=9)
    again.load_state_dict(load(shared) | load(first))
    assert torch.equal(painted_by(again), before)


@pytest.mark.parametrize("kind", OF_MANY)
def test_a_style_s_own_lesson_moves_all_of_its_own_and_lowers_the_loss(kind):
    network, about = fresh(kind), subject(kind)
    before = {name: one.clone() for name, one in network.state_dict().items()}
    lesson = LESSONS[kind].style(network, about)
    drawn = Drawn(picture(64, 64, batch=2), dice())
    with torch.no_grad():
        loss = sum(lesson.losses(drawn).values())
    train(lesson, photos(), train_part(check_every=12, lr=5e-3), of="x", steps=12)
    with torch.no_grad():
        assert sum(lesson.losses(drawn).values()) < loss
    changed = {name for name, one in network.state_dict().items() if not torch.equal(one, before[name])}
    assert changed <= set(own_of(kind, network))
    assert len(changed) > len(own_of(kind, network)) / 2


@pytest.mark.parametrize("kind", OF_MANY)
def test_the_shared_lesson_leaves_the_network_s_own_style_alone(kind):
    network = fresh(kind)
    before = {name: one.clone() for name, one in network.state_dict().items()}
    train(LESSONS[kind].shared(network, subject(kind, styles=3)), photos(), train_part(), of="x", steps=2)
    for name, values in network.state_dict().items():
        assert torch.equal(values, before[name]) == KINDS[kind].of_style(name), name


def test_each_photo_of_a_batch_is_judged_by_the_style_it_was_painted_in():
    kind = "johnson-many"
    network, about = fresh(kind), subject(kind, styles=3)
    lesson = LESSONS[kind].shared(network, about)
    assert isinstance(lesson, ManyStyles)
    with torch.no_grad():
        for own in lesson.own.values():
            own += 0.3 * torch.randn_like(own)
    seen = picture(64, 64, batch=4)
    chosen = dice(3).integers(3, size=4)
    assert len(set(chosen.tolist())) > 1
    with torch.no_grad():
        together = lesson.losses(Drawn(seen, dice(3)))
        alone: dict[str, float] = {}
        for photo, style in zip(seen, chosen, strict=True):
            single = fresh(kind)
            single.load_state_dict({name: own[style] for name, own in lesson.own.items()}, strict=False)
            grams = lesson.perceptual.grams(about.styles[style])
            terms = lesson.perceptual.terms(single(photo[None]), photo[None], grams)
            for name, value in terms.items():
                alone[name] = alone.get(name, 0.0) + float(value) / 4
    assert {name: float(value) for name, value in together.items()} == pytest.approx(alone, rel=1e-4)


def test_the_same_dice_choose_the_same_styles():
    lesson = LESSONS["johnson-many"].shared(fresh("johnson-many"), subject("johnson-many", styles=2))
    seen = picture(64, 64, batch=2)
    with torch.no_grad():
        losses = [float(sum(lesson.losses(Drawn(seen, dice(5))).values())) for _ in range(2)]
    assert losses[0] == losses[1]


def test_encoder_and_decoder_learn_from_pixels_and_banks_do_not():
    for kind, shared, style in (
        ("stylebank", {"pixel", "tv"}, {"content", "style", "tv"}),
        ("stylebank-paper", {"pixel"}, {"content", "style"}),
    ):
        network, about, drawn = fresh(kind), subject(kind), Drawn(picture(64, 64), dice())
        assert set(LESSONS[kind].shared(network, about).losses(drawn)) == shared
        assert set(LESSONS[kind].style(network, about).losses(drawn)) == style


def test_encoder_and_decoder_see_textiles_and_colours_that_no_photo_has():
    network, about = fresh("stylebank"), subject("stylebank", styles=2)
    seen: list[torch.Tensor] = []
    network.reconstructed = lambda pictures: seen.append(pictures) or pictures
    photos = picture(64, 64, batch=4)
    LESSONS["stylebank"].shared(network, about).losses(Drawn(photos, dice()))
    (pictures,) = seen
    assert torch.equal(pictures[0], photos[0])
    assert not any(torch.equal(pictures[at], photos[at]) for at in (1, 2, 3))
    LESSONS["stylebank"].shared(network, subject("stylebank", styles=0)).losses(Drawn(photos, dice()))
    assert torch.equal(seen[1], photos)


@pytest.mark.parametrize("kind", OF_PHOTOS)
def test_what_it_paints_now_can_be_looked_at(kind):
    lessons, network = LESSONS[kind], fresh(kind)
    for make in filter(None, (lessons.shared, lessons.style)):
        found = make(network, subject(kind)).painted(picture(32, 32, batch=3))
        assert found.shape == (3, 3, 32, 32)
        assert not found.requires_grad


def test_without_styles_there_is_nothing_to_learn_convolutions_from_but_a_bank_s_need_none():
    with pytest.raises(TrainingImpossible) as refused:
        LESSONS["johnson-many"].shared(fresh("johnson-many"), subject("johnson-many", styles=0))
    assert refused.value.code == "no_styles"
    lesson = LESSONS["stylebank"].shared(fresh("stylebank"), subject("stylebank", styles=0))
    assert lesson.losses(Drawn(picture(64, 64), dice()))


def test_a_recipe_without_losses_teaches_nothing_and_says_what_to_train():
    part = train_part(content=None, style=None, tv=None, pixel_weight=0)
    with pytest.raises(TrainingImpossible, match="no loss") as refused:
        LESSONS["johnson"].style(fresh("johnson"), subject("johnson", part=part))
    assert refused.value.code == "no_losses"
