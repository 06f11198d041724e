"""Press: a finished tile as files that a mill prints from, in its printer's colours, at exact millimetres."""

from nst_core.press.matrix import in_matrix_profile, matrix_of
from nst_core.press.pdf import encode_press_pdf
from nst_core.press.png import encode_press_png
from nst_core.press.profiles import SRGB, GamutCheck, Profile, gamut_check, in_profile, read_profile
from nst_core.press.sheet import PressSheet
from nst_core.press.tiff import encode_press_tiff

__all__ = [
    "SRGB",
    "GamutCheck",
    "PressSheet",
    "Profile",
    "encode_press_pdf",
    "encode_press_png",
    "encode_press_tiff",
    "gamut_check",
    "in_matrix_profile",
    "in_profile",
    "matrix_of",
    "read_profile",
]
