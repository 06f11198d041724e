"""The demo catalog: complete, valid, the same again, and never over anybody's own files."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PIL import Image

from catalogs.catalog import load_catalog
from catalogs.demo import DemoRefused, draw_demo, drawing
from catalogs.demo.wardrobe import GARMENTS, PAIRS, TEXTILES
from catalogs.storage import open_storage
from configs.storage import StorageConfig

SMALL_PX = 160


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A demo drawn once, small, and its summary."""
    storage = open_storage(StorageConfig(root=str(tmp_path_factory.mktemp("demo"))))
    return storage, draw_demo(storage, long_side_px=SMALL_PX)


@pytest.fixture
def few(monkeypatch):
    """Only one garment and one textile, for tests that draw again."""
    monkeypatch.setattr(drawing, "GARMENTS", GARMENTS[:1])
    monkeypatch.setattr(drawing, "TEXTILES", TEXTILES[-1:])
    monkeypatch.setattr(drawing, "PAIRS", ((GARMENTS[0].content_id, (TEXTILES[-1].style_id,)),))


@pytest.fixture
def empty(tmp_path):
    return open_storage(StorageConfig(root=str(tmp_path)))


def picture(storage, key):
    with Image.open(io.BytesIO(storage.read(key))) as image:
        return np.asarray(image)


def table(storage, key):
    return list(csv.DictReader(io.StringIO(storage.read(key).decode())))


def test_both_catalogs_are_valid_and_list_only_what_is_there(drawn):
    storage, summary = drawn
    content, style = load_catalog(storage, "content"), load_catalog(storage, "style")
    assert content.problems == ()
    assert style.problems == ()
    assert (len(content.rows), len(style.rows)) == (summary.garments, summary.textiles)
    assert len(content.rows) >= 6
    assert {"stripe", "ikat", "floral", "check"} <= set(style.rows["kind"])
    assert (content.rows["mask_key"] != "").all()


def test_a_mask_covers_a_garment_that_touches_no_border(drawn):
    storage, _ = drawn
    for row in table(storage, "content/catalog.csv"):
        photo, mask = (picture(storage, f"content/{row[name]}") for name in ("image", "mask"))
        assert mask.shape == photo.shape[:2]
        assert max(mask.shape) == SMALL_PX
        assert 0.3 < (mask > 127).mean() < 0.65, row["content_id"]
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
        assert border.max() == 0, row["content_id"]
        # Antialiased: between all and nothing only along the edge.
        assert 0.002 < ((mask > 0) & (mask < 255)).mean() < 0.12


def test_the_mask_lies_where_the_garment_lies(drawn):
    # The picture changes most along the garment's edge: a mask four pixels beside it follows weaker changes.
    storage, _ = drawn
    for row in table(storage, "content/catalog.csv"):
        photo = picture(storage, f"content/{row['image']}").astype(float)
        mask = picture(storage, f"content/{row['mask']}").astype(float)
        change = sum(np.abs(np.gradient(photo, axis=axis)).sum(axis=2) for axis in (0, 1))
        edge = sum(np.abs(np.gradient(mask, axis=axis)) for axis in (0, 1))
        along = (change * edge).sum()
        for axis in (0, 1):
            for by in (-4, 4):
                beside = (change * np.roll(edge, by, axis)).sum()
                assert along > 1.2 * beside, (row["content_id"], axis, by)


def test_garments_are_mid_light_and_their_folds_show(drawn):
    # Shading is read relative to the garment's median: cloth near black or white would have none.
    storage, _ = drawn
    for row in table(storage, "content/catalog.csv"):
        photo = picture(storage, f"content/{row['image']}").astype(float) / 255
        luma = (photo @ [0.299, 0.587, 0.114])[picture(storage, f"content/{row['mask']}") == 255]
        assert 0.42 < np.median(luma) < 0.85, row["content_id"]
        low, high = np.quantile(np.log(luma), [0.05, 0.95])
        assert high - low > 0.2, row["content_id"]


def test_every_textile_closes_on_itself(drawn):
    # The step over the join is no larger than the steps between neighbouring rows and columns inside.
    storage, _ = drawn
    for row in table(storage, "style/catalog.csv"):
        tile = picture(storage, f"style/{row['image']}").astype(float)
        for axis in (0, 1):
            steps = np.abs(tile - np.roll(tile, 1, axis)).mean(axis=(1 - axis, 2))
            assert steps[0] <= steps[1:].max(), (row["style_id"], axis)


def test_the_first_pairs_show_each_garment_and_each_textile_three_times(drawn):
    storage, summary = drawn
    pairs = table(storage, summary.pairs)
    assert len({(pair["content_id"], pair["style_id"]) for pair in pairs}) == 24
    contents, styles = ([pair[name] for pair in pairs] for name in ("content_id", "style_id"))
    assert {contents.count(one.content_id) for one in GARMENTS} == {3}
    assert {styles.count(one.style_id) for one in TEXTILES} == {3}
    assert sum(len(styles) for _, styles in PAIRS) == len(pairs)


def test_a_catalog_says_how_wide_a_photograph_really_is():
    for garment in GARMENTS:
        taken = garment.photograph(np.random.default_rng(0), 128)
        assert taken.width_mm == garment.width_mm


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(few, empty, tmp_path_factory):
    draw_demo(empty, long_side_px=SMALL_PX)
    first = {key.key: empty.read(key.key) for key in empty.list("")}
    other = open_storage(StorageConfig(root=str(tmp_path_factory.mktemp("other"))))
    draw_demo(other, long_side_px=SMALL_PX)
    assert {key.key: other.read(key.key) for key in other.list("")} == first
    draw_demo(other, long_side_px=SMALL_PX, seed=1)
    assert other.read("content/tee.png") != first["content/tee.png"]
    assert other.read("content/catalog.csv") == first["content/catalog.csv"]


def test_what_is_there_is_not_drawn_again(few, empty):
    summary = draw_demo(empty, long_side_px=SMALL_PX)
    assert summary.kept == ()
    before = {stat.key: stat.etag for stat in empty.list("")}
    empty.delete("content/masks/tee.png")
    seen = []
    again = draw_demo(empty, long_side_px=SMALL_PX, on_drawn=seen.append)
    # A photograph and its mask are drawn together.
    assert again.drawn == ("content/tee.png", "content/masks/tee.png") == tuple(seen)
    assert set(again.drawn) | set(again.kept) == set(before)
    assert draw_demo(empty, long_side_px=SMALL_PX).drawn == ()


def test_another_size_replaces_the_demos_own_pictures(few, empty):
    draw_demo(empty, long_side_px=SMALL_PX)
    summary = draw_demo(empty, long_side_px=128)
    assert "content/tee.png" in summary.drawn
    assert max(picture(empty, "content/tee.png").shape) == 128


def test_a_picture_of_somebody_else_is_never_drawn_over(few, empty):
    own = io.BytesIO()
    Image.new("RGB", (8, 8)).save(own, "PNG")
    empty.write_atomic("content/tee.png", own.getvalue())
    with pytest.raises(DemoRefused, match=r"content/tee\.png .* was not drawn by the demo"):
        draw_demo(empty, long_side_px=SMALL_PX)
    assert [stat.key for stat in empty.list("")] == ["content/tee.png"]


def test_a_retouched_picture_is_somebodys_work(few, empty):
    draw_demo(empty, long_side_px=SMALL_PX)
    with Image.open(io.BytesIO(empty.read("content/tee.png"))) as image:
        image.load()
        info = image.info
        image.putpixel((0, 0), (255, 0, 0))
    from PIL.PngImagePlugin import PngInfo

    kept, out = PngInfo(), io.BytesIO()
    kept.add_itxt("toile:demo", info["toile:demo"])
    image.save(out, "PNG", pnginfo=kept)
    empty.write_atomic("content/tee.png", out.getvalue())
    with pytest.raises(DemoRefused):
        draw_demo(empty, long_side_px=SMALL_PX)


@pytest.mark.parametrize("key", ["content/catalog.csv", "content/catalog.parquet", "style/catalog.csv"])
def test_another_catalog_is_never_written_over(few, empty, key):
    empty.write_atomic(key, b"content_id,image,source\ncoat,coat.png,own studio\n")
    with pytest.raises(DemoRefused, match="lists other pictures"):
        draw_demo(empty, long_side_px=SMALL_PX)
    assert [stat.key for stat in empty.list("")] == [key]


def test_a_catalog_with_rows_added_to_the_demos_is_left_alone(few, empty):
    draw_demo(empty, long_side_px=SMALL_PX)
    added = empty.read("content/catalog.csv") + b"coat,coat.png,,Coat,coat,aw27,,own,own studio\n"
    empty.write_atomic("content/catalog.csv", added)
    summary = draw_demo(empty, long_side_px=SMALL_PX)
    assert "content/catalog.csv" in summary.kept
    assert empty.read("content/catalog.csv") == added


@pytest.mark.parametrize("size_px", [0, 127, 2049])
def test_a_size_that_nobody_can_look_at_is_refused(empty, size_px):
    with pytest.raises(ValueError, match=f"long_side_px is 128 to 2048, got {size_px}"):
        draw_demo(empty, long_side_px=size_px)
