"""plan, run, status, retry and show on a small house, with Prefect's temporary API and a quick engine."""

from __future__ import annotations

import pytest
import typer
from PIL import Image

from catalogs.frozen import read_frozen
from catalogs.layout import DESIGNS_PREFIX, claim_key
from flows.cli.exits import Exit
from flows.cli.painting import paint
from flows.equipment import Equipment, equipped
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import BATCH

pytestmark = pytest.mark.usefixtures("prefect_api")


def test_a_run_says_what_it_did_and_where_everything_is(toile, house):
    answer = toile("run", house.batch)
    assert answer.code == 0
    assert "demo: 15 of 15 designs ok" in answer.words
    assert "15 painted, 0 already there" in answer.words
    for place in (
        "designs/",
        "manifests/demo.parquet",
        "reports/demo/index.html",
        "reports/demo/contact_sheet.png",
    ):
        assert f"{house.storage.root}/{place}" in answer.out
    assert "painting" in answer.err
    assert "Traceback" not in answer.err


def test_a_second_run_finds_everything_there(toile, house):
    toile("run", house.batch)
    again = FakeEngine()
    house.engine = again
    with equipped(house.equipment()):
        answer = toile("run", house.batch)
    assert "0 painted, 15 already there" in answer.words
    assert again.painted == []


def test_run_prints_json_and_nothing_else(toile, house):
    answer = toile("run", house.batch, "--json")
    assert (answer.json["ok"], answer.json["painted"], answer.json["there"]) == (15, 15, 0)
    assert answer.json["manifest"].endswith("manifests/demo.parquet")


def test_what_is_said_on_the_command_line_goes_before_the_file(toile, house):
    answer = toile("run", house.batch, "--size-px", "64", "--max-designs", "3", "--json")
    assert (answer.json["ok"], answer.json["skipped"], answer.json["skips"]) == (3, 12, {"max_designs": 12})
    assert {row["size_px"] for row in house.rows().values()} == {64}


def test_controls_are_turned_from_the_command_line_and_told(toile, house):
    turned = ("--strength", "0.5", "--keep-colours", "luma", "--rotation-deg", "-45")
    facts = toile("plan", house.batch, *turned, "--json").json
    assert facts["to_paint"] == 15
    assert toile("run", house.batch, *turned).code == 0
    rows = house.rows()
    assert {(row["strength"], row["keep_colours"], row["rotation_deg"]) for row in rows.values()} == {
        (0.5, "luma", -45.0)
    }
    told = toile("show", next(iter(rows))).words
    assert "strength 0.5" in told


def test_a_palette_is_named_on_the_command_line(toile, house):
    assert toile("run", house.batch, "--palette", "ikat").code == 0
    assert {row["palette_id"] for row in house.rows().values()} == {"ikat"}
    refused = toile("plan", house.batch, "--palette", "ikst")
    assert refused.code == Exit.USAGE
    assert "the nearest is 'ikat'" in refused.err


def test_deterministic_painting_is_asked_for_on_the_command_line_and_kept_for_a_retry(toile, house):
    assert toile("run", house.batch, "--deterministic").code == 0
    assert read_frozen(house.storage, "demo").batch.deterministic


def test_garments_and_what_they_wear_are_named_on_the_command_line(toile, house):
    house.write_batch(BATCH + "filters: {style: {kind: [stripe]}, content: {season: [SS27]}}\n")
    wanted = ("--content", "tee", "--content", "coat", "--style", "ikat:3 + check:1", "--style", "floral")
    assert toile("run", house.batch, *wanted).code == 0
    rows = house.rows().values()
    assert sorted((row["content_id"], row["style_id"]) for row in rows) == [
        ("coat", "floral"),
        ("coat", "ikat"),
        ("tee", "floral"),
        ("tee", "ikat"),
    ]
    mixed = next(row for row in rows if row["style_id"] == "ikat")
    assert [(one["style_id"], one["share"]) for one in mixed["further_styles"]] == [("check", 0.25)]
    assert toile("plan", house.batch, *wanted, "--seed", "3", "--seed", "4", "--json").json["planned"] == 8
    refused = toile("plan", house.batch, "--regions", "red=ikat")
    assert refused.code == Exit.USAGE
    assert "none of its 5 garments has a map" in refused.err


def test_too_many_failures_end_in_one_message_and_the_report(toile, house):
    house.engine.refuse = frozenset(f"content/{name}.png" for name in ("tee", "coat", "dress"))
    answer = toile("run", house.batch)
    assert answer.code == Exit.FAILED
    assert "9 of 15 designs of demo failed" in answer.err
    assert "reports/demo/index.html" in answer.err
    assert "Traceback" not in answer.err


def test_retry_paints_only_what_failed(toile, house):
    house.engine.refuse = frozenset({"content/coat.png"})
    assert toile("run", house.batch).code == 0
    house.engine.refuse = frozenset()
    house.engine.painted.clear()
    answer = toile("retry", "demo")
    assert (answer.code, len(house.engine.painted)) == (0, 3)
    assert "15 of 15 designs ok" in answer.words


def test_a_plan_says_what_is_there_and_what_is_left_and_paints_nothing(toile, house):
    facts = toile("plan", house.batch, "--json").json
    assert (facts["planned"], facts["there"], facts["to_paint"], facts["shards"]) == (15, 0, 15, 4)
    assert facts["seconds"] > 0
    assert facts["bytes"] > 0
    assert "rough" in facts["basis"]
    assert house.engine.painted == []
    assert not list(house.storage.list("batches/"))
    house.engine.seconds = 0.01
    toile("run", house.batch)
    house.write_batch(BATCH + "seeds: [0, 1]\n")
    facts = toile("plan", house.batch, "--json").json
    assert (facts["planned"], facts["there"], facts["to_paint"]) == (30, 15, 15)
    # 15 designs of 0.01 s each
    assert facts["seconds"] == pytest.approx(0.15)
    assert "measured" in facts["basis"]
    assert "15 in at most 8 shards" in toile("plan", house.batch).words


def test_status_follows_a_batch_from_planned_to_published(toile, house):
    assert toile("status", "demo").code == Exit.NOTHING_FOUND
    house.engine.refuse = frozenset({"content/coat.png"})
    toile("run", house.batch)
    answer = toile("status", house.batch, "--json")
    assert answer.code == Exit.FAILED
    facts = answer.json
    assert (facts["ok"], facts["failed"], facts["missing"]) == (12, 3, 0)
    assert facts["failures"] == {"truncated": 3}
    assert facts["published"]
    assert facts["is_latest"]
    assert "toile retry demo" in toile("status", "demo").words
    house.engine.refuse = frozenset()
    toile("retry", "demo")
    answer = toile("status", "demo")
    assert answer.code == 0
    assert "ok 15" in answer.words


def test_status_sees_pictures_that_went_missing_and_shards_at_work(toile, house):
    toile("run", house.batch)
    keys = [stat.key for stat in house.storage.list(DESIGNS_PREFIX)]
    for key in keys[:2]:
        house.storage.delete(key)
    house.storage.write_atomic(claim_key("demo", 0), b"{}")
    answer = toile("status", "demo", "--json")
    assert answer.code == Exit.FAILED
    assert (answer.json["ok"], answer.json["missing"], answer.json["shards_at_work"]) == (13, 2, 1)


def test_status_counts_what_was_left_out_on_purpose(toile, house):
    toile("run", house.batch, "--max-designs", "6")
    answer = toile("status", "demo", "--json")
    assert (answer.code, answer.json["ok"], answer.json["skipped"]) == (0, 6, 9)
    assert answer.json["skips"] == {"max_designs": 9}


def test_a_batch_is_found_by_its_name_of_today(toile, house):
    house.write_batch(BATCH + 'batch_id: "{name}-{date}"\n')
    batch_id = toile("run", house.batch, "--json").json["batch_id"]
    assert batch_id.startswith("demo-20")
    assert toile("status", house.batch, "--json").json["batch_id"] == batch_id
    assert toile("status", batch_id, "--json").json["batch_id"] == batch_id


def test_an_unknown_batch_names_the_nearest(toile, house):
    toile("run", house.batch)
    answer = toile("status", "demi")
    assert answer.code == Exit.NOTHING_FOUND
    assert "'demo'" in answer.err


def test_a_design_tells_its_provenance_from_its_first_digits(toile, house):
    toile("run", house.batch)
    design_id, row = next(iter(house.rows().items()))
    shown = toile("show", design_id[:8], "--json").json
    assert shown["design_id"] == design_id
    assert shown["image_sha256"] == row["image_sha256"]
    assert shown["content_licence"] == "CC0-1.0"
    text = toile("show", design_id[:8].upper()).words
    for fact in (row["content_title"], row["style_title"], row["recipe_hash"], "CC0-1.0", row["image_key"]):
        assert fact in text


def test_a_design_that_failed_tells_why(toile, house):
    house.engine.refuse = frozenset({"content/coat.png"})
    toile("run", house.batch)
    failed = next(row for row in house.rows().values() if row["status"] == "failed")
    shown = toile("show", failed["design_id"], "--json").json
    assert (shown["status"], shown["error_code"]) == ("failed", "truncated")
    assert "upload it again" in toile("show", failed["design_id"]).words


@pytest.mark.parametrize(
    ("digits", "code"), [("xyz", 2), ("abc", 2), ("../x", 2), ("f" * 33, 2), ("ffffffffffff", 4)]
)
def test_what_is_no_design_ends_in_a_clear_error(toile, house, digits, code):
    answer = toile("show", digits)
    assert answer.code == code
    assert digits in answer.err


def test_a_device_that_is_not_there_is_refused_before_anything_is_planned(toile, house):
    answer = toile("run", house.batch, "--device", "cuda:99")
    assert answer.code == Exit.USAGE
    assert "cuda:99" in answer.err
    assert not list(house.storage.list("batches/"))


def test_a_storage_that_is_away_is_told_at_once(toile, house, tmp_path, monkeypatch):
    (tmp_path / "storage.yaml").write_text(
        "root: s3://nobody\nendpoint_url: http://127.0.0.1:9\nmax_attempts: 1\nconnect_timeout_s: 1\n"
    )
    monkeypatch.setenv("TOILE_STORAGE", str(tmp_path / "storage.yaml"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    with equipped(Equipment()):
        for arguments in (("run", house.batch), ("status", "demo"), ("retry", "demo"), ("show", "abcd")):
            answer = toile(*arguments, "--json")
            assert answer.code == Exit.STORAGE
            assert answer.json["error"]["code"] == "storage_unavailable"


def test_a_broken_batch_file_is_one_message_with_file_line_and_key(toile, house):
    house.write_batch(BATCH + "sizes: [3]\n")
    answer = toile("run", house.batch)
    assert answer.code == Exit.USAGE
    assert "line 7: sizes: there is no such key; did you mean 'sizes_px'?" in answer.err
    assert "Traceback" not in answer.err


def test_ctrl_c_says_that_finished_designs_are_kept_and_how_to_go_on(house, capsys):
    def interrupted() -> dict:
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as ended:
        paint(house.storage, interrupted, again="toile run demo", as_json=False)
    assert ended.value.exit_code == Exit.INTERRUPTED
    said = capsys.readouterr().err
    assert "finished designs are kept" in said
    assert "`toile run demo`" in said


def test_the_edges_of_a_design_are_drawn_and_counted_beside_its_photo_s(toile, house, tmp_path):
    toile("run", house.batch, "--max-designs", "1")
    (painted,) = [row for row in house.rows().values() if row["status"] == "ok"]
    out = tmp_path / "edges.png"
    answer = toile("edges", painted["design_id"], "--out", str(out), "--json")
    assert answer.code == 0, answer.err
    figures = answer.json["edges"]
    for one in figures.values():
        assert one["ratio"] == pytest.approx(one["after"] / one["before"])
    assert set(figures) == {"tv_across", "tv_down", "energy"}
    assert Image.open(out).width > 3 * painted["width_px"]
    skipped = next(row for row in house.rows().values() if row["status"] == "skipped")
    assert toile("edges", skipped["design_id"]).code == Exit.NOTHING_FOUND


def test_a_painted_design_is_found_by_its_id_and_separated(toile, house, tmp_path):
    toile("run", house.batch, "--max-designs", "1")
    (painted,) = [row for row in house.rows().values() if row["status"] == "ok"]
    inks = ("--inks", "2", "--out", str(tmp_path / "plates"))
    answer = toile("separate", painted["design_id"][:8], *inks)
    assert answer.code == 0, answer.err
    assert (tmp_path / "plates" / "plates.tif").exists()
    skipped = next(row for row in house.rows().values() if row["status"] == "skipped")
    answer = toile("separate", skipped["design_id"], "--out", str(tmp_path / "none"))
    assert (answer.code, "was not painted (skipped)" in answer.err) == (Exit.NOTHING_FOUND, True)
