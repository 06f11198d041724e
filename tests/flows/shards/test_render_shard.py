"""A shard is painted once, whatever fails; a design's trouble is its row and never its neighbour's."""

from __future__ import annotations

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from catalogs.errors import StorageDenied, StorageFull, StorageUnavailable
from catalogs.layout import DESIGNS_PREFIX, THUMBS_PREFIX, design_key, thumb_key
from catalogs.manifest import row_from_json
from catalogs.storage.directory import DirectoryStorage
from flows.marking.provenance import ROW_KEYWORD, XMP_KEYWORD
from flows.progress import Outcome
from flows.shards.render_shard import render_shard
from flows.shards.rows import RunFacts
from flows.shards.shard import Pace
from flows.stopping import StopFlag
from nst_core.codec import read_png_text
from nst_core.design import Recolouring
from nst_core.errors import Stopped
from tests.faulty_storage import FaultyStorage
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.some_shards import (
    FACTS,
    PACE,
    assert_files_match_rows,
    has_part,
    part_rows,
    planned_row,
    some_shard,
)


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "bucket")


def render(shard, storage, engine, **options):
    options = {"facts": FACTS, "pace": PACE} | options
    return render_shard(shard, storage=storage, engine=engine, **options)


def is_output(key: str) -> bool:
    return key.startswith(("designs/", "thumbs/", "batches/"))


def test_every_design_gets_a_row_and_its_files(storage):
    shard, engine = some_shard(storage), FakeEngine()
    report = render(shard, storage, engine)
    assert (report.painted, report.there, report.failed, report.skipped) == (6, 0, 0, 0)
    rows = part_rows(storage, shard)
    assert set(rows) == set(shard.design_ids) == set(engine.painted)
    assert_files_match_rows(storage, rows)
    assert {row["status"] for row in rows.values()} == {"ok"}


def test_a_row_tells_where_the_design_comes_from_and_how_it_was_made(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    row = part_rows(storage, shard)[shard.design_ids[0]]
    assert row["content_title"] == "Tee"
    assert row["style_licence"] == "CC-BY-4.0"
    assert (row["git_revision"], row["prefect_run_id"]) == ("abc", "run-1")
    assert (row["device"], row["precision"]) == ("no device", "fp32")
    assert (row["gmd"], row["steps"]) == (0.5, 3)
    assert abs(row["rendered_at_utc"] - datetime.now(UTC)) < timedelta(minutes=5)


def test_an_image_carries_its_own_row_and_says_that_a_machine_made_it(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    for id_, row in part_rows(storage, shard).items():
        text = read_png_text(storage.read(design_key(id_)))
        inside = row_from_json(text[ROW_KEYWORD])
        assert inside | {"image_sha256": row["image_sha256"]} == row
        assert "digitalsourcetype/composite" in text[XMP_KEYWORD]
        assert "A. Weaver &amp; Co &lt;weavers&gt;" in text[XMP_KEYWORD]


def test_a_thumbnail_says_the_same_and_says_it_again_when_it_is_made_anew(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    id_ = shard.design_ids[0]
    packet = read_png_text(storage.read(design_key(id_)))[XMP_KEYWORD]
    for _ in range(2):
        with Image.open(io.BytesIO(storage.read(thumb_key(id_)))) as thumb:
            assert thumb.info["xmp"].decode() == packet
        storage.delete(thumb_key(id_))
        storage.delete(shard.part_key)
        render(shard, storage, FakeEngine())


def test_an_image_carries_only_the_beginning_of_columns_that_are_very_long(storage):
    # 100 columns of 4,096 signs, as many as a catalog may have, each of which JSON writes in six bytes
    extras = {f"content_x{number}": "note\x01" + "\x02" * 4091 for number in range(100)}
    shard = some_shard(storage, contents=("tee",), styles=("ikat",))
    shard = replace(shard, planned=tuple(row | extras for row in shard.planned), extras=tuple(extras))
    render(shard, storage, FakeEngine())
    [row] = part_rows(storage, shard).values()
    assert row["content_x0"] == extras["content_x0"]
    text = read_png_text(storage.read(design_key(shard.design_ids[0])))[ROW_KEYWORD]
    assert len(text) < 1_000_000
    assert row_from_json(text)["content_x0"] == "note"
    assert render(shard, storage, FakeEngine()).there == 1


def test_a_licence_that_ended_since_the_plan_is_a_failed_row_of_its_designs_alone(storage):
    shard = some_shard(storage, contents=("tee",), styles=("ikat", "floral"))
    ends = {"style_licence_expires": "2026-01-01", "style_licence": "proprietary:mill-7"}
    first, second = shard.planned
    shard = replace(shard, planned=(first | ends, second | {"content_licence_expires": "2026-01-02"}))
    facts = replace(FACTS, now=lambda: datetime(2026, 1, 2, 23, tzinfo=UTC))
    report = render(shard, storage, FakeEngine(), facts=facts)
    assert (report.painted, report.failed) == (1, 1)
    row = part_rows(storage, shard)[first["design_id"]]
    assert row["error_code"] == "rights_expired"
    assert "proprietary:mill-7 of the style image 'ikat' ended on 2026-01-01" in row["error"]


def test_the_order_is_image_then_thumbnail_then_the_part_last(storage):
    shard = some_shard(storage)
    watched = FaultyStorage(storage)
    render(shard, watched, FakeEngine())
    writes = [key for operation, key in watched.log if operation == "write_atomic"]
    for id_ in shard.design_ids:
        assert writes.index(design_key(id_)) < writes.index(thumb_key(id_))
    assert writes[-1] == shard.part_key
    assert writes.count(shard.part_key) == 1


class Disk(DirectoryStorage):
    """A folder that tells which of its files would outlive a power cut at the moment of each write."""

    def __init__(self, root):
        super().__init__(root)
        self.safe: set[str] = set()
        self.safe_before: dict[str, frozenset[str]] = {}

    def write_atomic(self, key, data, *, durable=True, **options):
        self.safe_before[key] = frozenset(self.safe)
        written = super().write_atomic(key, data, durable=durable, **options)
        (self.safe.add if durable else self.safe.discard)(key)
        return written

    def sync(self, keys):
        keys = list(keys)
        super().sync(keys)
        self.safe.update(keys)


def test_a_part_names_no_file_that_a_power_cut_could_take(storage, tmp_path):
    disk = Disk(tmp_path)
    shard = some_shard(disk)
    render(shard, disk, FakeEngine())
    named = {key(id_) for id_ in shard.design_ids for key in (design_key, thumb_key)}
    assert named <= disk.safe_before[shard.part_key]
    # nobody waited for the disk once a design: the last file of all was written before any was safe
    assert not named & set.union(*(set(disk.safe_before[key]) for key in named))
    # and what another run had written just before, and had not made safe yet, is made safe with the rest
    disk.delete(shard.part_key)
    disk.safe.clear()
    render(shard, disk, FakeEngine())
    assert named <= disk.safe_before[shard.part_key]


@pytest.mark.parametrize("left", [b"", b"RIFF"])
def test_a_thumbnail_that_a_power_cut_has_cut_is_made_again(storage, left):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    before = part_rows(storage, shard)
    storage.delete(shard.part_key)
    storage.write_atomic(thumb_key(shard.design_ids[0]), left)
    engine = FakeEngine()
    render(shard, storage, engine)
    assert engine.painted == []
    assert part_rows(storage, shard) == before
    assert_files_match_rows(storage, before)


def test_a_finished_shard_is_left_alone(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    before = {stat.key: stat.etag for stat in storage.list("")}
    engine = FakeEngine()
    report = render(shard, storage, engine)
    assert engine.painted == []
    assert (report.painted, report.there) == (0, 6)
    assert {stat.key: stat.etag for stat in storage.list("")} == before


def test_a_design_that_fails_is_a_row_and_its_neighbours_are_painted(storage):
    shard = some_shard(storage)
    ids = shard.design_ids
    engine = FakeEngine(
        refuse=frozenset({"content/coat.png"}), nan=frozenset({ids[0]}), break_preparing=frozenset({ids[2]})
    )
    report = render(shard, storage, engine)
    rows = part_rows(storage, shard)
    # grid, style by style: tee coat dress × ikat, tee coat dress × floral
    assert [rows[id_]["error_code"] for id_ in ids] == [
        "nonfinite", "truncated", "unexpected_error", None, "truncated", None,
    ]  # fmt: skip
    assert (report.painted, report.failed) == (2, 4)
    assert "content/coat.png: the file ends early" in rows[ids[1]]["error"]
    assert "ZeroDivisionError: a mask of no width" in rows[ids[2]]["error"]
    assert_files_match_rows(storage, rows)
    assert not storage.exists(design_key(ids[0]))


def test_an_error_of_the_whole_batch_is_traced_to_the_design_that_causes_it(storage):
    shard = some_shard(storage)
    engine = FakeEngine(crash=frozenset({shard.design_ids[3]}), batch=6)
    report = render(shard, storage, engine)
    rows = part_rows(storage, shard)
    assert (report.painted, report.failed) == (5, 1)
    assert rows[shard.design_ids[3]]["error_code"] == "unexpected_error"
    assert "the device does not answer" in rows[shard.design_ids[3]]["error"]


def test_an_image_that_is_gone_or_has_changed_is_a_row_that_says_what_to_do(storage):
    shard = some_shard(storage)
    storage.delete("content/coat.png")
    storage.write_atomic("style/floral.png", picture("another floral"))
    render(shard, storage, FakeEngine())
    rows = part_rows(storage, shard)
    assert [rows[id_]["error_code"] for id_ in shard.design_ids] == [
        None, "missing_image", None, "changed_since_planned", "missing_image", "changed_since_planned",
    ]  # fmt: skip
    assert "upload it again" in rows[shard.design_ids[1]]["error"]
    assert "run the batch again" in rows[shard.design_ids[3]]["error"]


def test_a_failed_design_is_tried_again_by_the_next_run_and_the_part_is_mended(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine(nan=frozenset(shard.design_ids[:2])))
    engine = FakeEngine()
    later = RunFacts(run_started_utc=datetime.now(UTC))
    report = render(shard, storage, engine, facts=later)
    assert sorted(engine.painted) == sorted(shard.design_ids[:2])
    assert (report.painted, report.there, report.failed) == (2, 4, 0)
    assert {row["status"] for row in part_rows(storage, shard).values()} == {"ok"}


def test_a_failure_that_another_run_wrote_down_meanwhile_is_not_tried_again(storage):
    shard = some_shard(storage)
    began = RunFacts(run_started_utc=datetime.now(UTC))
    render(shard, storage, FakeEngine(nan=frozenset(shard.design_ids[:2])))
    engine = FakeEngine()
    told: list[Outcome] = []
    report = render(shard, storage, engine, facts=began, on_settled=lambda _, outcome: told.append(outcome))
    assert engine.painted == []
    assert (report.there, report.failed) == (4, 2)
    assert sorted(told) == [Outcome.FAILED] * 2 + [Outcome.THERE] * 4


def test_a_failure_that_the_run_knew_of_is_tried_again_though_the_clock_that_wrote_it_was_ahead(storage):
    shard = some_shard(storage)
    ahead = RunFacts(FACTS.run_started_utc, now=lambda: datetime.now(UTC) + timedelta(minutes=10))
    render(shard, storage, FakeEngine(nan=frozenset(shard.design_ids[:2])), facts=ahead)
    written = {id_: row["rendered_at_utc"] for id_, row in part_rows(storage, shard).items()}
    retry = RunFacts(run_started_utc=datetime.now(UTC))
    assert render(shard, storage, FakeEngine(), facts=retry, failures=written).painted == 2


def test_what_a_killed_run_finished_is_taken_over_from_the_images_alone(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    before = part_rows(storage, shard)
    lost_image, lost_thumb = shard.design_ids[1], shard.design_ids[4]
    storage.delete(shard.part_key)
    storage.delete(design_key(lost_image))
    storage.delete(thumb_key(lost_thumb))
    engine = FakeEngine()
    report = render(
        shard, storage, engine, facts=RunFacts(run_started_utc=datetime.now(UTC), prefect_run_id="run-2")
    )
    assert engine.painted == [lost_image]
    assert (report.painted, report.there) == (1, 5)
    rows = part_rows(storage, shard)
    assert_files_match_rows(storage, rows)
    assert rows[lost_image]["prefect_run_id"] == "run-2"
    del rows[lost_image], before[lost_image]
    assert rows == before


def test_an_image_that_was_removed_is_painted_again_although_the_part_says_ok(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    storage.delete(design_key(shard.design_ids[2]))
    engine = FakeEngine()
    render(shard, storage, engine)
    assert engine.painted == [shard.design_ids[2]]
    assert_files_match_rows(storage, part_rows(storage, shard))


@pytest.mark.parametrize("damage", [b"", b"not a picture", "cut", "foreign", "another design's"])
def test_a_file_that_is_no_finished_design_is_painted_over(storage, damage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    victim, other = shard.design_ids[:2]
    storage.delete(shard.part_key)
    data = {
        "cut": storage.read(design_key(victim))[:-20],
        "foreign": picture("somebody's holiday"),
        "another design's": storage.read(design_key(other)),
    }.get(damage, damage)
    storage.write_atomic(design_key(victim), data)
    engine = FakeEngine()
    render(shard, storage, engine)
    assert engine.painted == [victim]
    assert_files_match_rows(storage, part_rows(storage, shard))


def test_a_design_that_another_batch_finished_is_taken_over_under_this_batch_s_names(storage):
    first = some_shard(storage)
    render(first, storage, FakeEngine())
    second = some_shard(storage, batch_id="spring", shard_id=7)
    renamed = tuple(row | {"content_title": "A new title"} for row in second.planned)
    second = type(second)("spring", 7, second.recipe, renamed)
    engine = FakeEngine()
    render(second, storage, engine, facts=RunFacts(run_started_utc=datetime.now(UTC), prefect_run_id="run-2"))
    assert engine.painted == []
    for id_, row in part_rows(storage, second).items():
        assert (row["batch_id"], row["shard_id"], row["content_title"]) == ("spring", 7, "A new title")
        assert row["prefect_run_id"] == "run-1"
        assert row["rendered_at_utc"] == part_rows(storage, first)[id_]["rendered_at_utc"]


def test_known_designs_are_taken_over_without_looking_at_their_images(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    known = part_rows(storage, shard)
    storage.delete(shard.part_key)
    watched = FaultyStorage(storage)
    settled: list[str] = []
    render(shard, watched, FakeEngine(), known=known, on_settled=lambda id_, _: settled.append(id_))
    assert not [key for _, key in watched.log if key.startswith((DESIGNS_PREFIX, THUMBS_PREFIX))]
    assert settled == []
    assert part_rows(storage, shard) == known


def test_a_storage_that_vanishes_ends_the_shard_unmarked_and_keeps_what_is_finished(storage):
    shard = some_shard(storage, styles=("a", "b", "c", "d"))
    faulty = FaultyStorage(storage, vanish_after=5, touches=lambda key: key.startswith("designs/"))
    with pytest.raises(StorageUnavailable):
        render(shard, faulty, FakeEngine(batch=1))
    assert not has_part(storage, shard)
    finished = {stat.key: stat.etag for stat in storage.list(DESIGNS_PREFIX)}
    engine = FakeEngine()
    report = render(shard, storage, engine)
    assert report.painted == 12 - len(finished)
    assert {key: storage.stat(key).etag for key in finished} == finished
    assert_files_match_rows(storage, part_rows(storage, shard))


@pytest.mark.parametrize("vanish_after", range(0, 40, 3))
def test_no_moment_at_which_the_storage_vanishes_loses_or_repeats_anything(storage, vanish_after):
    shard = some_shard(storage)
    faulty = FaultyStorage(storage, vanish_after=vanish_after)
    first, second = FakeEngine(batch=2), FakeEngine()
    try:
        render(shard, faulty, first)
        whole = True
    except StorageUnavailable:
        whole = False
    assert has_part(storage, shard) == whole
    kept = {stat.key for stat in storage.list(DESIGNS_PREFIX)}
    render(shard, storage, second)
    assert not {design_key(id_) for id_ in second.painted} & kept
    assert_files_match_rows(storage, part_rows(storage, shard))
    assert len(list(storage.list(DESIGNS_PREFIX))) == 6


def test_a_short_outage_costs_nothing_but_time(storage):
    shard = some_shard(storage)
    faulty = FaultyStorage(storage, fail_writes=(1, 3, 4), touches=is_output)
    engine = FakeEngine()
    render(shard, faulty, engine, pace=Pace(prepare_threads=2, finish_threads=2, patience_s=60))
    assert sorted(engine.painted) == sorted(shard.design_ids)
    assert_files_match_rows(storage, part_rows(storage, shard))


def test_a_write_whose_answer_was_lost_is_recognised_as_our_own(storage):
    shard = some_shard(storage)
    faulty = FaultyStorage(storage, lose_answers=(1, 2, 3), touches=is_output)
    engine = FakeEngine()
    render(shard, faulty, engine, pace=Pace(prepare_threads=2, finish_threads=2, patience_s=60))
    assert sorted(engine.painted) == sorted(shard.design_ids)
    assert_files_match_rows(storage, part_rows(storage, shard))


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"refuse_writes": True}, StorageDenied), ({"capacity_bytes": 3000}, StorageFull)],
)
def test_a_storage_that_takes_nothing_is_said_at_once(storage, fault, error):
    shard = some_shard(storage)
    faulty = FaultyStorage(storage, touches=is_output, **fault)
    with pytest.raises(error) as caught:
        render(shard, faulty, FakeEngine(), pace=Pace(patience_s=1e9))
    assert not caught.value.retryable
    assert not has_part(storage, shard)


def test_a_slow_storage_is_only_slow(storage):
    shard = some_shard(storage)
    render(shard, FaultyStorage(storage, delay_s=0.01), FakeEngine())
    assert_files_match_rows(storage, part_rows(storage, shard))


def test_a_cancelled_shard_keeps_what_it_finished_and_is_not_marked(storage):
    shard = some_shard(storage)
    stop = StopFlag()
    engine = FakeEngine(batch=1)
    engine.on_paint = lambda ids: stop.cancel() if len(engine.painted) == 3 else None
    with pytest.raises(Stopped):
        render(shard, storage, engine, stop=stop)
    assert len(engine.painted) == 3
    assert len(list(storage.list(DESIGNS_PREFIX))) == 3
    assert not has_part(storage, shard)


def test_cancelling_does_not_wait_for_a_storage_that_is_away(storage):
    shard = some_shard(storage)
    stop = StopFlag()
    faulty = FaultyStorage(storage, vanish_after=0, touches=lambda key: key.startswith("style/"))
    timer = threading.Timer(0.2, stop.cancel)
    timer.start()
    with pytest.raises(Stopped):
        render(shard, faulty, FakeEngine(), stop=stop, pace=Pace(patience_s=1e9))
    timer.join()


def test_spent_minutes_leave_the_rest_as_rows_that_the_next_run_paints(storage):
    shard = some_shard(storage)
    now = [0.0]
    engine = FakeEngine(batch=1)

    def paint(ids: list[str]) -> None:
        now[0] += 30

    engine.on_paint = paint
    report = render(shard, storage, engine, stop=StopFlag(budget_s=60, clock=lambda: now[0]))
    assert (report.painted, report.skipped) == (2, 4)
    rows = part_rows(storage, shard)
    assert sorted(row["error_code"] or "" for row in rows.values()) == [
        "",
        "",
        "budget",
        "budget",
        "budget",
        "budget",
    ]
    again = FakeEngine()
    render(shard, storage, again)
    assert len(again.painted) == 4
    assert {row["status"] for row in part_rows(storage, shard).values()} == {"ok"}


def test_whoever_watches_is_told_of_every_design_once(storage):
    shard = some_shard(storage)
    told: dict[str, list[Outcome]] = {}
    render(
        shard,
        storage,
        FakeEngine(nan=frozenset(shard.design_ids[:1])),
        on_settled=lambda id_, outcome: told.setdefault(id_, []).append(outcome),
    )
    assert set(told) == set(shard.design_ids)
    assert all(len(outcomes) == 1 for outcomes in told.values())
    assert told[shard.design_ids[0]] == [Outcome.FAILED]


def test_two_runs_of_one_shard_without_claims_end_with_one_whole_set(storage):
    shard = some_shard(storage)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(render, shard, storage, FakeEngine(batch=1, seconds=0.005)) for _ in range(3)]
    assert sum(run.result().failed for run in runs) == 0
    assert_files_match_rows(storage, part_rows(storage, shard))


def test_the_same_garment_is_read_once_for_all_textiles_on_it(storage):
    shard = some_shard(storage, contents=("tee",), styles=tuple("abcdefgh"))
    watched = FaultyStorage(storage)
    render(shard, watched, FakeEngine())
    assert watched.log.count(("read", "content/tee.png")) == 1


def test_names_in_any_script_with_spaces_and_of_any_length_are_only_names(storage):
    names = ("日本の着物 нова", "with spaces (2)", "x" * 200)
    shard = some_shard(storage, contents=names, styles=("ikat ✿",))
    render(shard, storage, FakeEngine())
    rows = part_rows(storage, shard)
    assert {row["content_id"] for row in rows.values()} == set(names)
    assert_files_match_rows(storage, rows)


def test_designs_lie_under_their_ids_whatever_the_pictures_are_called(storage):
    shard = some_shard(storage)
    render(shard, storage, FakeEngine())
    renamed = planned_row("tee", "ikat")
    assert renamed["design_id"] == shard.design_ids[0]
    key = design_key(renamed["design_id"])
    assert (
        hashlib.sha256(storage.read(key)).hexdigest()
        == part_rows(storage, shard)[renamed["design_id"]]["image_sha256"]
    )


class RecolouringEngine(FakeEngine):
    """Leaves designs to be made as colorways are: each waits until another one is being made."""

    def __init__(self) -> None:
        super().__init__(batch=1)
        self.two = threading.Barrier(2, timeout=10)

    def paint_originals(self, prepared, recipe, **named):
        def made(one):
            self.two.wait()
            return one

        return [
            Recolouring(one.design_id, partial(made, one)) for one in self.paint(prepared, recipe, **named)
        ]


def test_colorways_are_made_beside_each_other(storage):
    # made one after the other, the first would wait for the second for ever
    shard = some_shard(storage, ("tee", "coat"), ("ikat",))
    report = render(shard, storage, RecolouringEngine())
    assert (report.painted, report.failed) == (2, 0)
