"""What is written can be read back bit for bit, with its texts."""

import io
import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from nst_core.codec import decode, encode_png, encode_thumb, read_png_text
from nst_core.errors import ImageRefused

ROW = json.dumps({"design_id": "0f" * 16, "title": "Blüte „Ikat“ 花 🌸", "gmd": 0.25}, ensure_ascii=False)


@given(
    npst.arrays(np.uint8, st.tuples(st.integers(16, 40), st.integers(16, 40), st.just(3))),
    st.integers(0, 9),
)
@settings(max_examples=30, deadline=None)
def test_a_picture_survives_png_bit_for_bit(rgb, level):
    assert np.array_equal(decode(encode_png(rgb, level=level), name="design").rgb, rgb)


def test_a_picture_of_one_pixel_can_be_written():
    with Image.open(io.BytesIO(encode_png(np.array([[[1, 2, 3]]], np.uint8)))) as image:
        assert image.getpixel((0, 0)) == (1, 2, 3)


def test_a_view_of_a_larger_array_is_written_as_it_is_seen(motif):
    view = motif[::-1, 3:53:2]
    assert np.array_equal(decode(encode_png(view), name="view").rgb, view)


def test_equal_pictures_give_equal_bytes(motif):
    assert encode_png(motif, text={"toile:row": ROW}) == encode_png(motif.copy(), text={"toile:row": ROW})


def test_texts_come_back_in_every_script(motif):
    texts = {"toile:row": ROW, "Software": "Toile", "Empty": ""}
    data = encode_png(motif, text=texts)
    assert read_png_text(data) == texts
    assert np.array_equal(decode(data, name="design").rgb, motif)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
@settings(max_examples=50, deadline=None)
def test_any_text_comes_back(text):
    rgb = np.zeros((16, 16, 3), np.uint8)
    assert read_png_text(encode_png(rgb, text={"toile:row": text})) == {"toile:row": text}


def test_other_programs_read_the_texts_too(motif):
    with Image.open(io.BytesIO(encode_png(motif, text={"toile:row": ROW}))) as image:
        assert image.text == {"toile:row": ROW}


def test_texts_of_other_programs_are_read_too(motif, save):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("plain", "Äpfel")
    info.add_text("packed", "x" * 5000, zip=True)
    info.add_itxt("international", "花" * 500, zip=True)
    expected = {"plain": "Äpfel", "packed": "x" * 5000, "international": "花" * 500}
    assert read_png_text(save(motif, "PNG", pnginfo=info)) == expected


def test_reading_texts_looks_at_no_pixel(motif):
    # The pixels are overwritten with nonsense; the texts are all there.
    data = bytearray(encode_png(motif, text={"toile:row": ROW}))
    at = data.index(b"IDAT") + 4
    data[at : at + 200] = b"\xaa" * 200
    assert read_png_text(bytes(data)) == {"toile:row": ROW}


def test_a_picture_without_texts_has_none(motif):
    assert read_png_text(encode_png(motif)) == {}


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


BAD_TEXTS = {
    "a bomb": (chunk(b"zTXt", b"k\0\0" + zlib.compress(b"x" * 10_000_000)), "text_too_long"),
    "an open end": (chunk(b"zTXt", b"k\0\0" + zlib.compress(b"xyz" * 99)[:-6]), "corrupt"),
    "no zlib": (chunk(b"zTXt", b"k\0\0abcdef"), "corrupt"),
    "no keyword": (chunk(b"tEXt", b"text without a keyword"), "corrupt"),
    "no UTF-8": (chunk(b"iTXt", b"k\0\0\0\0\0\xff\xfe"), "corrupt"),
    "a wrong checksum": (chunk(b"tEXt", b"k\0text")[:-1] + b"\xff", "corrupt"),
}


@pytest.mark.parametrize("what", BAD_TEXTS)
def test_a_damaged_text_is_refused(motif, what):
    data, (text, code) = encode_png(motif), BAD_TEXTS[what]
    with pytest.raises(ImageRefused) as caught:
        read_png_text(data[:33] + text + data[33:])
    assert caught.value.code == code


def test_a_cut_file_has_no_texts_to_trust(motif):
    data = encode_png(motif, text={"toile:row": ROW})
    for end in (len(data) - 1, len(data) - 12, len(data) // 2, 40, 8):
        with pytest.raises(ImageRefused) as caught:
            read_png_text(data[:end])
        assert caught.value.code == "truncated"
    with pytest.raises(ImageRefused) as caught:
        read_png_text(b"\xff\xd8\xff" + data)
    assert caught.value.code == "not_an_image"


@pytest.mark.parametrize("keyword", ["", "x" * 80, "花", " padded", "line\nbreak"])
def test_a_keyword_that_png_cannot_hold_is_an_error(motif, keyword):
    with pytest.raises(ValueError, match="keyword"):
        encode_png(motif, text={keyword: "text"})


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)]
)
def test_only_colour_pictures_of_eight_bits_are_written(array):
    for write in (encode_png, encode_thumb):
        with pytest.raises(ValueError, match="uint8"):
            write(array)


def test_a_thumbnail_is_lossless_and_keeps_the_aspect(motif):
    # 40 × 60 fits into 320 px, so every pixel stays.
    thumb = encode_thumb(motif)
    assert thumb[8:12] == b"WEBP"
    assert np.array_equal(decode(thumb, name="thumb").rgb, motif)
    assert decode(encode_thumb(motif, long_side_px=30), name="thumb").rgb.shape == (20, 30, 3)
    with Image.open(io.BytesIO(encode_thumb(motif[:1], long_side_px=7))) as sliver:
        assert sliver.size == (7, 1)


def test_a_thumbnail_shows_the_mean_colour_of_its_picture(motif):
    large = np.kron(motif, np.ones((8, 8, 1), np.uint8))
    small = decode(encode_thumb(large, long_side_px=60), name="thumb").rgb
    assert np.abs(small.mean((0, 1)) - large.mean((0, 1))).max() < 1
