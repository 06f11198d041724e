"""What designs are alike by: short descriptors of texture and colours, which are no scores."""

from nst_core.scoring.alike.colours import Colours, colours_of
from nst_core.scoring.alike.texture import TEXTURE_LAYERS, texture_descriptor

__all__ = ["TEXTURE_LAYERS", "Colours", "colours_of", "texture_descriptor"]
