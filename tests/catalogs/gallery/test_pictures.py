"""Small pictures of garments, textiles and designs, whatever lies in a catalog."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from catalogs.gallery.errors import PictureRefused
from catalogs.gallery.house import House
from catalogs.gallery.pictures.decoding import Room, small_webp
from catalogs.gallery.pictures.shelf import Shelf
from catalogs.gallery.web.app import create_app
from catalogs.storage import Storage
from tests.catalogs.gallery.people import passer_by
from tests.catalogs.gallery.rack import a_design, publish_rows

REFUSED = [
    *("bad_iccp.png", "bomb_17000x17000.avif", "bomb_40000x40000.png", "bomb_dims.gif", "animated.apng"),
    *("animated.webp", "tall.webp", "html_named.jpg", "text_named.png", "zero_byte.jpg"),
    *("zero_byte.png", "truncated.jpg", "truncated2_a98.jpg", "photo.heif", "invisible.ico"),
    "unknown_compression.png",
]
SHOWN = [
    *("12000x8000.jpg", "1x1.jpg", "1x2000.png", "alpha.avif", "12000x8000_gray.png", "cmyk.jpg"),
    *("cmyk_strip.tif", "exif_rot6.jpg", "exif_rot8.webp", "gray16.png", "gray16_noise.tif"),
    *("gray_alpha.png", "gray_alpha16.png", "icc_adobe1998.jpg", "icc_xyb.jpg"),
    *("icc_big_multi_app2.jpg", "invalid_exif.jpg", "lab.tif", "mpo_two_frames.jpg", "p3_12mp.avif"),
    *("palette_trns.png", "rgba16.png", "palette_trns2.png", "rgb16.png"),
]


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"]).convert("RGB")


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_still_picture_of_a_sane_size_is_refused(data_dir: Path, name: str):
    with pytest.raises(PictureRefused):
        small_webp((data_dir / "hostile" / name).read_bytes(), 512)


@pytest.mark.parametrize("name", SHOWN)
def test_what_the_engine_paints_from_is_shown(data_dir: Path, name: str):
    assert max(decoded(small_webp((data_dir / "hostile" / name).read_bytes(), 256)).size) <= 256


def test_no_file_takes_more_than_200_mb(data_dir: Path):
    # in a process of its own: the peak of this one is that of all tests before
    code = """if True:
        import resource, sys
        from pathlib import Path
        from catalogs.gallery.errors import PictureRefused
        from catalogs.gallery.pictures.decoding import small_webp
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for file in sorted(Path(sys.argv[1]).iterdir()):
            try:
                small_webp(file.read_bytes(), 512)
            except PictureRefused:
                pass
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    ran = subprocess.run(
        [sys.executable, "-c", code, str(data_dir / "hostile")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert int(ran.stdout) < 205 * 1024


def test_a_picture_is_made_small_and_never_larger():
    assert decoded(small_webp(encoded(Image.new("RGB", (400, 100))), 100)).size == (100, 25)
    assert decoded(small_webp(encoded(Image.new("RGB", (40, 10))), 100)).size == (40, 10)


def test_a_phones_picture_stands_upright_and_what_is_transparent_lies_on_white():
    exif = Image.new("RGB", (1, 1)).getexif()
    exif[0x0112] = 6  # turned a quarter
    turned = encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif)
    assert decoded(small_webp(turned, 64)).size == (20, 40)
    clear = encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0)))
    assert decoded(small_webp(clear, 8)).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("text", [b"<svg onload=alert(1)>", b"<?xml version='1.0'?><svg/>", b"%PDF-1.4"])
def test_drawings_and_pages_are_no_pictures(text: bytes):
    with pytest.raises(PictureRefused):
        small_webp(text, 512)


def test_a_picture_that_ends_too_soon_is_refused():
    whole = encoded(Image.effect_noise((64, 64), 50))
    with pytest.raises(PictureRefused, match="damaged"):
        small_webp(whole[: len(whole) // 2], 64)


def test_the_shelf_makes_each_once_and_holds_no_more_than_it_may():
    shelf = Shelf(3000)
    made: list[str] = []

    def make(name: str) -> bytes:
        made.append(name)
        return bytes(1000)

    def bad() -> bytes:
        made.append("bad")
        raise PictureRefused("it is an animation")

    threads = [threading.Thread(target=shelf.get, args=("a", lambda: make("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["a"]
    for _ in range(2):
        with pytest.raises(PictureRefused):
            shelf.get("bad", bad)
    assert made == ["a", "bad"]
    # 1,200 bytes each and 400 for the refusal: the third picture pushes the first one out
    shelf.get("b", lambda: make("b"))
    shelf.get("c", lambda: make("c"))
    shelf.get("b", lambda: make("b"))
    shelf.get("a", lambda: make("a"))
    assert made == ["a", "bad", "b", "c", "a"]


def test_what_did_not_answer_is_asked_again():
    shelf = Shelf(1000)

    def silent() -> bytes:
        raise OSError("the bucket does not answer")

    with pytest.raises(OSError, match="answer"):
        shelf.get("a", silent)
    assert shelf.get("a", lambda: b"there") == b"there"


def test_those_who_need_more_room_than_is_free_wait():
    room = Room(100)
    order: list[str] = []
    held, done = threading.Event(), threading.Event()

    def second() -> None:
        held.set()
        with room.taken(1000):  # all there is, and no more
            order.append("second")
        done.set()

    with room.taken(60):
        thread = threading.Thread(target=second)
        thread.start()
        held.wait()
        order.append("first")
    thread.join()
    assert done.is_set()
    assert order == ["first", "second"]


GARMENT = encoded(Image.new("RGB", (300, 600), (200, 40, 40)))
TEXTILE = encoded(Image.new("RGB", (900, 900), (40, 40, 200)))


@pytest.fixture
def shop(bucket: Storage, house: House):
    """Two designs on one garment, a tile without a garment, one on a photo that was replaced since."""

    def of(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()

    made_of = {"content_sha256": of(GARMENT), "style_sha256": of(TEXTILE), "style_key": "style/style-0.png"}
    rows = [
        a_design(0) | made_of,
        a_design(4, **made_of, content_key="content/garment-0.png"),
        a_design(1, **made_of, content_id=None, content_key=None) | {"content_sha256": None},
        a_design(2, **made_of),
    ]
    publish_rows(bucket, rows)
    bucket.write_atomic("content/garment-0.png", GARMENT)
    bucket.write_atomic("content/garment-2.png", TEXTILE)
    bucket.write_atomic("style/style-0.png", TEXTILE)
    bucket.write_atomic(rows[0]["image_key"], encoded(Image.new("RGB", (1200, 1600))))
    with passer_by(create_app(house)) as client:
        yield client


def test_a_design_shows_what_it_was_made_of(shop: TestClient):
    one = a_design(0)["design_id"]
    answer = shop.get(f"/garments/{one}")
    assert answer.headers["content-type"] == "image/webp"
    assert decoded(answer.content).size == (256, 512)
    assert decoded(shop.get(f"/styles/{one}?size=256").content).size == (256, 256)
    assert decoded(shop.get(f"/images/{one}?size=512").content).size == (384, 512)
    assert shop.get(f"/images/{one}").headers["content-type"] == "image/png"
    tag = answer.headers["etag"]
    assert "immutable" in answer.headers["cache-control"]
    assert shop.get(f"/garments/{one}", headers={"If-None-Match": tag}).status_code == 304


def test_designs_on_one_garment_read_it_once(shop: TestClient, bucket: Storage):
    first = shop.get(f"/garments/{a_design(0)['design_id']}")
    bucket.delete("content/garment-0.png")
    second = shop.get(f"/garments/{a_design(4)['design_id']}")
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


def test_what_is_not_there_is_a_404_in_words(shop: TestClient):
    assert "without one" in shop.get(f"/garments/{a_design(1)['design_id']}").text
    assert "replaced since" in shop.get(f"/garments/{a_design(2)['design_id']}").text
    for address in (
        f"/garments/{a_design(1)['design_id']}",
        f"/garments/{a_design(2)['design_id']}",
        f"/garments/{'0' * 32}",
        f"/images/{a_design(4)['design_id']}?size=256",
        f"/images/{a_design(4)['design_id']}",
        "/styles/..%2F..%2Fetc%2Fpasswd",
    ):
        assert shop.get(address).status_code == 404, address
    assert shop.get(f"/garments/{a_design(0)['design_id']}?size=9000").status_code == 422
