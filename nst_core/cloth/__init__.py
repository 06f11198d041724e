"""The cloth of a design: how a pattern comes to cover a picture, and how it lies on the garment."""

from nst_core.cloth.lay import lay
from nst_core.cloth.make import make_cloth
from nst_core.cloth.patchwork import patchwork
from nst_core.cloth.turn import turned

__all__ = ["lay", "make_cloth", "patchwork", "turned"]
