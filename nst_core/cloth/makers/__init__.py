"""Makers of new cloth: each lays a tile out of real cloth or paint, seamless from the start."""

from nst_core.cloth.makers.classes import Classes, lab_classes
from nst_core.cloth.makers.layout import Layout, Sheet, on_quarter
from nst_core.cloth.makers.torus_quilt import Source, quilt_on

__all__ = ["Classes", "Layout", "Sheet", "Source", "lab_classes", "on_quarter", "quilt_on"]
