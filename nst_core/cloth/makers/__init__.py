"""Makers of new cloth: each lays a tile out of real cloth or paint, seamless from the start."""

from nst_core.cloth.makers.applique import applique
from nst_core.cloth.makers.classes import Classes, lab_classes
from nst_core.cloth.makers.fill import fill
from nst_core.cloth.makers.layout import Layout, Sheet, on_quarter
from nst_core.cloth.makers.palette import palette
from nst_core.cloth.makers.patches import Source
from nst_core.cloth.makers.requilt import requilt
from nst_core.cloth.makers.residual import residual
from nst_core.cloth.makers.seamless import seamless
from nst_core.cloth.makers.torus_quilt import quilt_on
from nst_core.cloth.makers.toss import toss

__all__ = [
    "Classes",
    "Layout",
    "Sheet",
    "Source",
    "applique",
    "fill",
    "lab_classes",
    "on_quarter",
    "palette",
    "quilt_on",
    "requilt",
    "residual",
    "seamless",
    "toss",
]
