"""Profiles: what is none is refused with a remedy, and what a printer cannot make is known."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from nst_core.errors import PressRefused
from nst_core.press import SRGB, gamut_check, in_profile, read_profile
from tests.nst_core.press.printers import dull, inked, swatches


def test_a_picture_keeps_its_colours_where_the_printer_has_them():
    grey = np.repeat(np.linspace(20, 235, 64, dtype=np.uint8), 3 * 64).reshape(64, 64, 3)
    checked = gamut_check(grey, read_profile(dull(), name="dull.icc"))
    assert checked.share == 0
    assert np.abs(checked.proof.astype(int) - grey).max() <= 3


def test_colours_beyond_the_printers_are_marked():
    checked = gamut_check(swatches(), read_profile(dull(), name="dull.icc"))
    # the left half is pure red, the right half grey
    assert checked.lost[:, :24].all()
    assert not checked.lost[:, 40:].any()
    assert checked.share == pytest.approx(0.5, abs=0.1)
    proof = checked.proof[10, 10].astype(int)
    assert proof[0] - proof[2] < 255


def test_ink_is_counted_in_layers_and_only_where_inks_are_known():
    bars = np.zeros((30, 30, 3), np.uint8)
    bars[10:20] = (255, 0, 0)
    bars[20:] = 255
    ink = gamut_check(bars, read_profile(inked(), name="inked.icc")).ink
    assert ink is not None
    # black is all four inks, red magenta and yellow, white bare cloth
    assert ink[[5, 15, 25], 5] == pytest.approx([4, 2, 0], abs=0.15)
    assert gamut_check(bars, read_profile(dull(), name="dull.icc")).ink is None


def test_the_proof_shows_the_values_of_the_file():
    printer = read_profile(inked(), name="inked.icc")
    ramp = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8), 3 * 64).reshape(64, 64, 3)
    file = Image.fromarray(in_profile(ramp, printer), "CMYK")
    way = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(printer.data)),
        ImageCms.ImageCmsProfile(io.BytesIO(SRGB.data)),
        "CMYK",
        "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.array_equal(gamut_check(ramp, printer).proof, np.asarray(ImageCms.applyTransform(file, way)))


def test_a_profile_has_other_values_for_the_same_colour_and_srgb_has_the_same():
    picture = swatches()
    assert in_profile(picture, SRGB) is picture
    there = in_profile(picture, read_profile(dull(), name="dull.icc"))
    assert there.shape == picture.shape
    # a smaller space needs larger values for the same colour
    muted = np.full((8, 8, 3), (150, 110, 110), np.uint8)
    values = in_profile(muted, read_profile(dull(), name="dull.icc"))[0, 0].astype(int)
    assert values[0] - values[1] > 40


def test_our_own_srgb_is_the_same_bytes_each_time_and_names_itself():
    assert read_profile(SRGB.data, name="own").space == "RGB"
    assert SRGB.data[24:36] == bytes((7, 234, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "profile_broken", "bad.icc is no ICC profile that can be read"),
        (b"hello" * 100, "profile_broken", "ask the mill"),
        (dull()[:200], "profile_broken", "bad.icc"),
        (ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(), "profile_space", "RGB or CMYK"),
        (dull().replace(b"mntr", b"scnr", 1), "profile_class", "of a scanner or camera and no printer's"),
        (dull().replace(b"mntr", b"link", 1), "profile_class", "a link between two devices"),
        (inked(prints=False), "profile_class", "has no table from colours to CMYK values"),
    ],
    ids=["empty", "text", "cut", "lab", "scanner", "link", "looked at only"],
)
def test_what_is_no_printers_profile_is_refused_with_a_remedy(data, code, said):
    with pytest.raises(PressRefused, match=r"bad\.icc") as caught:
        read_profile(data, name="bad.icc")
    assert (caught.value.code, said in str(caught.value)) == (code, True)


def test_tables_of_another_space_than_the_profile_says_are_refused():
    swapped = read_profile(inked().replace(b"prtrCMYK", b"prtrRGB ", 1), name="swapped.icc")
    with pytest.raises(PressRefused, match=r"tables of profile 'swapped\.icc' cannot be used") as caught:
        gamut_check(swatches(), swapped)
    assert caught.value.code == "profile_broken"


def test_one_table_for_all_intents_is_enough():
    data = inked().replace(b"B2A1", b"none", 1).replace(b"A2B1", b"nine", 1)
    assert read_profile(data, name="one.icc").space == "CMYK"
    assert in_profile(swatches(), read_profile(data, name="one.icc")).shape == (64, 64, 4)
