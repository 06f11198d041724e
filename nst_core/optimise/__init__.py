"""The one optimisation loop of all recipes, and the methods that walk down in it."""

from nst_core.losses import StyleTargets, style_targets
from nst_core.optimise.canvas import Canvas, noise_start
from nst_core.optimise.loop import Optimised, optimise
from nst_core.optimise.methods import METHODS, Method, with_at_most

__all__ = [
    "METHODS",
    "Canvas",
    "Method",
    "Optimised",
    "StyleTargets",
    "noise_start",
    "optimise",
    "style_targets",
    "with_at_most",
]
