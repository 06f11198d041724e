"""How a residual transform network learns its style."""

from __future__ import annotations

from nst_core.networks.johnson import Johnson
from nst_core.training.lesson import Lesson, Painting
from nst_core.training.perceptual import Perceptual
from nst_core.training.subject import Subject


def style_lesson(module: Johnson, subject: Subject) -> Lesson:
    """Return the lesson of one network: all its weights, one style."""
    perceptual = Perceptual(subject.part.train, subject.backbone)
    (style,) = subject.styles
    learns = dict(module.named_parameters())
    return Painting(module, learns, module, perceptual, perceptual.grams(style))
