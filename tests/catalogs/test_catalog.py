from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.catalog import Catalog, load_catalog
from catalogs.csv_rows import parse_csv
from catalogs.errors import CatalogMissing
from catalogs.kinds import CONTENT, STYLE
from catalogs.raw import MAX_CELL_CHARS
from catalogs.refusals import CatalogUnreadable
from catalogs.storage import Storage
from tests.catalogs.wardrobe import as_csv, garment, picture, put_catalog, put_picture, textile

HEADER = ",".join(CONTENT.required)


def loaded(storage: Storage, *rows: dict) -> Catalog:
    put_catalog(storage, "content", rows)
    return load_catalog(storage, "content")


def problems_of(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [(problem.id, problem.column, problem.code) for problem in catalog.problems]


def with_csv(storage: Storage, data: bytes) -> Catalog:
    storage.write_atomic("content/catalog.csv", data)
    return load_catalog(storage, "content")


def test_three_broken_rows_of_ten_leave_seven(directory_storage: Storage):
    rows = [garment(f"g{number}") for number in range(10)]
    rows[2]["title"] = ""
    rows[5]["licence"] = "mine, I think"
    rows[7]["image"] = "nowhere.png"
    put_catalog(directory_storage, "content", rows)
    directory_storage.delete("content/nowhere.png")
    catalog = load_catalog(directory_storage, "content")
    assert catalog.rows["content_id"].tolist() == ["g0", "g1", "g3", "g4", "g6", "g8", "g9"]
    assert [(row.id, row.line, row.code) for row in catalog.broken] == [
        ("g2", 4, "title_missing"),
        ("g5", 7, "unknown_licence"),
        ("g7", 9, "file_missing"),
    ]


def test_all_problems_of_a_row_are_in_one_report(directory_storage: Storage):
    catalog = loaded(
        directory_storage,
        garment("a b", title="", licence="CC-BX-4.0", image="/etc/passwd", mask="../m.png", width_mm="-4"),
    )
    assert problems_of(catalog) == [
        ("a b", "content_id", "unsafe_id"),
        ("a b", "title", "title_missing"),
        ("a b", "licence", "unknown_licence"),
        ("a b", "width_mm", "bad_width"),
        ("a b", "image", "unsafe_path"),
        ("a b", "mask", "unsafe_path"),
    ]
    [row] = catalog.broken
    assert row.code == "unsafe_id"
    for said in ("'a-b'", "title is empty", "'CC-BY-4.0'", "above 0", "absolute", "'..'"):
        assert said in row.error


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/etc/passwd", "absolute"),
        ("~/tee.png", "absolute"),
        ("C:/tee.png", "absolute"),
        ("C:\\tee.png", "absolute"),
        ("\\\\server\\tee.png", "absolute"),
        ("../style/x.png", "leads out"),
        ("summer/../../x.png", "leads out"),
        ("summer\\tee.png", "backslash"),
        ("s3://other/tee.png", "address"),
        ("https://example.org/tee.png", "address"),
        ("summer//tee.png", "empty part"),
        ("./tee.png", "'.'"),
        ("tee\x07.png", "unprintable"),
        ("x" * 300 + ".png", "255"),
    ],
)
def test_a_path_stays_inside_the_catalogs_folder(directory_storage: Storage, path: str, said: str):
    data = as_csv([garment("a", image=path)], CONTENT.columns)
    [row] = with_csv(directory_storage, data).broken
    assert row.code == "unsafe_path"
    assert said in row.error


def test_a_missing_file_names_the_nearest(directory_storage: Storage):
    put_picture(directory_storage, "content/tee-white.jpg")
    data = as_csv([garment("a", image="tee-whit.jpg"), garment("b", image="Tee-White.jpg")], CONTENT.columns)
    catalog = with_csv(directory_storage, data)
    assert [row.code for row in catalog.broken] == ["file_missing"] * 2
    assert all("'tee-white.jpg'" in row.error for row in catalog.broken)


def test_after_twenty_missing_files_no_names_are_suggested(directory_storage: Storage):
    put_picture(directory_storage, "content/tee-00.jpg")
    rows = [garment(f"g{at}", image=f"tee-{at:02}.png") for at in range(30)]
    catalog = with_csv(directory_storage, as_csv(rows, CONTENT.columns))
    assert sum("nearest" in row.error for row in catalog.broken) == 20
    assert len(catalog.broken) == 30


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "empty_file", "0 bytes"),
        (b"<!DOCTYPE html><title>404</title>", "not_an_image", "HTML"),
        (b"just words", "not_an_image", "text"),
        (b"<svg xmlns='x'/>", "not_an_image", "SVG"),
        (b"version https://git-lfs.github.com/spec/v1\n", "not_an_image", "Git LFS pointer"),
        (b"\x00\x01\x02\x03\x04", "not_an_image", "00 01 02 03"),
    ],
)
def test_bytes_that_are_no_picture_break_the_row(
    directory_storage: Storage, data: bytes, code: str, said: str
):
    put_picture(directory_storage, "content/a.png", data)
    catalog = loaded(directory_storage, garment("a"), garment("b"))
    [row] = catalog.broken
    assert (row.id, row.code) == ("a", code)
    assert said in row.error
    assert catalog.rows["content_id"].tolist() == ["b"]


def test_a_broken_mask_breaks_its_row(directory_storage: Storage):
    put_picture(directory_storage, "content/m.png", b"")
    [row] = loaded(directory_storage, garment("a", mask="m.png"), garment("b")).broken
    assert (row.id, row.code) == ("a", "empty_file")


def test_hostile_files_become_rows_never_a_crash(directory_storage: Storage, data_dir: Path):
    files = sorted(path for path in (data_dir / "hostile").iterdir() if path.name != "SOURCES.tsv")
    for path in files:
        directory_storage.write_atomic(f"content/{path.name}", path.read_bytes())
    rows = [garment(f"h{at}", image=path.name) for at, path in enumerate(files)]
    catalog = loaded(directory_storage, *rows)
    assert len(catalog.rows) + len(catalog.broken) == len(files)
    # What the first bytes give away; the others only decoding can tell, and the engine does.
    refused = {row.cells["image"] for row in catalog.broken}
    assert refused == {"html_named.jpg", "text_named.png", "zero_byte.jpg", "zero_byte.png"}


def test_a_repeated_id_keeps_its_first_row(directory_storage: Storage):
    catalog = loaded(directory_storage, garment("a"), garment("b"), garment("a", title="Again"), garment("A"))
    assert catalog.rows["content_id"].tolist() == ["a", "b"]
    assert [(row.line, row.code) for row in catalog.broken] == [(4, "duplicate_id"), (5, "duplicate_id")]
    assert "line 2" in catalog.broken[0].error
    assert "only in case" in catalog.broken[1].error


@pytest.mark.parametrize("width", ["wide", "12,5", "nan", "inf", "0", "-3", "1e9"])
def test_a_width_is_a_positive_number_of_mm(directory_storage: Storage, width: str):
    [row] = loaded(directory_storage, garment("a", width_mm=width)).broken
    assert row.code == "bad_width"
    assert "leave it empty" in row.error


def test_extra_columns_and_formulas_are_carried_along_as_text(directory_storage: Storage):
    catalog = loaded(directory_storage, garment("a", buyer='=HYPERLINK("x")', note="a, b\nc"), garment("b"))
    assert catalog.extras == ("buyer", "note")
    assert catalog.rows["buyer"].tolist() == ['=HYPERLINK("x")', ""]
    assert catalog.rows["note"].tolist() == ["a, b\nc", ""]


def test_names_in_any_script_with_spaces_and_great_length_are_found(directory_storage: Storage):
    paths = ["Sommer Kleider/Blümchen & Co (1).png", "上着/花柄.png", "x" * 200 + ".png", "100%+a#b?.png"]
    rows = [garment(f"g{at}", image=path, title=path) for at, path in enumerate(paths)]
    catalog = loaded(directory_storage, *rows)
    assert catalog.broken == ()
    assert catalog.rows["image_key"].tolist() == [f"content/{path}" for path in paths]


def test_a_name_in_another_unicode_form_is_found_and_told(directory_storage: Storage):
    decomposed = unicodedata.normalize("NFD", "blümchen.png")
    put_picture(directory_storage, f"content/{decomposed}")
    data = as_csv([garment("a", image="blümchen.png")], CONTENT.columns)
    catalog = with_csv(directory_storage, data)
    assert catalog.rows["image_key"].tolist() == [f"content/{decomposed}"]
    assert problems_of(catalog) == [("a", "image", "path_composed")]
    assert not catalog.problems[0].breaks


def test_ids_are_used_in_their_composed_form(directory_storage: Storage):
    composed, decomposed = (unicodedata.normalize(form, "kjolé") for form in ("NFC", "NFD"))
    rows = [garment(decomposed, image="1.png"), garment(composed, image="2.png")]
    catalog = loaded(directory_storage, *rows)
    assert catalog.rows["content_id"].tolist() == [composed]
    assert [row.code for row in catalog.broken] == ["duplicate_id"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators_of_spreadsheets_are_read(
    directory_storage: Storage, encoding: str, delimiter: str
):
    put_picture(directory_storage, "content/a.png")
    line = ["a", "a.png", "Élan; vital, really", "tee", "", "CC0-1.0", "x"]
    text = (
        delimiter.join(CONTENT.required) + "\r\n" + delimiter.join(f'"{cell}"' for cell in line) + "\r\n\r\n"
    )
    catalog = with_csv(directory_storage, text.encode(encoding))
    assert catalog.rows["title"].tolist() == ["Élan; vital, really"]


def test_another_encoding_is_refused_with_line_and_remedy(directory_storage: Storage):
    data = f"{HEADER}\na,a.png,Hat,t,s,CC0-1.0,x\nb,b.png,Bérèt,t,s,CC0-1.0,x\n".encode("cp1252")
    with pytest.raises(CatalogUnreadable, match=r"not UTF-8: byte 0xe9 in line 3.*CSV UTF-8"):
        with_csv(directory_storage, data)


def test_an_open_quote_costs_one_line(directory_storage: Storage):
    lines = [f"g{number},p.png,Title,t,s,CC0-1.0,x" for number in range(300)]
    lines[3] = 'g3,p.png,"Title,t,s,CC0-1.0,x'
    lines[9] = 'g9,p.png,"5" jeans,t,s,CC0-1.0,x'
    put_picture(directory_storage, "content/p.png")
    catalog = with_csv(directory_storage, "\n".join([HEADER, *lines, ""]).encode())
    assert len(catalog.rows) == 298
    assert [(row.line, row.code) for row in catalog.broken] == [(5, "csv_broken"), (11, "csv_broken")]


def test_a_cell_too_many_breaks_the_row_and_empty_ones_do_not(directory_storage: Storage):
    put_picture(directory_storage, "content/p.png")
    text = f"{HEADER},,\na,p.png,Tee, in white,t,s,CC0-1.0,x\nb,p.png,Tee,t,s,CC0-1.0,x,,,\n,,,,,,\n"
    catalog = with_csv(directory_storage, text.encode())
    assert catalog.rows["content_id"].tolist() == ["b"]
    assert "extra_cells" in {problem.code for problem in catalog.problems}
    assert len(catalog.broken) == 1


@pytest.mark.parametrize("length", [MAX_CELL_CHARS + 1, 12_000_000])
def test_a_giant_cell_breaks_its_row_alone(directory_storage: Storage, length: int):
    put_picture(directory_storage, "content/p.png")
    text = f"{HEADER}\na,p.png,{'x' * length},t,s,CC0-1.0,x\nb,p.png,Tee,t,s,CC0-1.0,x\n"
    catalog = with_csv(directory_storage, text.encode())
    assert catalog.rows["content_id"].tolist() == ["b"]
    assert [row.line for row in catalog.broken] == [2]
    assert len(catalog.broken[0].error) < 1000


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(str.strip),
            min_size=3,
            max_size=3,
        ).filter(any),
        max_size=8,
    )
)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]):
    named = [dict(zip(("content_id", "b", "c"), row, strict=True)) for row in rows]
    table = parse_csv(as_csv(named, ("content_id", "b", "c")), key="k", expected="content_id")
    assert [dict(row.cells) for row in table.rows] == named
    assert not any(row.broken for row in table.rows)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(data: bytes):
    try:
        table = parse_csv(HEADER.encode() + b"\n" + data, key="k", expected="content_id")
    except CatalogUnreadable:
        return
    assert table.columns == CONTENT.required
    assert all(set(row.cells) <= set(CONTENT.required) for row in table.rows)


def test_a_parquet_catalog_gives_the_same_rows_as_a_csv(directory_storage: Storage):
    rows = [garment("a", width_mm=620.5, shop=7), garment("b", width_mm=None, shop=8)]
    from_csv = loaded(directory_storage, *rows)
    directory_storage.delete("content/catalog.csv")
    frame = pd.DataFrame(rows)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame), sink)
    directory_storage.write_atomic("content/catalog.parquet", sink.getvalue().to_pybytes())
    from_parquet = load_catalog(directory_storage, "content")
    assert from_parquet.key == "content/catalog.parquet"
    pd.testing.assert_frame_equal(from_parquet.rows, from_csv.rows, check_like=True)
    assert from_parquet.rows["width_mm"].tolist()[0] == 620.5


@pytest.mark.parametrize("data", [b"PAR1", b"no parquet at all", b"PAR1" + b"\xff" * 100 + b"PAR1"])
def test_a_broken_parquet_is_refused(directory_storage: Storage, data: bytes):
    directory_storage.write_atomic("content/catalog.parquet", data)
    with pytest.raises(CatalogUnreadable, match="no Parquet file"):
        load_catalog(directory_storage, "content")


def test_a_parquet_column_of_lists_is_refused(directory_storage: Storage):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"content_id": ["a"], "image": [["a.png", "b.png"]]}), sink)
    directory_storage.write_atomic("content/catalog.parquet", sink.getvalue().to_pybytes())
    with pytest.raises(CatalogUnreadable, match="column 'image' is list"):
        load_catalog(directory_storage, "content")


def test_two_catalogs_in_one_folder_are_refused_until_one_is_named(directory_storage: Storage):
    loaded(directory_storage, garment("a"))
    directory_storage.write_atomic("content/catalog.parquet", b"PAR1")
    with pytest.raises(CatalogUnreadable, match=r"both there.*content_catalog: content/catalog\.csv"):
        load_catalog(directory_storage, "content")
    assert len(load_catalog(directory_storage, "content", "content/catalog.csv").rows) == 1


def test_no_catalog_says_how_to_make_one(directory_storage: Storage):
    with pytest.raises(CatalogMissing, match="toile catalog scan content"):
        load_catalog(directory_storage, "content")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "holds no header"),
        (f"{HEADER}\n".encode(), "a header and no rows"),
        (f"{HEADER}\n,,,\n".encode(), "a header and no rows"),
        (b"id,image\n1,2\n", "no column 'content_id'"),
        (HEADER.replace("title", "tilte").encode(), "no column 'title'; the nearest is 'tilte'"),
        (f"{HEADER},title\n".encode(), "'title' is there 2 times"),
        (f"{HEADER},sha256\n".encode(), "Toile uses itself"),
        (f"{HEADER},,x\n".encode(), "no name"),
    ],
)
def test_a_file_that_is_no_catalog_is_refused_with_a_remedy(
    directory_storage: Storage, data: bytes, said: str
):
    with pytest.raises(CatalogUnreadable, match=r"content/catalog\.csv") as caught:
        with_csv(directory_storage, data)
    assert said in caught.value.message


def test_a_catalog_at_the_root_is_refused(directory_storage: Storage):
    with pytest.raises(CatalogUnreadable, match="lies in a folder"):
        load_catalog(directory_storage, "content", "catalog.csv")


def test_a_style_catalog_asks_for_the_credit_that_its_licence_wants(directory_storage: Storage):
    rows = [textile("a", licence="CC BY 4.0", credit="", source=""), textile("b", licence="CC-BY-NC-4.0")]
    put_catalog(directory_storage, "style", rows)
    catalog = load_catalog(directory_storage, "style")
    assert catalog.rows["licence"].tolist() == ["CC-BY-4.0", "CC-BY-NC-4.0"]
    assert problems_of(catalog) == [
        ("a", "licence", "credit_missing"),
        ("b", "licence", "licence_noncommercial"),
    ]
    assert STYLE.id_column in catalog.rows


def test_a_licence_that_forbids_adapted_works_is_said_where_it_is_written(directory_storage: Storage):
    put_catalog(directory_storage, "style", [textile("a", licence="CC-BY-ND-4.0"), textile("b", licence="")])
    catalog = load_catalog(directory_storage, "style")
    assert problems_of(catalog) == [("a", "licence", "licence_forbids"), ("b", "licence", "licence_missing")]
    assert "proprietary:<contract>" in catalog.problems[0].message
    # what may be done with them is for the batch to say
    assert (len(catalog.rows), catalog.broken, catalog.unlicensed) == (2, (), 1)


def test_a_contract_has_a_last_day_and_countries(directory_storage: Storage):
    rows = [
        textile("a", licence_expires="2027-03-31", territories="fr, de; FR"),
        textile("b", licence_expires="2027-03-31 00:00:00", territories=""),
        textile("c", licence_expires="31.3.2027"),
        textile("d", territories="UK"),
    ]
    put_catalog(directory_storage, "style", rows)
    catalog = load_catalog(directory_storage, "style")
    assert catalog.rows["licence_expires"].tolist() == ["2027-03-31", "2027-03-31"]
    assert catalog.rows["territories"].tolist() == ["DE FR", ""]
    assert problems_of(catalog) == [
        ("c", "licence_expires", "bad_expiry"),
        ("d", "territories", "bad_territory"),
    ]
    assert "UK is written GB" in catalog.broken[1].error
    assert catalog.extras == ()


def test_a_problem_reads_like_a_sentence(directory_storage: Storage):
    [problem] = loaded(directory_storage, garment("a", title="")).problems
    assert str(problem) == "line 2, title of 'a': the title is empty; write what a person would call it"


def test_pictures_under_two_catalogs_share_nothing(directory_storage: Storage):
    for season in ("summer", "winter"):
        directory_storage.write_atomic(
            f"content/{season}/catalog.csv", as_csv([garment("a", title=season)], CONTENT.columns)
        )
        directory_storage.write_atomic(f"content/{season}/a.png", picture(season))
    shas = {
        load_catalog(directory_storage, "content", f"content/{season}/catalog").rows["image_sha256"][0]
        for season in ("summer", "winter")
    }
    assert len(shas) == 2


def test_a_cell_of_a_megabyte_costs_its_own_row_alone():
    rows = ["style_id,image,title,kind,licence,credit,source", f"a,a.png,{'x' * 1_000_000},,own,,y"]
    table = parse_csv("\n".join([*rows, "b,b.png,B,,own,,y"]).encode(), key="k", expected="style_id")
    first, second = table.rows
    assert first.broken is not None
    assert first.broken[1].startswith("a cell has more than 131,072 characters")
    assert (second.broken, second.cells["style_id"]) == (None, "b")
