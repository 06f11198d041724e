"""What is refused, with which code, and that the sentence names the file and the remedy."""

import pickle
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from nst_core.codec import DecodeLimits, decode
from nst_core.errors import ImageRefused


def refusal_of(data: bytes, **options) -> ImageRefused:
    with pytest.raises(ImageRefused) as caught:
        decode(data, name="content/tee.jpg", **options)
    return caught.value


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, pixels: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


FOREIGN = {
    "empty": (b"", "empty_file"),
    "text": (b"Hello, this is no image.\n" * 20, "not_an_image"),
    "web page": (b"<!DOCTYPE html>\n<html><body>404 not found</body></html>", "not_an_image"),
    "noise": (bytes(range(1, 255)) * 4, "not_an_image"),
    "svg": (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
    "heif": (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + b"\0" * 64, "unsupported_format"),
    "icon": (b"\0\0\x01\0\x01\0" + b"\0" * 64, "unsupported_format"),
    "photoshop": (b"8BPS\0\x01" + b"\0" * 64, "unsupported_format"),
    "pdf": (b"%PDF-1.7\n", "unsupported_format"),
    "jpeg xl": (b"\xff\x0a" + b"\0" * 64, "unsupported_format"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0" * 64, "unsupported_format"),
    "bigtiff": (b"II+\0\x08\0\0\0" + b"\0" * 64, "unsupported_format"),
    "zip": (b"PK\x03\x04" + b"\0" * 64, "unsupported_format"),
    "only a signature": (b"\x89PNG\r\n\x1a\n", "truncated"),
    "only a magic": (b"GIF89a", "truncated"),
    "only a tiff header": (b"II*\0\x08\0\0\0", "truncated"),
    "only a soi": (b"\xff\xd8\xff", "truncated"),
    "only a riff": (b"RIFF\x10\0\0\0WEBP", "truncated"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_picture_is_refused_with_a_remedy(what):
    data, code = FOREIGN[what]
    refusal = refusal_of(data)
    assert refusal.code == code
    assert refusal.name == "content/tee.jpg"
    message, _, remedy = str(refusal).partition("; ")
    assert message.startswith("content/tee.jpg: ")
    assert remedy


def test_a_bomb_is_refused_by_what_it_declares():
    # 45 bytes of pixels stand for 1.6 gigapixels.
    refusal = refusal_of(png(40_000, 40_000, depth=1, colour=0, pixels=zlib.compress(b"\0" * 5000)))
    assert refusal.code == "too_many_pixels"
    assert "40000 × 40000" in str(refusal)


def test_a_webp_is_refused_before_its_canvas_is_made():
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (16_000).to_bytes(3, "little") * 2
    assert (
        refusal_of(b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas).code == "too_many_pixels"
    )


def test_an_elongated_bmp_header_is_judged_by_its_absolute_height():
    # Rows from the top are written as a negative height.
    header = b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 20, -4000, 1, 24, 0, 0, 0, 0, 0, 0)
    assert refusal_of(header).code == "too_elongated"


@pytest.mark.parametrize(
    ("shape", "code"),
    [((1, 1), "too_small"), ((15, 200), "too_small"), ((16, 257), "too_elongated"), ((16, 256), None)],
)
def test_the_smallest_side_and_the_longest_aspect(save, shape, code):
    data = save(np.full((*shape, 3), 9, np.uint8), "PNG")
    if code is None:
        assert decode(data, name="ribbon").rgb.shape == (*shape, 3)
    else:
        assert refusal_of(data).code == code


def test_limits_can_be_narrowed(motif, save):
    data = save(motif, "PNG")
    assert refusal_of(data, limits=DecodeLimits(max_pixels=2399)).code == "too_many_pixels"
    assert refusal_of(data, limits=DecodeLimits(max_bytes=100)).code == "too_many_bytes"
    assert decode(data, name="motif", limits=DecodeLimits(max_pixels=2400)).rgb.shape == (40, 60, 3)


def test_a_jpeg_of_a_thousand_scans_is_refused(motif, save):
    data = save(motif, "JPEG", progressive=True)
    scans = data.count(b"\xff\xda")
    assert scans > 5
    limits = DecodeLimits(max_scan_pixels=scans * 2400)
    assert decode(data, name="motif", limits=limits).format == "jpeg"
    last = data.rindex(b"\xff\xda")
    again = data[:-2] + data[last:-2] * 1000 + data[-2:]
    assert refusal_of(again, limits=limits).code == "too_many_scans"


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "AVIF"])
def test_an_animation_is_refused_and_its_single_frame_is_not(motif, save, kind):
    frames = [Image.fromarray(np.roll(motif, shift, axis=1)) for shift in (0, 9, 18)]
    moving = save(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert refusal_of(moving).code == "animated"
    still = save(frames[0], kind, save_all=True)
    assert decode(still, name="still").rgb.shape == motif.shape


def test_a_tiff_of_two_pages_is_refused(motif, save):
    data = save(motif, "TIFF", save_all=True, append_images=[Image.fromarray(255 - motif)])
    refusal = refusal_of(data)
    assert refusal.code == "multi_page"
    assert "2 pages" in str(refusal)


def test_a_tiff_that_holds_only_a_preview_is_refused_as_camera_raw(motif, save):
    data = save(motif, "TIFF", tiffinfo={254: 1})
    refusal = refusal_of(data)
    assert refusal.code == "unsupported_format"
    assert "raw" in str(refusal)


def test_a_tiff_whose_pages_run_in_a_circle_is_refused(motif, save):
    data = bytearray(save(motif, "TIFF"))
    (start,) = struct.unpack_from("<I", data, 4)
    (tags,) = struct.unpack_from("<H", data, start)
    struct.pack_into("<I", data, start + 2 + 12 * tags, start)
    assert refusal_of(bytes(data)).code == "corrupt"


def test_floating_point_samples_are_refused(save):
    refusal = refusal_of(save(Image.fromarray(np.ones((20, 20), np.float32)), "TIFF"))
    assert refusal.code == "unsupported_format"
    assert "8 or 16 bits" in str(refusal)


def test_a_picture_without_a_visible_pixel_is_refused(save):
    assert refusal_of(save(Image.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG")).code == "transparent"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "GIF", "BMP"])
def test_half_a_file_is_refused(motif, save, kind):
    data = save(motif, kind)
    refusal = refusal_of(data[: len(data) // 2])
    assert refusal.code in ("truncated", "corrupt")


def test_a_cut_png_says_how_much_is_there():
    rows = zlib.compress(np.random.default_rng(0).bytes(301 * 100), 0)
    data = png(100, 100, pixels=rows)
    refusal = refusal_of(data[:18_000])
    assert refusal.code == "truncated"
    assert "after 18 of 30 kB" in str(refusal)


def test_a_flipped_bit_in_a_png_is_noticed(motif, save):
    data = bytearray(save(motif, "PNG"))
    data[data.index(b"IDAT") + 40] ^= 1
    refusal = refusal_of(bytes(data))
    assert refusal.code == "corrupt"
    assert "IDAT" in str(refusal)


def test_metadata_cannot_hurt(motif, save):
    # A text that unpacks to 100 MB, a broken time, EXIF full of nonsense: none of it is needed.
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 100_000_000, 9))
    nonsense = bomb + chunk(b"tIME", b"?") + chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff") + chunk(b"acTL", b"")
    data = save(motif, "PNG")
    assert np.array_equal(decode(data[:33] + nonsense + data[33:], name="odd").rgb, motif)


def test_broken_exif_in_a_jpeg_makes_no_warning(motif, save, recwarn):
    # A tag that points beyond the end makes other readers of EXIF warn.
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\xff\xff\0\0\xff\xff\0\0\0\0\0\0"
    picture = decode(save(motif, "JPEG", exif=exif), name="odd")
    assert picture.rgb.shape == motif.shape
    assert not recwarn.list


def test_a_refusal_survives_the_way_between_processes():
    refusal = refusal_of(b"")
    again = pickle.loads(pickle.dumps(refusal))
    assert (str(again), again.code, again.name) == (str(refusal), "empty_file", "content/tee.jpg")


def test_the_process_wide_settings_of_pillow_stay_as_they_are(motif, save):
    from PIL import ImageFile

    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    decode(save(motif, "PNG"), name="motif")
    refusal_of(png(40_000, 40_000))
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
