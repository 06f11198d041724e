"""How the decoder of aligned statistics learns to paint: every photo in another style, seen anew each time.

Departures from the paper: half of the photos and styles are besides given back as they are, pixel by pixel,
which asks nothing of the backbone and teaches colours and textures soonest; a quarter goes a part of the way,
towards targets that lie there, so that the decoder has seen every alpha; moments are compared relative to the
style's, so that one weight fits every layer and every textile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nst_core.errors import TrainingImpossible
from nst_core.losses.content import content_loss
from nst_core.losses.total_variation import total_variation
from nst_core.networks.adain import LAYER, Decoder, Moments, aligned, moments, paint
from nst_core.networks.shown import Shown
from nst_core.training.lesson import Drawn, Lesson
from nst_core.training.squares import style_crops
from nst_core.training.subject import Subject

# Of the photos of a step: how many go all the way towards their styles.
ALL_THE_WAY = 3 / 4


@dataclass(frozen=True, eq=False)
class Aligning:
    """The lesson of the decoder: its backbone looks once at what is asked for, and once at what is painted.

    Source:
        Huang, Belongie (2017), section 5, eqs 11–13.
    """

    module: Decoder
    subject: Subject

    @property
    def learns(self) -> Mapping[str, nn.Parameter]:
        """All of the decoder."""
        return dict(self.module.named_parameters())

    def losses(self, drawn: Drawn) -> Mapping[str, Tensor]:
        """Return content, style, total variation and pixels, as the recipe weighs them.

        Content is what was aligned at relu4_1; pixels are those of the pictures that are given back.
        """
        part, photos = self.subject.part.train, drawn.photos
        count = len(photos)
        styles = style_crops(self.subject.styles, count, photos.shape[-1], drawn.rng).to(photos.device)
        alpha = alphas(count, drawn.rng).to(photos.device).view(-1, 1, 1, 1)
        wanted = {} if part.style is None else part.style.layers
        layers = tuple(dict.fromkeys((*wanted, LAYER)))
        with torch.no_grad():
            seen = self.subject.backbone.features(torch.cat([photos, styles]), layers)
            targets = {layer: _target(maps, count, alpha) for layer, maps in seen.items()}
            content = seen[LAYER][:count]
            asked = aligned(content, moments(content), targets[LAYER])
            back = slice(None, None, 2) if part.pixel_weight else slice(0)
            known = torch.cat([photos[back], styles[back]])
            of_known = torch.cat([content[back], seen[LAYER][count:][back]]).float()
        both = self.module(torch.cat([asked, of_known]))
        painted, given_back = both[:count], both[count:]
        shown = self.subject.backbone.features(painted, layers)
        found = {}
        if part.content is not None and part.content.weight:
            off = content_loss(shown[LAYER], asked, part.content.form)
            found["content"] = part.content.weight * off.mean()
        if part.style is not None and part.style.weight:
            offs = [
                weight * apart(moments(shown[layer]), targets[layer]).mean()
                for layer, weight in wanted.items()
            ]
            found["style"] = part.style.weight * torch.stack(offs).sum()
        if part.tv is not None and part.tv.weight:
            varies = total_variation(painted, part.tv.form, chroma_weight=part.tv.chroma_weight)
            found["tv"] = part.tv.weight * varies.mean()
        if part.pixel_weight:
            found["pixel"] = part.pixel_weight * (given_back - known).square().mean()
        return found

    def painted(self, photos: Tensor) -> Tensor:
        """Return photos all the way in one style after the other, each as it was brought along."""
        styles, backbone = self.subject.styles, self.subject.backbone
        with torch.no_grad():
            one_by_one = [
                paint(self.module, Shown(photo, styles[place % len(styles)], backbone))
                for place, photo in enumerate(torch.split(photos, 1))
            ]
        return torch.cat(one_by_one)


def apart(found: Moments, wanted: Moments) -> Tensor:
    """Return how far moments lie from others, relative to those, one value per sample, ``(B,)``.

    ``‖μ − μ_s‖² / ‖μ_s‖² + ‖σ − σ_s‖² / ‖σ_s‖²``; the paper leaves out the divisors.
    """
    return _relative(found.mean, wanted.mean) + _relative(found.deviation, wanted.deviation)


def alphas(count: int, rng: np.random.Generator) -> Tensor:
    """Return how far each of some photos goes towards its style, ``(count,)`` in [0, 1]."""
    dice, part_way = torch.from_numpy(rng.random((2, count))).float()
    return torch.where(dice < ALL_THE_WAY, 1.0, part_way)


def shared_lesson(module: Decoder, subject: Subject) -> Lesson:
    """Return the lesson of the decoder that all styles share.

    Raises:
        TrainingImpossible: ``wrong_layer``, content is asked for where nothing is aligned.
    """
    content = subject.part.train.content
    if content is not None and set(content.layers) != {LAYER}:
        raise TrainingImpossible(
            f"adain's content is what it aligns, at {LAYER} and nowhere else, and train.content.layers names "
            f"{', '.join(content.layers)}; write {{{LAYER}: 1}}",
            code="wrong_layer",
        )
    return Aligning(module, subject)


def _target(maps: Tensor, count: int, alpha: Tensor) -> Moments:
    """Return the moments that lie alpha of the way from the photos', which come first, to their styles'."""
    return moments(maps[:count]).mixed(moments(maps[count:]), alpha)


def _relative(found: Tensor, wanted: Tensor) -> Tensor:
    tiny = torch.finfo(torch.float32).tiny
    return (found - wanted).square().flatten(1).sum(1) / wanted.square().flatten(1).sum(1).clamp_min(tiny)
