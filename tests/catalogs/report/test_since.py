"""Tonight against last night: a drop is told from what scores do every night."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.frozen import freeze_batch
from catalogs.layout import batch_manifest_key, manifest_key, report_key, scores_key
from catalogs.manifest import rows_to_table
from catalogs.parts import to_parquet
from catalogs.publication import read_manifest
from catalogs.report import writing
from catalogs.report.medians import Cost, medians, read_medians, write_medians
from catalogs.report.since import cost_of, earlier_nights, since
from catalogs.report.writing import write_report
from configs.batch import Batch
from configs.recipe import ClothPart, Recipe
from tests.catalogs.report.night import failed, ok

RECIPE = Recipe(name="toile", cloth=ClothPart(maker="tile"))
NIGHTLY = Batch(name="nightly", batch_id="{name}-{date}", recipes=("toile",))


def night(storage, day: int, rows, batch: Batch = NIGHTLY, *, scored=True) -> str:
    """A published night with its report's medians."""
    batch_id = batch.batch_id.format(name=batch.name, date=f"202611{day:02d}")
    table = rows_to_table([row | {"batch_id": batch_id} for row in rows])
    for key in (manifest_key(batch_id), batch_manifest_key(batch_id)):
        storage.write_atomic(key, to_parquet(table))
    freeze_batch(
        storage, batch_id, batch, {"toile": RECIPE}, {"toile": "0"}, engine_version="1", weights_sha256={}
    )
    if scored:
        finished = table.filter(pc.equal(table["status"], "ok"))
        write_medians(storage, batch_id, medians(finished), cost_of(finished))
    return batch_id


def painted(day: int, motif: float, *, count=9, spread=0.0, style="ikat", **cells):
    """Designs of one textile, new every night, whose motif lies evenly about a value."""
    offsets = np.linspace(-spread, spread, count)
    return [
        ok(1000 * day + at, style_id=style, motif=motif + float(offset), **cells)
        for at, offset in enumerate(offsets)
    ]


def compared(storage, batch_id):
    table = rows_of(storage, batch_id)
    return since(storage, table, earlier_nights(storage, batch_id, NIGHTLY))


def rows_of(storage, batch_id):
    return read_manifest(storage, batch_id, columns=writing._COLUMNS, published=False)


def drops(told):
    return {(one.style_id, one.score) for one in told.moves if one.is_drop}


def test_a_step_that_every_night_makes_is_no_drop(directory_storage):
    # steps of .05 up and down, whose sigma is 1.48 × .05 = .074; three of them are .22
    for day, motif in enumerate((0.60, 0.65, 0.60, 0.65, 0.60), start=1):
        night(directory_storage, day, painted(day, motif))
    told = compared(directory_storage, night(directory_storage, 6, painted(6, 0.50)))
    assert (told.nights, told.moves) == (5, [])
    told = compared(directory_storage, night(directory_storage, 7, painted(7, 0.25)))
    assert ("ikat", "motif") in drops(told)


def test_a_fall_beyond_the_steps_of_the_nights_before_is_a_drop(directory_storage):
    for day, motif in enumerate((0.600, 0.605, 0.602, 0.604, 0.601), start=1):
        night(directory_storage, day, painted(day, motif))
    rows = [*painted(6, 0.50), *painted(7, 0.70, style="floral")]
    told = compared(directory_storage, night(directory_storage, 6, rows))
    assert drops(told) == {("ikat", "motif"), ("ikat", "rank")}
    [motif] = [one for one in told.moves if one.score == "motif"]
    assert (motif.before, motif.now, motif.designs) == (0.601, 0.5, 9)
    assert told.compared == 4  # rank, motif, relief and held-out GMD of ikat; floral is new
    assert told.new_names["style_id"] == ["floral"]


@pytest.mark.parametrize(("count", "is_drop"), [(9, False), (400, True)])
def test_few_designs_that_differ_much_tell_no_drop_and_many_do(directory_storage, count, is_drop):
    # over ±.3 the MAD is .15; nine designs' median errs by 1.25 × 1.48 × .15 / 3 = .093, that of two nights
    # by .13, and 400 designs' by .014 and .02
    night(directory_storage, 1, painted(1, 0.60, spread=0.3, count=count))
    told = compared(directory_storage, night(directory_storage, 2, painted(2, 0.50, spread=0.3, count=count)))
    assert (("ikat", "motif") in drops(told)) == is_drop


@pytest.mark.parametrize("nights", [3, 5])
def test_after_one_bad_night_the_recovery_is_told(directory_storage, nights):
    for day in range(1, nights):
        night(directory_storage, day, painted(day, 0.60))
    night(directory_storage, nights, painted(nights, 0.10))
    told = compared(directory_storage, night(directory_storage, nights + 1, painted(nights + 1, 0.60)))
    assert {(one.score, one.is_drop) for one in told.moves} == {("motif", False), ("rank", False)}


def test_a_distance_that_falls_is_a_gain(directory_storage):
    night(directory_storage, 1, painted(1, 0.6, gmd_heldout=0.40))
    told = compared(directory_storage, night(directory_storage, 2, painted(2, 0.6, gmd_heldout=0.25)))
    assert {(one.score, one.is_drop) for one in told.moves} == {("gmd_heldout", False), ("rank", False)}


def test_the_same_designs_again_moved_nowhere(directory_storage):
    for day in (1, 2):
        batch_id = night(directory_storage, day, painted(1, 0.6, spread=0.1))
    told = compared(directory_storage, batch_id)
    assert (told.new, told.gone, told.moves) == (0, 0, [])
    assert told.cost == Cost(0, 0.0)


def test_what_is_new_what_it_cost_and_which_failures_changed(directory_storage):
    then = [ok(1), ok(2), failed(3, "truncated", "cut"), failed(4, "nonfinite", "NaN")]
    night(directory_storage, 1, then)
    now = [ok(2), ok(3, seconds=4.0), ok(5, seconds=6.0), failed(4, "nonfinite", "NaN")]
    told = compared(directory_storage, night(directory_storage, 2, now))
    assert (told.new, told.gone) == (2, 1)
    # two new designs in ten seconds: 720 an hour; the night before, two in four: 1800
    assert told.cost.designs_an_hour == 720
    assert told.cost_before is not None
    assert told.cost_before.designs_an_hour == 1800
    assert told.failures == {"truncated": (0, 1)}


def test_a_night_whose_report_left_no_medians_is_read_from_its_manifest(directory_storage):
    night(directory_storage, 1, painted(1, 0.60), scored=False)
    told = compared(directory_storage, night(directory_storage, 2, painted(2, 0.40)))
    assert ("ikat", "motif") in drops(told)
    assert told.cost_before is None


def test_nights_of_other_batches_and_later_ones_are_not_last_night(directory_storage):
    night(directory_storage, 1, painted(1, 0.6))
    night(directory_storage, 9, painted(9, 0.6))
    night(directory_storage, 4, painted(4, 0.6), NIGHTLY.model_copy(update={"name": "demo"}))
    own = night(directory_storage, 5, painted(5, 0.6))
    assert earlier_nights(directory_storage, own, NIGHTLY) == ["nightly-20261101"]
    assert earlier_nights(directory_storage, "demo", Batch(name="demo", recipes=("toile",))) == []


def test_the_report_says_it_and_leaves_its_own_medians(directory_storage):
    for day, motif in enumerate((0.600, 0.605, 0.602, 0.604), start=1):
        night(directory_storage, day, painted(day, motif))
    own = night(directory_storage, 5, [*painted(5, 0.4), failed(9, "truncated", "cut")], scored=False)
    write_report(directory_storage, own)
    page = directory_storage.read(report_key(own)).decode()
    assert '<h2 id="since">Since last night</h2>' in page
    assert "<code>nightly-20261104</code></a>: 9 new designs, 9 that are not there any more." in page
    assert '<td class="short">worse</td><td class="text"><bdi>ikat</bdi></td>' in page
    assert (
        "4 compared, 2 got worse and 0 better by more than three times their usual spread, by the steps of 4 "
        "nights" in page
    )
    assert "<code>truncated</code>" in page
    # the ways to last night's report and to the sheet, from disk as from a bucket
    assert 'href="../nightly-20261104/index.html"' in page
    assert 'href="contact_sheet.png"' in page
    assert directory_storage.exists(scores_key(own))


def test_the_best_of_the_new_designs_are_shown_where_others_are_older(directory_storage):
    night(directory_storage, 1, painted(1, 0.7))
    rows = [*painted(1, 0.7), *painted(2, 0.6, spread=0.1)]
    own = night(directory_storage, 2, rows, scored=False)
    told = compared(directory_storage, own)
    # nine new ones about .6, the highest first; those of the night before are better, and not new
    motifs = [row["motif"] for row, _ in told.best_new]
    assert motifs == pytest.approx([0.7 - 0.025 * at for at in range(6)])
    assert [rank for _, rank in told.best_new] == sorted((rank for _, rank in told.best_new), reverse=True)
    write_report(directory_storage, own)
    assert "The best of the new designs" in directory_storage.read(report_key(own)).decode()
    # where all are new, they are all there below
    assert compared(directory_storage, night(directory_storage, 3, painted(3, 0.6))).best_new == []


def test_a_first_night_has_no_such_section(directory_storage):
    own = night(directory_storage, 1, painted(1, 0.6), scored=False)
    write_report(directory_storage, own)
    assert "Since last night" not in directory_storage.read(report_key(own)).decode()
    found = read_medians(directory_storage, own)
    assert found is not None
    assert found[1] == Cost(9, 18.0)


@given(
    values=st.lists(
        st.tuples(st.sampled_from("ab"), st.one_of(st.none(), st.floats(-1, 1))), min_size=1, max_size=40
    )
)
def test_medians_are_those_of_numpy(values):
    rows = rows_to_table([ok(at, style_id=s, motif=v) for at, (s, v) in enumerate(values)])
    found = {
        (row["style_id"], row["score"]): (row["designs"], row["median"], row["mad"])
        for row in medians(rows).to_pylist()
    }
    for style in "ab":
        mine = np.array([v for s, v in values if s == style and v is not None])
        if not len(mine):
            assert (style, "motif") not in found
            continue
        median = np.median(mine)
        told = (len(mine), median, np.median(np.abs(mine - median)))
        assert found[style, "motif"] == pytest.approx(told)
