"""Palette files: what is written is read back, files by their formats' words, refusals with a reason."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from nst_core.errors import PaletteRefused
from nst_core.palettes import Ink, Palette, read_palette, read_season, write_palette, write_season
from nst_core.palettes.print_lab import print_lab, rgb_of_print_lab
from nst_core.palettes.reading import FILE_KINDS
from tests.nst_core.palettes.groups import ase_of

RGB = st.tuples(*[st.integers(0, 255)] * 3)
PALETTES = st.builds(
    lambda colours, name: Palette(tuple(Ink(rgb, text) for rgb, text in colours), name),
    st.lists(st.tuples(RGB, st.text(max_size=80)), min_size=2, max_size=24, unique_by=lambda pair: pair[0]),
    st.just("summer 27"),
)
RED, INDIGO = Ink((255, 0, 0), "Madder"), Ink((40, 50, 120), "Indigo")
TWO = Palette((RED, INDIGO), "two")


def refusal(data: bytes) -> PaletteRefused:
    with pytest.raises(PaletteRefused) as caught:
        read_palette(data, name="card")
    assert str(caught.value).startswith("card: ")
    return caught.value


@pytest.mark.parametrize("kind", FILE_KINDS)
@settings(max_examples=30)
@given(palette=PALETTES)
def test_what_is_written_is_read_back(kind, palette):
    back = read_palette(write_palette(palette, kind), name="summer 27")
    assert back == palette


def test_an_ase_is_read_by_the_words_of_its_format():
    name = "Teal\0".encode("utf-16-be")
    lab = struct.pack(">H", 5) + name + struct.pack(">4s3fH", b"LAB ", 0.5429, 80.81, 69.89, 2)
    cmyk = struct.pack(">H", 5) + name + struct.pack(">4s4fH", b"CMYK", 1, 0, 0, 0.2, 0)
    grey = struct.pack(">H", 5) + name + struct.pack(">4s1fH", b"Gray", 0.2, 0)
    group = struct.pack(">H", 5) + name
    blocks = [(0xC001, group), (1, lab), (1, cmyk), (1, grey), (0xC002, b"")]
    body = b"".join(struct.pack(">HI", kind, len(block)) + block for kind, block in blocks)
    palette = read_palette(b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + body, name="x")
    # sRGB's red is L 54.29, a 80.81, b 69.89 under D50; .8 · 255 = 204, .2 · 255 = 51
    assert [ink.rgb for ink in palette.inks] == [(255, 0, 0), (0, 204, 204), (51, 51, 51)]
    assert palette.name == "Teal"


def test_an_aco_of_version_1_alone_has_colours_without_names():
    colours = [
        struct.pack(">5H", 0, 65535, 0, 0, 0),  # RGB
        struct.pack(">5H", 1, 21845, 65535, 65535, 0),  # HSB: a third of the way round is green
        struct.pack(">5H", 2, 0, 65535, 65535, 65535),  # CMYK: 0 is full ink, so cyan
        struct.pack(">2H2hH", 7, 2957, 6830, -11203, 0),  # Lab: sRGB's blue under D50
        struct.pack(">5H", 8, 10000, 0, 0, 0),  # grey: all of it black
    ]
    data = struct.pack(">HH", 1, len(colours)) + b"".join(colours)
    palette = read_palette(data, name="x")
    expected = ["#ff0000", "#00ff00", "#00ffff", "#0000ff", "#000000"]
    assert [ink.hex for ink in palette.inks] == [ink.name for ink in palette.inks] == expected


def test_the_names_of_an_aco_stand_in_its_second_half():
    data = write_palette(TWO, "aco")
    first = 4 + 10 * len(TWO)
    assert [ink.name for ink in read_palette(data, name="x").inks] == ["Madder", "Indigo"]
    assert [ink.name for ink in read_palette(data[first:], name="x").inks] == ["Madder", "Indigo"]
    assert [ink.name for ink in read_palette(data[:first], name="x").inks] == [RED.hex, INDIGO.hex]


@pytest.mark.parametrize(
    "text",
    [
        "GIMP Palette\r\nName: two\r\nColumns: 4\r\n# by hand\r\n255 0 0\tMadder\r\n 40  50 120 Indigo\r\n",
        "name,hex\nMadder,#f00\nIndigo,283278\n",
        '"Hex","Name"\n#FF0000,Madder\n#283278,Indigo\n',
        "L*,a*,b*,name\n54.29,80.81,69.89,Madder\n23.33,14.93,-42.25,Indigo\n",
        "\ufeff; a card\n#ff0000 Madder\n\n#283278, Indigo\n",
        "lab(54.29 80.81 69.89) Madder\nLAB(23.33%, 14.93, -42.25), Indigo",
    ],
)
def test_text_is_read_as_people_write_it(text):
    palette = read_palette(text.encode(), name="two")
    assert [ink.name for ink in palette.inks] == ["Madder", "Indigo"]
    assert np.abs(np.subtract([ink.rgb for ink in palette.inks], [RED.rgb, INDIGO.rgb])).max() <= 1


def test_lab_is_what_little_cms_makes_of_srgb():
    # another implementation as oracle: Lab in 8 bits, so half a unit of a and b, and .2 of L
    colours = [(red, green, blue) for red in (0, 90, 255) for green in (0, 140, 255) for blue in (0, 60, 255)]
    pixels = Image.fromarray(np.array([colours], np.uint8))
    into = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = np.array(ImageCms.applyTransform(pixels, into))[0].astype(np.int16)
    expected = np.stack([lab[:, 0] / 2.55, *(lab[:, 1:].astype(np.int8).astype(float)).T], axis=1)
    found = np.array([print_lab(colour) for colour in colours])
    assert np.abs(found - expected).max() < 1.0


@given(RGB)
def test_lab_leads_back_to_its_colour(rgb):
    assert rgb_of_print_lab(print_lab(rgb)) == rgb


def test_equal_colours_are_one_ink():
    palette = read_palette(b"#ff0000 Madder\n#f00 Red\n#283278", name="x")
    assert [ink.name for ink in palette.inks] == ["Madder", "#283278"]


def test_names_lose_control_characters_and_what_is_too_long():
    ink = Ink((1, 2, 3), "Rose\x00\x1b[31m\n\u202e" + "x" * 1_000_000)
    assert ink.name.startswith("Rose [31m xxx")
    assert len(ink.name) == 64
    assert Ink((1, 2, 3), "\n\t ").name == "#010203"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "palette_empty"),
        (b"#ff0000\n" * 200_000, "palette_too_large"),
        (b"\x89PNG\r\n\x1a\n\0\0", "palette_unknown"),
        (b"a letter to the mill", "palette_unknown"),
        (b"255 0 0\n0 0 255\n", "palette_unknown"),
        (b"#ff0000\nblue\n", "palette_corrupt"),
        (b"#ff0000\nlab(152 0 0)\n", "palette_corrupt"),
        (b"name,hex\nMadder,red\n", "palette_corrupt"),
        (b"name,hex\n" + b"x" * 200_000 + b",#000000\n", "palette_corrupt"),
        (b"GIMP Palette\n255 0 300 x\n", "palette_corrupt"),
        (b"GIMP Palette\n", "palette_too_few"),
        (b"#ff0000\n", "palette_too_few"),
        (b"#ff0000\n#ff0000\n", "palette_too_few"),
        ("".join(f"#{n:06x}\n" for n in range(500)).encode(), "palette_too_many"),
        (b"ASEF\0\1", "palette_truncated"),
        (write_palette(TWO, "ase")[:-20], "palette_truncated"),
        (write_palette(TWO, "ase")[:40], "palette_truncated"),
        (write_palette(TWO, "aco")[:-3], "palette_truncated"),
        (write_palette(TWO, "aco")[:15], "palette_truncated"),
        (write_palette(TWO, "ase").replace(b"RGB ", b"XYZ "), "palette_unsupported"),
        (struct.pack(">HH5H", 1, 1, 3, 0, 0, 0, 0), "palette_unsupported"),
        (write_palette(TWO, "ase").replace(struct.pack(">f", 1.0), b"\x7f\xc0\0\0"), "palette_corrupt"),
    ],
)
def test_what_is_no_palette_to_print_from_is_refused_with_a_reason(data, code):
    assert refusal(data).code == code


def test_a_refusal_says_what_was_got_and_what_to_do():
    assert str(refusal(b"#ff0000")) == "card: it has 1 colour; give 2 to 24 different ones"
    many = "".join(f"#{n:06x}\n" for n in range(500)).encode()
    assert "it has 500 colours; at most 24 can be printed" in str(refusal(many))
    assert "line 2 is 'blue'" in str(refusal(b"#ff0000\nblue\n"))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"ASEF\0\1\0\0", b"\0\1", b"\0\2", b"GIMP Palette\n", b"name,hex\n"]),
)
def test_any_bytes_are_a_palette_or_a_refusal(data, start):
    try:
        palette = read_palette(start + data, name="x")
    except PaletteRefused:
        return
    assert 2 <= len(palette) <= 24


def test_a_seasons_palettes_are_one_table():
    season = read_season(
        b"name,colours\nDune,#e8d9b5 #b08a5a;#5a3a22\nDusk,283278 | f4c2c2\n", name="ss27.csv"
    )
    assert [(palette.name, len(palette)) for palette in season] == [("Dune", 3), ("Dusk", 2)]
    assert read_season(write_season(season), name="ss27.csv") == season


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "name,colours"),
        ("name,colours\n", "no palettes"),
        ("name,colours\nDune,#fff\n", "ss27.csv, line 2: it has 1 colour"),
        ("name,colours\nDune,#fff sand\n", "'sand' is no colour"),
        ("name,colours\n,#fff #000\n", "no name"),
        ("name,colours\nDune,#fff #000\nDune,#fff #111\n", "comes twice"),
    ],
)
def test_a_season_that_is_wrong_says_where(text, said):
    with pytest.raises(PaletteRefused, match=said):
        read_season(text.encode(), name="ss27.csv")


def test_each_group_of_an_ase_is_a_palette_of_the_season():
    other = Palette((INDIGO, Ink((250, 240, 230), "Ecru")), "three")
    assert read_season(ase_of([TWO, other]), name="ss27.ase") == (TWO, other)
    # colours in no group are called as the file
    loose = write_palette(Palette(TWO.inks, ""), "ase")
    assert [palette.name for palette in read_season(loose, name="palettes/ss27.ase")] == ["ss27"]


@pytest.mark.parametrize(
    ("palettes", "said"),
    [
        ([TWO, TWO], "the palette 'two' comes twice"),
        ([Palette((RED,), "one")], "group 'one': it has 1 colour"),
        ([Palette((), "none")], "group 'none': it has 0 colours"),
    ],
)
def test_a_group_that_is_no_palette_is_refused_by_its_name(palettes, said):
    with pytest.raises(PaletteRefused, match=said):
        read_season(ase_of(palettes), name="ss27.ase")
