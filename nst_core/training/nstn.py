"""How a network of self-attention learns its style, which it looks at beside every photo."""

from __future__ import annotations

from torch import Tensor

from nst_core.networks.nstn import Nstn, whole_tokens
from nst_core.training.lesson import Lesson, Painting
from nst_core.training.perceptual import Perceptual
from nst_core.training.subject import Subject


def style_lesson(module: Nstn, subject: Subject) -> Lesson:
    """Return the lesson of one network: all its weights, one style.

    The style loss compares with the style image's own Gram matrices, channels by channels. (The paper's
    equation has the photo's there, and writes them positions by positions.)
    """
    perceptual = Perceptual(subject.part.train, subject.backbone)
    (style,) = subject.styles
    seen = whole_tokens(style)

    def paint(photos: Tensor) -> Tensor:
        painted: Tensor = module(photos, seen)
        return painted

    return Painting(module, dict(module.named_parameters()), paint, perceptual, perceptual.grams(style))
