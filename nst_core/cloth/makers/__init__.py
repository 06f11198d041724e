"""Makers of new cloth: each lays a tile out of real cloth or paint, seamless from the start."""

from nst_core.cloth.makers.layout import Layout, Sheet

__all__ = ["Layout", "Sheet"]
