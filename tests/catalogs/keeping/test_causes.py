"""Why designs are not there: each of them counted once, under the cause that it shares with others."""

from __future__ import annotations

import re
from pathlib import Path

import nst_core
from catalogs.done import done_index
from catalogs.keeping.causes import MOST_CAUSES, diagnose
from catalogs.layout import design_key
from catalogs.parts import write_part
from catalogs.plan import plan_shard
from catalogs.remedies import remedy
from catalogs.report.unsuitable import UNSUITABLE
from catalogs.storage import Storage
from nst_core.errors import EngineError
from tests.catalogs.wardrobe import (
    a_batch,
    a_plan,
    failed_row,
    garment,
    ok_row,
    paint,
    put_catalog,
    put_shop,
    textile,
)


def tried(storage: Storage, plan, shard_id: int, sentences, **cells) -> None:
    planned = zip(plan_shard(plan, shard_id), sentences, strict=True)
    rows = [failed_row(row, error=said, **cells) for row, said in planned]
    write_part(storage, plan.batch_id, shard_id, rows)


def test_sentences_that_differ_in_names_and_numbers_are_one_cause(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    plan = a_plan(directory_storage, a_batch(shard_size=2))
    cells = {"error_code": "truncated"}
    ends = "content/{}.jpg: the file ends after {} of 240 kB; upload it again"
    tried(directory_storage, plan, 0, [ends.format("a", 18), ends.format("b", 7)], **cells)
    tried(directory_storage, plan, 1, [ends.format("a", 180), "style 'x' is a web page"], **cells)
    paint(directory_storage, plan, 2)
    found = diagnose(plan, done_index(directory_storage, plan))
    assert [(one.designs, one.says) for one in found.failed] == [
        (3, "<file>: the file ends after # of # kB; upload it again"),
        (1, "style '…' is a web page"),
    ]
    first = found.failed[0]
    assert (first.shards, first.in_shards, first.share) == ((0, 1), 2, 0.5)
    assert first.example.startswith("content/")
    assert len(first.design_ids) == 3
    assert first.remedy == remedy("truncated")


def test_one_sentence_with_two_codes_is_two_causes(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    plan = a_plan(directory_storage, a_batch(shard_size=1))
    tried(directory_storage, plan, 0, ["it failed"], error_code="nonfinite")
    tried(directory_storage, plan, 1, ["it failed"], error_code="out_of_memory")
    found = diagnose(plan, done_index(directory_storage, plan))
    assert [one.code for one in found.failed] == ["nonfinite", "out_of_memory"]


def test_every_planned_design_is_counted_once(directory_storage: Storage):
    put_catalog(
        directory_storage, "content", [garment("a"), garment("b"), garment("c"), garment("d", title="")]
    )
    put_catalog(directory_storage, "style", [textile("x"), textile("y")])
    plan = a_plan(directory_storage, a_batch(shard_size=2, max_designs=4))
    # planned: 6 designs, of which 2 are over max_designs, and the broken row; of two shards one was reached
    one, two = plan_shard(plan, 0)
    directory_storage.write_atomic(design_key(one["design_id"]), b"painted")
    write_part(directory_storage, "night", 0, [ok_row(one), failed_row(two, prefect_run_id="run-7")])
    found = diagnose(plan, done_index(directory_storage, plan))
    causes = (*found.failed, *found.skipped, found.missing)
    assert found.planned == found.ok + sum(one.designs for one in causes) == 7
    assert {(one.status, one.code): one.designs for one in causes} == {
        ("failed", "nonfinite"): 1,
        ("failed", "title_missing"): 1,
        ("skipped", "max_designs"): 2,
        ("missing", "missing"): 2,
    }
    by_code = {one.code: one for one in causes}
    assert by_code["missing"].shards == (1,)
    assert by_code["title_missing"].shards == ()
    assert by_code["nonfinite"].runs == ("run-7",)


def test_an_image_that_went_away_is_missing_whatever_its_row_says(directory_storage: Storage):
    put_shop(directory_storage, "a", "xy")
    plan = a_plan(directory_storage)
    gone = paint(directory_storage, plan, 0)[0]
    directory_storage.delete(design_key(gone))
    found = diagnose(plan, done_index(directory_storage, plan))
    assert found.ok == 1
    assert found.missing is not None
    assert found.missing.design_ids == (gone,)


def test_rare_causes_are_counted_and_not_listed(directory_storage: Storage):
    letters = [chr(ord("a") + at // 26) + chr(ord("a") + at % 26) for at in range(MOST_CAUSES + 3)]
    put_shop(directory_storage, letters, "x")
    plan = a_plan(directory_storage, a_batch(shard_size=100))
    tried(directory_storage, plan, 0, [f"because of {name}" for name in letters])
    found = diagnose(plan, done_index(directory_storage, plan))
    assert (len(found.failed), found.unlisted) == (MOST_CAUSES, 3)


def test_a_batch_with_nothing_to_ask_has_no_causes(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    plan = a_plan(directory_storage)
    paint(directory_storage, plan, 0)
    found = diagnose(plan, done_index(directory_storage, plan))
    assert (found.ok, found.failed, found.skipped, found.missing) == (1, (), (), None)


def test_a_known_failure_has_its_remedy_and_an_unknown_one_the_general_one():
    assert "Export the image again" in remedy("truncated")
    assert "max_designs" in remedy("max_designs")
    assert "retry the batch" in remedy("never seen before")


def test_each_code_that_the_engine_gives_a_design_has_a_remedy_of_its_own():
    def below(kind):
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    # Of files for the mill and of trainings, which are no designs, and of bases that always bring a code.
    elsewhere = {"inks_impossible", "press_refused", "palette_refused", "training_impossible"}
    codes = {kind.code for kind in below(EngineError) if kind.__module__.startswith(("nst_core", "flows"))}
    codec = Path(nst_core.__file__).parent / "codec"
    for file in codec.glob("*.py"):
        codes |= set(re.findall(r'refusal\(\s*name, "([a-z_]+)"', file.read_text()))
    general = remedy("never seen before")
    assert not {code for code in codes | UNSUITABLE if remedy(code) == general} - elsewhere
