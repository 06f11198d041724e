"""Files for the press read back: values, profile, millimetres, words."""

from __future__ import annotations

import io
import re
import zlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, PdfParser

from nst_core.errors import PressRefused
from nst_core.press import (
    SRGB,
    PressSheet,
    Profile,
    encode_press_pdf,
    encode_press_png,
    encode_press_tiff,
    read_profile,
)
from tests.nst_core.press.printers import dull

PACKET = '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="r"?>'
CMYK = Profile(b"a mill's own" * 20, "mill", "CMYK", "printer")


def sheet(
    bits: int = 8, *, channels: int = 3, profile: Profile = SRGB, height: int = 150, **changes
) -> PressSheet:
    most = 2**bits
    values = np.random.default_rng(bits).integers(0, most, (height, 130, channels))
    told = {"width_mm": 64.0, "height_mm": 64.0 * height / 130, "xmp": PACKET, "title": "Toss"} | changes
    return PressSheet(values.astype(np.uint8 if bits == 8 else np.uint16), profile, **told)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_tiff_gives_back_values_profile_resolution_and_words(bits):
    printer = read_profile(dull(), name="dull.icc")
    made = sheet(bits, profile=printer)
    data = encode_press_tiff(made)
    assert encode_press_tiff(made) == data
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert found.dtype == made.values.dtype
    assert np.array_equal(found, made.values)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = {tag.code: tag.value for tag in file.pages.first.tags}
    assert tags[259] == 5
    assert tags[258] == (bits,) * 3
    assert bytes(tags[34675]) == printer.data
    assert bytes(tags[700]).decode() == PACKET
    assert tags[270] == "Toss"
    # exactly 64 mm: 130 px at 130 * 25.4 / 64 = 51.59375 dpi
    dpi = Fraction(*tags[282])
    assert dpi == Fraction("51.59375")
    assert 130 / dpi * Fraction("25.4") == 64
    assert float(150 / Fraction(*tags[283]) * Fraction("25.4")) == pytest.approx(made.height_mm, abs=1e-3)


def test_pillow_reads_the_tiff_too_and_finds_the_inks_of_cmyk():
    made = sheet(channels=4, profile=CMYK)
    image = Image.open(io.BytesIO(encode_press_tiff(made)))
    assert image.mode == "CMYK"
    assert np.array_equal(np.asarray(image), made.values)
    assert image.info["icc_profile"] == CMYK.data
    assert image.info["dpi"] == pytest.approx((51.59375, 51.59375), rel=1e-4)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_png_gives_them_back_too(bits):
    made = sheet(bits)
    data = encode_press_png(made)
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(found, made.values)
    image = Image.open(io.BytesIO(data))
    assert image.info["icc_profile"] == SRGB.data
    # 2031.25 px per metre, rounded to 2031
    assert image.info["dpi"][0] == pytest.approx(51.59375, rel=2e-4)
    assert image.info["XML:com.adobe.xmp"] == PACKET
    assert image.info["Title"] == "Toss"


def test_png_holds_no_cmyk_and_says_what_does():
    with pytest.raises(PressRefused, match=r"ask for a \.tif"):
        encode_press_png(sheet(channels=4, profile=CMYK))


@pytest.mark.parametrize(("bits", "channels"), [(8, 3), (16, 3), (8, 4)])
def test_a_pdf_is_one_page_of_the_exact_size_with_its_output_intent(bits, channels):
    profile = CMYK if channels == 4 else SRGB
    made = sheet(bits, channels=channels, profile=profile)
    data = encode_press_pdf(made)
    # Pillow's reader follows the table of places to each object
    with PdfParser.PdfParser(buf=data) as file:
        [place] = file.pages
        page = file.read_indirect(place)
        points = [float(side) for side in page.TrimBox]
        image = file.read_indirect(page.Resources.XObject.Im0)
        intent = file.read_indirect(file.root.OutputIntents[0])
        embedded = file.read_indirect(intent.DestOutputProfile)
    # 64 mm are 64 * 72 / 25.4 points
    assert points == pytest.approx([0, 0, 64 * 72 / 25.4, made.height_mm * 72 / 25.4], abs=1e-5)
    assert (image.dictionary.Width, image.dictionary.BitsPerComponent) == (130, bits)
    packed = np.frombuffer(zlib.decompress(image.buf), made.values.dtype.newbyteorder(">"))
    assert np.array_equal(packed.reshape(made.values.shape), made.values)
    assert intent.S == b"GTS_PDFX"
    assert zlib.decompress(embedded.buf) == profile.data
    assert PACKET.encode() in data
    assert re.search(rb"/Title <FEFF0054006F00730073>", data)


def test_a_page_ends_where_pdf_does():
    with pytest.raises(PressRefused, match="ends at 5,080 mm"):
        encode_press_pdf(sheet(width_mm=6000.0))
