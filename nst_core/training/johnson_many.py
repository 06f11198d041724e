"""How one network learns many styles: its convolutions from several at once, then each style by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nst_core.errors import TrainingImpossible
from nst_core.networks.johnson import Johnson
from nst_core.networks.johnson_many import in_styles, of_style
from nst_core.training.lesson import Drawn, Lesson, Painting
from nst_core.training.perceptual import Grams, Perceptual
from nst_core.training.subject import Subject


@dataclass(frozen=True, eq=False)
class ManyStyles:
    """The lesson of the shared file: each photo of a batch is painted in a style that the step's dice choose.

    γ and β of these styles are learnt too, and are none of the file's: each style learns its own afterwards,
    beside the finished file, as one that comes later does. So all styles are of one kind, and the shared file
    tells nothing of those that it began with.

    Args:
        module: the whole network; its own γ and β stay as they are.
        own: those of the styles, ``(S, C)`` each.
        perceptual: the losses.
        grams: of all styles, ``(S, C, C)`` each.
        count: S.
    """

    module: Johnson
    own: Mapping[str, nn.Parameter]
    perceptual: Perceptual
    grams: Grams
    count: int

    @property
    def learns(self) -> Mapping[str, nn.Parameter]:
        """The convolutions, and γ and β of all styles by the names that one style's have."""
        shared = {name: one for name, one in self.module.named_parameters() if not of_style(name)}
        return shared | dict(self.own)

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return the terms of the perceptual loss, each photo against its own style."""
        chosen = torch.from_numpy(drawn.rng.integers(self.count, size=len(drawn.photos)))
        chosen = chosen.to(drawn.photos.device)
        painted = self._in_styles(drawn.photos, chosen)
        grams = {layer: gram[chosen] for layer, gram in self.grams.items()}
        return self.perceptual.terms(painted, drawn.photos, grams)

    def painted(self, photos: Tensor) -> Tensor:
        """Return photos in one style after the other, as the network paints them now."""
        with torch.no_grad():
            return self._in_styles(photos, torch.arange(len(photos), device=photos.device) % self.count)

    def _in_styles(self, photos: Tensor, chosen: Tensor) -> Tensor:
        shares = nn.functional.one_hot(chosen, self.count).to(photos.dtype)
        return in_styles(self.module, self.own, photos, shares[:, :, None, None])


def shared_lesson(module: Johnson, subject: Subject) -> Lesson:
    """Return the lesson of the convolutions, from all of the subject's styles at once.

    Raises:
        TrainingImpossible: ``no_styles``.
    """
    if not subject.styles:
        raise TrainingImpossible(
            "convolutions that all styles share are learnt from several, and there are none to begin with; "
            "name some, or put textiles into the style catalog",
            code="no_styles",
        )
    perceptual = Perceptual(subject.part.train, subject.backbone)
    each = [perceptual.grams(style) for style in subject.styles]
    count = len(subject.styles)
    own = {
        name: nn.Parameter(one.detach().expand(count, -1).clone())
        for name, one in module.named_parameters()
        if of_style(name)
    }
    grams = {layer: torch.cat([one[layer] for one in each]) for layer in each[0]}
    return ManyStyles(module, own, perceptual, grams, count)


def style_lesson(module: Johnson, subject: Subject) -> Lesson:
    """Return the lesson of one style: γ and β, beside convolutions that stay as they are."""
    perceptual = Perceptual(subject.part.train, subject.backbone)
    (style,) = subject.styles
    learns = {name: one for name, one in module.named_parameters() if of_style(name)}
    return Painting(module, learns, module, perceptual, perceptual.grams(style))
