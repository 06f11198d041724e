"""How a stylebank learns: encoder and decoder give photos back; then a bank a style, all else frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from configs.network import TrainPart
from nst_core.networks.stylebank import StyleBank, of_style
from nst_core.networks.stylebank_paper import PaperStyleBank
from nst_core.training.lesson import Drawn, Lesson, Painting
from nst_core.training.perceptual import Perceptual
from nst_core.training.squares import recoloured, style_crops
from nst_core.training.subject import Subject


@dataclass(frozen=True, eq=False)
class GivingBack:
    """The lesson of the shared file: pictures come back through encoder and decoder as they were.

    Photos of garments are grey, blue and beige on plain floors. A decoder that has seen nothing else can draw
    nothing else, whatever a bank hands it: so every second picture is a square of a textile instead, and
    half of both are in colours that no catalog has.

    Args:
        module: the whole network; its bank learns nothing.
        perceptual: the losses: pixels, and what the recipe has beside them but style.
        textiles: ``(1, 3, h, w)`` each; none: photos alone, as they are.
    """

    module: StyleBank | PaperStyleBank
    perceptual: Perceptual
    textiles: Sequence[Tensor] = ()

    @property
    def learns(self) -> Mapping[str, nn.Parameter]:
        """The encoder's and the decoder's weights."""
        return {name: one for name, one in self.module.named_parameters() if not of_style(name)}

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return how far pictures come back from what they were: in pixels, and what the recipe adds."""
        seen = self._seen(drawn) if self.textiles else drawn.photos
        return self.perceptual.terms(self.module.reconstructed(seen), seen, {})

    def painted(self, photos: Tensor) -> Tensor:
        """Return photos as they come back now."""
        with torch.no_grad():
            return self.module.reconstructed(photos).clamp(0, 1)

    def _seen(self, drawn: Drawn) -> Tensor:
        """Return photo, textile, photo, textile ..., the second half of them in other colours."""
        seen = drawn.photos.clone()
        count, side = len(seen[1::2]), seen.shape[-1]
        if count:
            seen[1::2] = style_crops(self.textiles, count, side, drawn.rng)
        half = len(seen) // 2
        return torch.cat([seen[:half], recoloured(seen[half:], drawn.rng)])


def shared_lesson(module: StyleBank, subject: Subject) -> Lesson:
    """Return the lesson of encoder and decoder: pixels and total variation, of photos and of textiles.

    The content loss is for banks alone: with it 900 steps gave back light and dark without any colour, which
    features hardly tell apart, and each step cost ten times as much.
    """
    perceptual = Perceptual(_without(subject.part.train, "content", "style"), subject.backbone)
    return GivingBack(module, perceptual, subject.styles)


def style_lesson(module: StyleBank, subject: Subject) -> Lesson:
    """Return the lesson of one bank: content, style and total variation."""
    return _bank(module, subject, without=("pixel_weight",))


def paper_shared_lesson(module: PaperStyleBank, subject: Subject) -> Lesson:
    """Return the lesson of encoder and decoder as printed: pixels alone."""
    train = _without(subject.part.train, "content", "style", "tv")
    return GivingBack(module, Perceptual(train, subject.backbone))


def paper_style_lesson(module: PaperStyleBank, subject: Subject) -> Lesson:
    """Return the lesson of one bank by the teacher's losses.

    The paper's teacher is Gatys's optimisation, α/β .01 on 50 photos, whose finished designs the bank copies.
    Here the bank walks down what those designs were walked down, on every photo: the same aim without 50
    optimisations a style, and without a mean of designs that differ by chance, which is blurred.
    """
    return _bank(module, subject, without=("pixel_weight", "tv"))


def _bank(module: StyleBank | PaperStyleBank, subject: Subject, *, without: tuple[str, ...]) -> Lesson:
    perceptual = Perceptual(_without(subject.part.train, *without), subject.backbone)
    (style,) = subject.styles
    learns = {name: one for name, one in module.named_parameters() if of_style(name)}
    paint = module.repainted if isinstance(module, PaperStyleBank) else module
    return Painting(module, learns, paint, perceptual, perceptual.grams(style))


def _without(train: TrainPart, *terms: str) -> TrainPart:
    """Return a recipe's ``train:`` block less some of its losses."""
    return train.model_copy(update={term: 0.0 if term == "pixel_weight" else None for term in terms})
