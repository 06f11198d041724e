"""scan and check on a folder of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.exits import Exit
from tests.flows.fake_engine import picture


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "content/tee.png",
        "content/tee_mask.png",
        "content/coat.png",
        "style/ikat.png",
        "style/notes.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(name) if name.endswith("png") else b"notes")
    return tmp_path


def test_a_scanned_catalog_passes_its_check(toile, root):
    answer = toile("catalog", "scan", "content", "--licence", "own", "--root", str(root))
    assert (answer.code, answer.words) == (0, f"2 images, 1 with a mask: {root}/content/catalog.csv")
    scanned = toile("catalog", "scan", "style", "--licence", "own", "--root", str(root), "--json").json
    assert scanned == {"key": "style/catalog.csv", "rows": 1, "with_mask": 0, "unused": ["notes.txt"]}
    answer = toile("catalog", "check", "--root", str(root))
    assert answer.code == 0
    assert "content/catalog.csv: 2 rows can be used, 0 cannot" in answer.words


def test_a_catalog_without_licences_fails_its_check_row_by_row(toile, root):
    answer = toile("catalog", "scan", "content", "--root", str(root))
    assert "licence" in answer.err
    answer = toile("catalog", "check", "content", "--root", str(root), "--json")
    assert answer.code == Exit.FAILED
    (catalog,) = answer.json
    assert (catalog["usable"], catalog["broken"], catalog["unlicensed"]) == (2, 0, 2)
    assert {problem["column"] for problem in catalog["problems"]} == {"licence"}
    shown = toile("catalog", "check", "content", "--root", str(root))
    assert "2 without a licence" in shown.words
    assert "tee" in shown.words


def test_a_scan_leaves_a_catalog_alone_unless_it_is_told_to_replace_it(toile, root):
    toile("catalog", "scan", "style", "--root", str(root))
    before = (root / "style/catalog.csv").read_bytes()
    answer = toile("catalog", "scan", "style", "--licence", "own", "--root", str(root))
    assert answer.code == Exit.USAGE
    assert "--overwrite" in answer.err
    assert (root / "style/catalog.csv").read_bytes() == before
    assert toile("catalog", "scan", "style", "--licence", "own", "--overwrite", "--root", str(root)).code == 0


def test_an_empty_folder_says_which_images_it_wants(toile, tmp_path):
    answer = toile("catalog", "scan", "content", "--root", str(tmp_path))
    assert answer.code == Exit.NOTHING_FOUND
    assert "jpg" in answer.err


def test_a_catalog_that_is_not_there_is_nothing_found(toile, tmp_path):
    assert toile("catalog", "check", "--root", str(tmp_path)).code == Exit.NOTHING_FOUND


def test_an_unknown_licence_names_the_nearest(toile, root):
    answer = toile("catalog", "scan", "content", "--licence", "CC-BY-9", "--root", str(root))
    assert answer.code == Exit.USAGE
    assert "CC" in answer.err
