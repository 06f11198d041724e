"""Bytes to pictures and back: decodes what real catalogs hold, refuses what attackers send, with a reason."""

from nst_core.codec.decode import decode
from nst_core.codec.encode import encode_png, encode_thumb
from nst_core.codec.mask import decode_mask
from nst_core.codec.picture import DecodeLimits, Picture
from nst_core.codec.plates import encode_inks_png, encode_plate_png, encode_plates_tiff
from nst_core.codec.png import read_png_text

__all__ = [
    "DecodeLimits",
    "Picture",
    "decode",
    "decode_mask",
    "encode_inks_png",
    "encode_plate_png",
    "encode_plates_tiff",
    "encode_png",
    "encode_thumb",
    "read_png_text",
]
