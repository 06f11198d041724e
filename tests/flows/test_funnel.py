"""A funnel: previews of all pairs, fallbacks of those that fail, finals of the best, as one batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from catalogs.done import done_index
from catalogs.layout import candidates_key, design_key
from catalogs.manifest import SCORES_FAILED
from catalogs.plan import read_plan
from catalogs.publication import publish
from catalogs.summary import Summary
from flows import planning, wiring
from flows.equipment import equipped
from flows.nightly import nightly_designs, rerun_failed
from flows.shards.claimed_shard import render_claimed_shard
from nst_core.design import Painted
from nst_core.scoring import Scores
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import SmallHouse
from tests.flows.tiny_networks import put_johnson, put_many

QUICK = """
name: quick
cloth: {maker: tile, motif_scale: 0.5}
"""
FUNNEL = """
name: demo
recipes: [./quick.yaml]
sizes_px: [32]
shard_size: 4
max_failure_rate: 0.5
funnel:
  final_recipe: ./laid.yaml
  final_size_px: 64
  fall_back: ./laid.yaml
  keep: {per_garment: 1, per_style: 0}
  passes: {motif_min: 0.4}
"""
GOOD = Scores(motif=0.7, gmd=0.2, gmd_heldout=0.25, relief=0.3, speckle=0.95)
# Textiles look different; ikat is the best of all, and a quick check is scrambled.
TEXTURES = {"ikat": (3, -2, 1) * 32, "floral": (1, 5, -2) * 32, "check": (-4, 0, 3) * 32}
MOTIFS = {"ikat": 0.8, "floral": 0.7, "check": 0.6}


def scores_of(recipe: str, content: str, style: str) -> Scores:
    motif = 0.1 if (recipe, style) == ("quick", "check") else MOTIFS[style]
    return replace(GOOD, motif=motif, texture=TEXTURES[style])


@dataclass
class ScoringEngine(FakeEngine):
    """Gives designs the scores that a test wants, by recipe, garment and textile."""

    scores: Callable[[str, str, str], Scores] = scores_of
    names: dict[str, tuple[str, str]] = field(default_factory=dict)

    def prepare(self, job, recipe, *, tile=None):
        pair = job.content_name, job.style_name
        self.names[job.design_id] = tuple(name.rpartition("/")[2].partition(".")[0] for name in pair)
        return super().prepare(job, recipe, tile=tile)

    def paint(self, prepared, recipe, **options):
        painted = super().paint(prepared, recipe, **options)
        return [
            replace(one, scores=self.scores(recipe.name, *self.names[one.design_id]))
            if isinstance(one, Painted)
            else one
            for one in painted
        ]

    paint_originals = paint


@pytest.fixture
def house(tmp_path):
    small = SmallHouse(tmp_path, engine=ScoringEngine()).fill()
    (tmp_path / "quick.yaml").write_text(QUICK)
    small.write_batch(FUNNEL)
    with equipped(small.equipment()):
        yield small


def render(run, shards) -> None:
    for shard_id in shards:
        render_claimed_shard(run, shard_id, device="cpu", wait=True)


def night(house, run=None) -> Summary:
    """Do what the flow does, without Prefect: plan, render, let the plan grow, publish."""
    run = run or wiring.plan_run(house.batch)
    render(run, run.missing_by_shard())
    while work := wiring.grow(run):
        render(run, work)
    wiring.end_run(run)
    return publish(run.storage, run.plan, max_failure_rate=1, budget_spent=run.stop.is_spent)


def by_stage(house) -> dict[str, list[dict]]:
    stages: dict[str, list[dict]] = {}
    for row in house.rows().values():
        stages.setdefault(row["stage"], []).append(row)
    return stages


def told(rows) -> list[tuple[str, str]]:
    return sorted((row["content_id"], row["style_id"]) for row in rows)


@pytest.mark.usefixtures("prefect_api")
def test_the_best_previews_become_finals_and_those_that_fail_are_painted_by_another_recipe(house):
    result = nightly_designs(house.batch)
    stages = by_stage(house)
    garments = ("coat", "dress", "hood", "skirt", "tee")
    assert {name: len(rows) for name, rows in stages.items()} == {"preview": 15, "fallback": 5, "final": 5}
    assert told(stages["fallback"]) == [(one, "check") for one in garments]
    assert told(stages["final"]) == [(one, "ikat") for one in garments]
    assert {(row["recipe"], row["size_px"]) for row in stages["fallback"]} == {("laid", 32)}
    assert {(row["recipe"], row["size_px"]) for row in stages["final"]} == {("laid", 64)}
    refused = [row for row in stages["preview"] if row["style_id"] == "check"]
    assert {row["status"] for row in refused} == {"skipped"}
    assert {row["error_code"] for row in refused} == {SCORES_FAILED}
    assert {row["error"] for row in refused} == {"motif is 0.1, under 0.4; laid paints the pair instead"}
    # 15 + 5 + 5 planned, all painted once, and five previews not shown
    totals = {name: result[name] for name in ("planned", "ok", "failed", "skipped", "painted", "there")}
    assert totals == {"planned": 25, "ok": 20, "failed": 0, "skipped": 5, "painted": 25, "there": 0}
    assert result["skips"] == {SCORES_FAILED: 5}
    assert len(house.engine.painted) == len(set(house.engine.painted)) == 25


def test_a_final_names_its_preview_and_the_preview_its_final(house):
    night(house)
    rows = house.rows()
    for row in rows.values():
        if row["follows"]:
            before = rows[row["follows"]]
            assert before["followed_by"] == row["design_id"]
            assert before["stage"] == "preview"
            assert (before["content_id"], before["style_id"]) == (row["content_id"], row["style_id"])
        if row["followed_by"]:
            assert rows[row["followed_by"]]["follows"] == row["design_id"]
    assert Counter(row["stage"] for row in rows.values() if row["follows"]) == {"fallback": 5, "final": 5}


def test_a_fallback_can_be_the_best_of_its_garment(house):
    house.engine.scores = lambda recipe, content, style: replace(
        scores_of(recipe, content, style),
        motif=0.1 if recipe == "quick" and style == "check" else {"check": 0.8}.get(style, 0.6),
    )
    night(house)
    rows = house.rows()
    finals = by_stage(house)["final"]
    assert {row["style_id"] for row in finals} == {"check"}
    for final in finals:
        fallback = rows[final["follows"]]
        preview = rows[fallback["follows"]]
        assert (fallback["stage"], preview["stage"]) == ("fallback", "preview")
        assert preview["followed_by"] == fallback["design_id"]
        assert fallback["followed_by"] == final["design_id"]


@pytest.mark.usefixtures("prefect_api")
def test_a_second_night_paints_nothing_and_has_the_same_rows(house):
    nightly_designs(house.batch)
    rows = house.rows()
    house.engine.painted.clear()
    result = nightly_designs(house.batch)
    assert (result["painted"], result["there"], result["ok"]) == (0, 25, 20)
    assert house.engine.painted == []
    assert house.rows() == rows
    assert rerun_failed("demo")["painted"] == 0
    assert house.rows() == rows


def test_without_a_fallback_a_preview_that_fails_is_only_not_shown(house):
    house.write_batch(FUNNEL.replace("fall_back: ./laid.yaml", "fall_back: null"))
    totals = night(house)
    assert (totals.planned, totals.ok, totals.skipped) == (20, 15, 5)
    refused = [row for row in house.rows().values() if row["status"] == "skipped"]
    assert {row["error"] for row in refused} == {"motif is 0.1, under 0.4"}
    assert {row["followed_by"] for row in refused} == {None}


@pytest.mark.parametrize("kind", ["johnson", "johnson-many"])
def test_a_mix_that_the_previews_network_cannot_paint_is_painted_by_the_fallback(house, kind):
    # the one knows one style, the other could and has not learnt floral
    (house.folder / "quick.yaml").write_text(f"name: quick\nnetwork: {{kind: {kind}}}\n")
    put_johnson(house.storage, "ikat")
    put_many(house.storage, "ikat")
    house.write_batch(FUNNEL + "styles: [ikat, 'ikat:2 + floral:1']\n")
    night(house)
    stages = by_stage(house)
    alone = [row for row in stages["preview"] if row["status"] == "ok"]
    assert {(row["style_id"], row["further_styles"]) for row in alone} == {("ikat", None)}
    assert len(alone) == len(stages["fallback"]) == 5
    for row in stages["fallback"]:
        assert [row["style_id"], *(one["style_id"] for one in row["further_styles"])] == ["ikat", "floral"]
    [skipped] = [row for row in stages["preview"] if row["status"] == "skipped"]
    assert skipped["error"].endswith("; laid paints its pairs instead")


def test_a_budget_that_ends_among_the_previews_promotes_nothing_yet_and_the_next_run_goes_on(house):
    house.write_batch(FUNNEL + "budget_designs: 6\n")
    totals = night(house)
    assert (totals.planned, totals.ok + totals.skips[SCORES_FAILED], len(house.engine.painted)) == (15, 6, 6)
    assert set(by_stage(house)) == {"preview"}
    house.write_batch(FUNNEL)
    assert night(house).planned == 25
    assert len(house.engine.painted) == len(set(house.engine.painted)) == 25


def test_previews_that_fail_are_not_shown_even_where_the_time_ended_first(house):
    house.write_batch(FUNNEL + "budget_designs: 14\n")
    night(house)
    rows = by_stage(house)["preview"]
    painted = [row for row in rows if row["error_code"] != "budget"]
    assert len(painted) == 14
    assert all((row["status"] == "skipped") == (row["style_id"] == "check") for row in painted)


def test_a_preview_that_was_never_painted_holds_no_other_back(house):
    house.engine.refuse = frozenset({"content/tee.png"})
    assert night(house).failures == {"truncated": 3}
    assert told(by_stage(house)["final"]) == [(one, "ikat") for one in ("coat", "dress", "hood", "skirt")]
    house.engine.refuse = frozenset()
    house.engine.painted.clear()
    night(house)
    # three previews of the tee, its fallback and its final; nothing else again
    assert len(house.engine.painted) == 5
    assert len(by_stage(house)["final"]) == 5


@pytest.mark.parametrize("taken_up", ["by its plan", "by its file"])
@pytest.mark.parametrize("reached", ["previews", "fallbacks", "some finals"])
def test_a_run_that_dies_between_stages_is_gone_on_with(house, reached, taken_up):
    run = wiring.plan_run(house.batch)
    render(run, run.plan.shard_ids)
    if reached != "previews":
        render(run, wiring.grow(run))
    if reached == "some finals":
        [first, *_] = wiring.grow(run)
        render(run, [first])
    wiring.end_run(run)  # and nothing is published
    there = set(house.engine.painted)
    totals = night(house, wiring.stored_run("demo") if taken_up == "by its plan" else None)
    assert (totals.planned, totals.ok, totals.skipped) == (25, 20, 5)
    assert Counter(house.engine.painted).most_common(1)[0][1] == 1
    assert there < set(house.engine.painted)
    assert {name: len(rows) for name, rows in by_stage(house).items()} == {
        "preview": 15,
        "fallback": 5,
        "final": 5,
    }


def test_the_same_designs_give_the_same_plan_to_the_last_bit(house):
    run = wiring.plan_run(house.batch)
    render(run, run.plan.shard_ids)
    render(run, wiring.grow(run))
    wiring.grow(run)
    stored = read_plan(house.storage, "demo")
    again = planning.plan_designs(house.batch)[1]
    assert stored.table.equals(again.table)
    assert house.storage.exists(candidates_key("demo"))


def test_two_runs_of_one_funnel_paint_each_design_once(house):
    one, other = wiring.plan_run(house.batch, prefect_run_id="a"), None
    render(one, list(one.plan.shard_ids)[:2])
    other = wiring.plan_run(house.batch, prefect_run_id="b")
    render(other, other.missing_by_shard())
    render(one, one.missing_by_shard())
    for run in (one, other, one, other):
        render(run, wiring.grow(run))
    assert Counter(house.engine.painted).most_common(1)[0][1] == 1
    assert len(house.engine.painted) == 25
    assert one.plan.table.equals(other.plan.table)


def test_what_a_catalog_says_by_now_changes_nothing_in_a_funnel_that_was_begun(house):
    run = wiring.plan_run(house.batch)
    render(run, run.plan.shard_ids)
    wiring.end_run(run)
    for kind in ("content", "style"):
        house.storage.delete(f"{kind}/catalog.csv")
    assert night(house, wiring.stored_run("demo")).planned == 25


def test_finals_come_in_all_colorways_and_previews_in_none(house):
    house.write_batch(FUNNEL + "colorways:\n  palettes: {rust: ['#2b1a12', '#8a3b12', '#d9a066']}\n")
    run = wiring.plan_run(house.batch)
    assert len(run.plan) == 15
    render(run, run.plan.shard_ids)
    render(run, wiring.grow(run))
    wiring.grow(run)
    finals = [row for row in run.plan.table.to_pylist() if row["stage"] == "final"]
    assert Counter(row["colorway"] for row in finals) == {"": 5, "rust": 5}
    own = {row["follows"]: row["design_id"] for row in finals if not row["colorway"]}
    rows = {row["design_id"]: row for row in run.plan.table.to_pylist()}
    assert {row["follows"] for row in finals if row["colorway"]} == set(own)
    assert all(rows[preview]["followed_by"] == final for preview, final in own.items())


def test_a_plan_of_a_funnel_says_how_many_finals_there_can_be(house):
    _, plan = planning.plan_designs(house.batch)
    [note] = [one for one in plan.notes if "funnel" in one]
    assert note == (
        "a funnel: these are previews, of which laid paints the best again at 64 px, 5 at most; laid paints "
        "pairs whose previews' scores fail"
    )
    assert len(done_index(house.storage, plan)) == 0
    assert not house.storage.exists(design_key(plan.render_ids[0].as_py()))
