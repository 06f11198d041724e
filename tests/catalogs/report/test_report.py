"""The report page: self-contained, bounded, and never ruled by what catalogs say."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pytest
from PIL import Image

from catalogs.errors import NotFound, StorageUnavailable
from catalogs.report import writing
from catalogs.report.writing import write_report
from catalogs.storage import open_storage
from configs.storage import StorageConfig
from tests.catalogs.report.night import BATCH, failed, ok, png, skipped, tile, waves, write_night


@pytest.fixture
def storage(tmp_path):
    return open_storage(StorageConfig(root=str(tmp_path)))


class Page(HTMLParser):
    """A page taken apart: its tags with attributes, and the text of each kind of tag."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.texts = [], [], {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(parts) for tag, parts in self.texts.items() if tag != "style")


def report(storage, rows, **options):
    write_night(storage, rows)
    keys = write_report(storage, BATCH, **options)
    html = storage.read(keys.page).decode()
    return html, Page(html)


def test_the_page_shows_photograph_textile_and_design_side_by_side(storage):
    _, page = report(storage, [ok(1), ok(2)])
    assert len(page.all("figure")) == 2
    alts = [image["alt"] for image in page.all("img")]
    assert alts[:3] == ["photograph: Tee 1", "textile: Ikat 1", "design: Tee 1 in Ikat 1"]
    assert page.open == []


def test_the_page_asks_nobody_for_anything(storage):
    html, page = report(storage, [ok(1), failed(2, "truncated", "cut short")])
    assert all(image["src"].startswith("data:image/webp;base64,") for image in page.all("img"))
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert all(link["href"].startswith(("../", "#", "contact_sheet.png")) for link in page.all("a"))
    assert "http:" not in html
    assert "https:" not in html
    [policy] = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; img-src data:")
    assert "@import" not in html
    assert "url(" not in html


def test_a_link_leads_from_the_page_to_the_design(storage, tmp_path):
    _, page = report(storage, [ok(1)])
    [target] = {link["href"] for link in page.all("a") if "designs/" in link["href"]}
    assert (tmp_path / "reports" / BATCH / target).resolve() == tmp_path / ok(1)["image_key"]


EVIL = """"><script>alert(1)</script><img src=x onerror=alert(1)>' onmouseover='x' \u202e{{7*7}} &lt;b&gt;"""


def test_no_text_of_a_catalog_becomes_markup(storage):
    columns = (
        "content_title", "style_title", "credit", "content_source", "style_source", "content_licence",
        "style_licence", "content_attribution_line", "style_attribution_line", "recipe", "device",
        "engine_version", "content_id", "style_id",
    )  # fmt: skip
    rows = [
        ok(1, flags=[EVIL], **dict.fromkeys(columns, EVIL)),
        failed(2, EVIL, EVIL),
        skipped(3, EVIL, EVIL),
    ]
    html, page = report(storage, rows)
    assert "<script" not in html
    assert {name for _, attributes in page.tags for name in attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "id", "class", "href", "src", "width", "height",
        "alt", "loading", "decoding", "x", "y", "role", "aria-label",
    }  # fmt: skip
    assert "\u202e" not in html
    assert page.open == []


def test_a_page_can_always_be_encoded(storage):
    html, _ = report(storage, [ok(1, content_title="着物 👘 " * 90, style_title="Łódź")])
    assert "着物" in html
    assert "…" in html


def test_a_night_in_which_nothing_succeeded_says_why(storage):
    rows = [failed(n, "truncated", "tee.jpg: the file ends after 18 of 240 kB") for n in range(3)]
    _, page = report(storage, [*rows, failed(9, "missing", "the design was not reached")])
    assert "No design of this batch was finished" in page.text
    assert "Not published" in page.text
    assert not page.all("img")
    assert "Export the image again" in page.text
    assert page.texts["h3"] == ["3 × ", "1 × "]


def test_an_empty_manifest_has_a_page_too(storage):
    _, page = report(storage, [])
    assert "No design of this batch was finished" in page.text


def test_failures_are_grouped_with_reasons_counts_and_remedies(storage):
    rows = [failed(n, "out_of_memory", f"needs {n} GB") for n in range(10)]
    _, page = report(
        storage, [ok(50), *rows, failed(20, "odd", "an odd thing"), skipped(30, "max_designs", "over")]
    )
    assert "Paint at a smaller size" in page.text
    assert "and 6 other reasons" in page.text
    assert "Raise max_designs" in page.text
    assert page.texts["h3"] == ["10 × ", "1 × ", "1 × "]


def test_failed_designs_without_scores_and_flagged_ones_are_shown(storage):
    bare = dict.fromkeys(("motif", "relief", "speckle", "gmd", "gmd_heldout", "ssim", "tv"))
    _, page = report(storage, [ok(1, flags=["unmasked"]), ok(2, flags=None, **bare)])
    assert len(page.all("figure")) == 2
    assert "unmasked" in page.text
    assert "–" in page.text


def test_few_designs_are_all_shown_and_of_many_the_best_and_the_worst(storage):
    rows = [ok(n, motif=0.38 + n / 100) for n in range(12)]
    _, page = report(storage, rows, best=10, worst=5)
    assert len(page.all("figure")) == 12
    _, page = report(storage, rows, best=4, worst=3)
    assert len(page.all("figure")) == 7
    assert page.texts["h2"][:2] == ["Best", "Worst"]


def test_best_and_worst_are_by_rank(storage):
    rows = [ok(n, content_title=f"Garment {n}", motif=0.38 + n / 100) for n in range(12)]
    _, page = report(storage, rows, best=2, worst=2)
    named = [image["alt"].split()[-1] for image in page.all("img") if image["alt"].startswith("photograph")]
    assert named == ["11", "10", "0", "1"]


def test_pictures_that_are_gone_or_broken_leave_words(storage):
    rows = [ok(1), ok(2)]
    write_night(storage, rows)
    storage.delete(ok(1)["thumb_key"])
    storage.write_atomic(ok(2)["content_key"], b"not a picture")
    page = Page(storage.read(write_report(storage, BATCH).page).decode())
    assert len(page.all("img")) == 4
    assert "design: Tee 1 in Ikat 1: no picture" in page.text


def test_a_large_night_makes_a_bounded_page(storage, monkeypatch):
    monkeypatch.setattr(writing, "LISTED", 50)
    noisy = io.BytesIO()
    Image.effect_noise((160, 160), 90).convert("RGB").save(noisy, "PNG")
    rows = [ok(n, motif=0.38 + n / 10_000) for n in range(1500)]
    write_night(storage, rows, pictures=False)
    reads = []

    class Counting:
        root = storage.root
        write_atomic = staticmethod(storage.write_atomic)
        delete = staticmethod(storage.delete)

        @staticmethod
        def read(key):
            reads.append(key)
            return noisy.getvalue() if key.endswith((".png", ".webp")) else storage.read(key)

    monkeypatch.setattr(writing, "MAX_PICTURE_BYTES", 150_000)
    page = Page(storage.read(write_report(Counting(), BATCH).page).decode())
    # 60 best and 20 worst designs, of 3 garments in 5 textiles, each read once.
    assert len([key for key in reads if key.startswith(("thumbs/", "designs/"))]) == 80
    assert len(reads) <= 80 + 3 + 5 + 3
    assert len(page.all("figure")) == 80
    assert 0 < sum(len(image["src"]) for image in page.all("img")) <= 150_000
    assert "The first 50 of 1,500 designs" in page.text


def test_the_page_says_what_may_be_done_with_the_images(storage):
    _, page = report(storage, [ok(1), ok(2), ok(3, credit="Mill & Sons", style_licence="proprietary:mill-7")])
    assert "Mill & Sons" in page.text
    assert "proprietary:mill-7" in page.text
    assert "CC-BY-4.0" in page.text


def test_the_page_says_who_must_be_named_beside_a_design(storage):
    said = "“Ikat” by A. Weaver (archive), CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/, adapted"
    _, page = report(storage, [ok(1, style_attribution_line=said), ok(2, style_attribution_line=said)])
    assert said in page.text
    _, page = report(storage, [ok(1)])
    assert "to be named" not in page.text


def test_the_page_says_how_to_run_it_again(storage):
    _, page = report(storage, [ok(1), failed(2, "missing", "not reached")])
    assert f"toile retry {BATCH} --root {storage.root}" in page.texts["pre"]


def test_a_root_with_spaces_is_quoted_for_the_shell(tmp_path):
    storage = open_storage(StorageConfig(root=str(tmp_path / "our bucket")))
    _, page = report(storage, [ok(1)])
    assert f"toile retry {BATCH} --root '{storage.root}'" in page.texts["pre"]


def test_a_published_night_says_when(storage):
    storage.write_atomic(
        f"batches/{BATCH}/summary.json", b'{"published_at_utc": "2026-11-21T04:10:09+00:00"}'
    )
    _, page = report(storage, [ok(1)])
    assert "Published 2026-11-21 04:10 UTC." in page.text
    assert f"../../manifests/{BATCH}.parquet" in [link["href"] for link in page.all("a")]


def test_the_same_night_gives_the_same_report(storage):
    first, _ = report(storage, [ok(1), failed(2, "missing", "not reached")])
    keys = write_report(storage, BATCH)
    assert storage.read(keys.page).decode() == first
    with Image.open(io.BytesIO(storage.read(keys.contact_sheet))) as sheet:
        assert sheet.format == "PNG"


def test_a_batch_without_a_manifest_has_no_report(storage):
    with pytest.raises(NotFound):
        write_report(storage, BATCH)


def test_a_bucket_that_dies_leaves_the_old_report(storage, monkeypatch):
    before, _ = report(storage, [ok(1)])
    read = storage.read

    def dying(key):
        if key.startswith("thumbs/"):
            raise StorageUnavailable("the bucket does not answer", key=key)
        return read(key)

    monkeypatch.setattr(storage, "read", dying)
    with pytest.raises(StorageUnavailable):
        write_report(storage, BATCH)
    assert read(f"reports/{BATCH}/index.html").decode() == before


def test_the_full_picture_stands_in_for_a_missing_thumbnail_key(storage):
    row = ok(1, thumb_key=None)
    write_night(storage, [row])
    storage.write_atomic(row["image_key"], png())
    page = Page(storage.read(write_report(storage, BATCH).page).decode())
    assert len(page.all("img")) == 3


def test_garments_and_new_cloth_stand_apart_each_with_its_own_scores(storage):
    _, page = report(storage, [ok(1), tile(2), ok(3), tile(4, legibility=0.2)])
    assert page.texts["h2"][:4] == [
        "Garments, best first", "New cloth, best first", "Scores of garments", "Scores of new cloth",
    ]  # fmt: skip
    drawn = [image["alt"] for image in page.all("img")]
    assert drawn[6:9] == ["textile: Ikat 2", "motif: Waves", "new cloth: Ikat 2 × Waves, fill, half-drop"]
    assert drawn[9] == "textile: Ikat 4"
    assert page.texts["summary"] == ["2 designs", "2 tiles of new cloth"]
    assert "of fill, palette" in page.text
    assert "of applique, residual" not in page.text


def test_a_night_of_yardage_alone_speaks_of_no_garment(storage):
    _, page = report(storage, [tile(n, legibility=n / 20) for n in range(12)], best=4, worst=3)
    assert page.texts["h2"][:3] == ["New cloth: best", "New cloth: worst", "Scores of new cloth"]
    assert "photograph" not in page.text.lower()
    assert not [image for image in page.all("img") if "photograph" in image["alt"]]
    assert "garment" not in page.texts["td"]
    named = [image["alt"] for image in page.all("img") if image["alt"].startswith("new cloth")]
    assert len(named) == 7


def test_repeats_of_one_night_are_compared_by_their_joins(storage):
    drops = [tile(n, seam=0.9 + n / 10, flags=["seam"] if n == 3 else []) for n in range(1, 4)]
    _, page = report(storage, [*drops, tile(4, repeat="mirror", seam=1.0)])
    # seams 1, 1.1 and 1.2 of the half-drop, of which one shows
    assert "half-drop 3 1.10 1.01 – 1.19 1" in page.text
    assert "mirror 1 1.00 1.00 – 1.00 0" in page.text
    _, alone = report(storage, drops)
    assert "join shows" not in alone.text


def test_a_tile_without_a_motif_leaves_the_lower_place_free(storage):
    alone = tile(1, maker="requilt", style_title="Ikat 1", further_styles=None)
    _, page = report(storage, [alone])
    assert [image["alt"].split(":")[0] for image in page.all("img")] == ["textile", "new cloth"]
    assert [place for place in page.all("div") if place.get("class") == "none"]


def test_textiles_that_do_not_suit_a_maker_are_a_table_and_no_failures(storage):
    def left_out(number, code, **cells):
        made = {"maker": "fill", "repeat": "straight", "content_id": None, "content_title": None}
        return skipped(number, code, f"the reason of {code}") | made | cells

    joined = {"style_title": "Silk + Waves", "further_styles": [waves()]}
    rows = [
        *(left_out(n, "no_two_classes", **joined) for n in range(10, 13)),
        left_out(20, "no_two_windows", **joined),
        left_out(21, "motifs_touch", style_title="Checks", maker="toss"),
        skipped(30, "max_designs", "over"),
    ]
    _, page = report(storage, [tile(1), *rows])
    assert "Textiles that do not suit a maker" in page.texts["h2"]
    # caption; windows are the textile's, classes the motif's; the last is of the table of designs
    assert [name for name in page.texts["bdi"] if name in ("Silk", "Waves", "Checks")] == [
        "Waves", "Silk", "Waves", "Checks", "Waves",
    ]  # fmt: skip
    assert "the reason of no_two_classes" in page.text
    assert page.texts["h3"] == ["1 × "]
