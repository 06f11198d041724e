"""What the report tells of a funnel: what became of the previews, and whether they foretold the finals."""

from __future__ import annotations

import re

import pytest

from catalogs.report.funnel_section import sentence
from catalogs.report.writing import write_report
from catalogs.storage import open_storage
from configs.storage import StorageConfig
from tests.catalogs.report.night import BATCH, ok, skipped, write_night

INSTEAD = "; toile paints the pair instead"


@pytest.fixture
def storage(tmp_path):
    return open_storage(StorageConfig(root=str(tmp_path)))


def page(storage, rows) -> str:
    write_night(storage, rows, pictures=False)
    return storage.read(write_report(storage, BATCH).page).decode()


def preview(number: int, **cells):
    return ok(number, stage="preview", recipe="quick", **cells)


def final(number: int, of: int, **cells):
    return ok(number, stage="final", follows=f"{of:032x}", size_px=128, **cells)


def promoted(motifs: list[tuple[float, float]]) -> list[dict]:
    """Return previews and their finals, of these motifs."""
    rows = []
    for at, (before, after) in enumerate(motifs):
        rows.append(preview(at, motif=before, followed_by=f"{100 + at:032x}"))
        rows.append(final(100 + at, at, motif=after))
    return rows


def test_the_page_tells_what_became_of_the_previews(storage):
    refused = [
        skipped(
            50,
            "scores_failed",
            "motif is 0.1, under 0.4; speckle is 1.3, over 1.1; toile paints the pair instead",
        ),
        skipped(51, "scores_failed", "motif is 0.2, under 0.4; toile paints the pair instead"),
    ]
    rows = [*promoted([(0.5, 0.6), (0.6, 0.7)]), preview(9)]
    rows += [one | {"stage": "preview"} for one in refused]
    rows.append(ok(60, stage="fallback", follows=f"{50:032x}"))
    html = page(storage, rows)
    assert "5 previews were planned; the scores of 3 pass, and 2 are not shown, as theirs fail" in html
    assert "(by motif 2, speckle 1)" in html
    assert "1 of 1 fallbacks were painted in their place" in html
    assert "2 finals were promoted, 2 are finished" in html
    assert "Nobody can tell yet: 2 finals are there with their previews, and it takes 10" in html
    assert f"final after <code>{0:012x}</code>" in html


def test_a_pair_with_a_finished_final_is_shown_by_it_alone(storage):
    rows = [*promoted([(0.5, 0.6), (0.6, 0.7)]), preview(9)]
    rows.append(preview(10, followed_by=f"{110:032x}"))  # its final is not finished
    html = page(storage, rows)
    figures = html.split("<figure>")[1:]
    # the finals, and the previews that have none
    said = [re.search(r"<small>(\w+), \d+ px, seed 0, (\w+)", figure).groups() for figure in figures]
    assert sorted(said) == [("quick", "preview")] * 2 + [("toile", "final")] * 2


@pytest.mark.parametrize(
    ("finals", "told"),
    [
        ([0.40 + 0.03 * at for at in range(12)], "the funnel chooses well"),
        ([0.40 + 0.03 * at for at in (3, 1, 0, 6, 2, 8, 4, 5, 11, 7, 9, 10)], "the funnel chooses well"),
        ([0.40 + 0.03 * at for at in (6, 1, 0, 3, 8, 2, 11, 5, 4, 7, 9, 10)], "in part"),
        ([0.40 + 0.03 * at for at in range(12)][::-1], "hardly foretell finals"),
    ],
)
def test_the_page_says_what_the_correlation_means(storage, finals, told):
    html = page(storage, promoted([(0.41 + 0.02 * at, one) for at, one in enumerate(finals)]))
    assert "By rank, over 12 pairs" in html
    assert told in html
    [line] = re.findall(r"<tr><td class=\"text\"><bdi>motif</bdi></td>(.*?)</tr>", html)
    assert ">12<" in line


def test_a_batch_without_a_funnel_has_no_such_section(storage):
    html = page(storage, [ok(1), ok(2)])
    assert "Funnel" not in html
    assert "final after" not in html


def test_without_any_pair_nobody_can_tell():
    assert sentence([]).startswith("Nobody can tell yet: 0 finals")
