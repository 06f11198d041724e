"""A design comes out again from its row, and what has changed since is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from catalogs.layout import config_key, design_key
from catalogs.publication import publish
from flows import revision
from flows.cli.exits import Exit
from flows.equipment import equipped
from flows.shards.render_shard import render_shard
from flows.studies.reproduce import Change
from flows.wiring import plan_run
from nst_core.design import Painted
from tests.flows.cli.conftest import Toile
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.small_house import SmallHouse


class Shifting(FakeEngine):
    """Paints every pixel some levels brighter, and another ssim."""

    levels: int = 0
    ssim: float = 0.5

    def _paint_one(self, one: Any, should_stop: Any) -> Any:
        made = super()._paint_one(one, should_stop)
        if not isinstance(made, Painted):
            return made
        shifted = np.clip(made.image.astype(np.int16) + self.levels, 0, 255).astype(np.uint8)
        scores = type(made.scores)(**(vars(made.scores) | {"ssim": self.ssim}))
        return type(made)(**(vars(made) | {"image": shifted, "scores": scores}))


@pytest.fixture
def house(tmp_path, monkeypatch):
    house = SmallHouse(tmp_path, engine=Shifting()).fill(contents=("tee",), styles=("ikat",))
    monkeypatch.setenv("TOILE_ROOT", house.root)
    with equipped(house.equipment()):
        yield house


@pytest.fixture
def design(house) -> str:
    return painted(house)


def painted(house: SmallHouse) -> str:
    """Paint and publish the house's one design, without Prefect; return its id."""
    run = plan_run(house.batch, house.root)
    render_shard(run.shard(0), storage=house.storage, engine=house.engine, facts=run.facts, pace=house.pace)
    publish(house.storage, run.plan, max_failure_rate=1)
    [design_id] = run.plan.render_ids.to_pylist()
    return str(design_id)


def again(toile: Toile, design: str) -> tuple[int, dict[str, Any]]:
    answer = toile("reproduce", design[:8], "--json")
    return answer.code, answer.json


def test_the_same_inputs_give_the_same_file_and_touch_nothing(toile, house, design):
    before = {stat.key: stat.etag for stat in house.storage.list("")}
    code, told = again(toile, design)
    assert (code, told["verdict"], told["changes"]) == (0, "bytes", [])
    assert {stat.key: stat.etag for stat in house.storage.list("")} == before
    assert "the same file, to the last byte" in toile("reproduce", design).words


def test_a_picture_packed_another_way_is_the_same_picture(toile, house, design):
    data = house.storage.read(design_key(design))
    # after the pixels there may be more, which no reader looks at
    house.storage.write_atomic(design_key(design), data + b"\0")
    code, told = again(toile, design)
    assert (code, told["verdict"], told["largest_step"]) == (0, "pixels", 0)


@pytest.mark.parametrize(("ssim", "verdict", "code"), [(0.51, "scores", 0), (0.53, "differs", Exit.FAILED)])
def test_other_pixels_are_judged_by_their_scores(toile, house, design, ssim, verdict, code):
    house.engine.levels, house.engine.ssim = 3, ssim
    found, told = again(toile, design)
    assert (found, told["verdict"], told["largest_step"]) == (code, verdict, 3)
    assert told["scores"]["ssim"] == [0.5, ssim]
    assert "pixels differ by up to 3 of 255" in toile("reproduce", design).words


@pytest.mark.parametrize("key", ["content/tee.png", "style/ikat.png"])
def test_a_file_with_other_bytes_is_named_and_nothing_is_painted(toile, house, design, key):
    house.storage.write_atomic(key, picture("another"))
    before = len(house.engine.painted)
    code, told = again(toile, design)
    assert (code, told["verdict"]) == (Exit.FAILED, "impossible")
    assert [key in change["what"] for change in told["changes"]] == [True]
    assert len(house.engine.painted) == before
    house.storage.delete(key)
    assert f"({key}) is gone (it was " in toile("reproduce", design).words


def test_engine_and_packages_that_changed_are_named(toile, house, design, monkeypatch):
    house.engine.version, house.engine.device_name = "fake-2", "another device"
    monkeypatch.setattr(revision, "PACKAGES", ("numpy",))
    code, told = again(toile, design)
    changed = {change["what"]: (change["was"], change["now"]) for change in told["changes"]}
    assert code == 0  # it came out the same all the same
    assert changed["engine_version"] == ("fake-1", "fake-2")
    assert changed["device"] == ("no device", "another device")
    assert changed["torch"][1] == ""
    assert "numpy" not in changed


def test_a_picture_with_like_scores_and_other_pixels_is_another_one(toile, house, design):
    # another layout of the same textile scores much the same
    house.engine.levels = 4
    code, told = again(toile, design)
    assert (code, told["verdict"], told["scores"]["ssim"]) == (Exit.FAILED, "differs", [0.5, 0.5])


def test_a_licence_and_weights_that_changed_are_named_and_it_is_painted(toile, house, design, monkeypatch):
    text = house.storage.read("style/catalog.csv").decode().replace("CC0-1.0", "CC-BY-4.0")
    house.storage.write_atomic("style/catalog.csv", text.encode())
    monkeypatch.setattr(house.engine, "weights_sha256", lambda backbone: "e" * 64)
    code, told = again(toile, design)
    changed = {change["what"]: (change["was"], change["now"]) for change in told["changes"]}
    assert (code, told["verdict"]) == (0, "bytes")
    assert changed["style_licence"] == ("CC0-1.0", "CC-BY-4.0")
    assert changed["weights_sha256"][1] == "e" * 64
    assert f"is {'e' * 12}…" in toile("reproduce", design).words


def test_a_change_is_one_line_whatever_it_is():
    digest = "0123456789ab" + "0" * 28
    dirty = Change("git_revision", digest, f"{digest}-dirty")
    assert str(dirty) == "git_revision was 0123456789ab…, is 0123456789ab…-dirty"
    assert str(Change("style_licence_expires", "", "2031-01-31")).endswith("was empty, is 2031-01-31")


def test_a_batch_planned_anew_with_another_recipe_cannot_paint_the_old_design(toile, house, design):
    house.write_recipe("name: laid\ncloth: {maker: tile, motif_scale: 2.0}\n")
    painted(house)
    code, told = again(toile, design)
    assert (code, told["verdict"]) == (Exit.FAILED, "impossible")
    assert [change["what"] for change in told["changes"]] == ["recipe laid"]


def test_what_was_never_painted_cannot_be_painted_again(toile, house):
    house.engine.refuse = frozenset({"content/tee.png"})
    answer = toile("reproduce", painted(house))
    assert answer.code == Exit.USAGE
    assert "was never painted (truncated" in answer.err


def test_without_its_batch_s_configuration_the_message_says_what_is_missing(toile, house, design):
    house.storage.delete(config_key("demo"))
    answer = toile("reproduce", design)
    assert answer.code == Exit.NOTHING_FOUND
    assert config_key("demo") in answer.err


def test_the_new_picture_can_be_looked_at(toile, house, design, tmp_path):
    answer = toile("reproduce", design, "--out", str(tmp_path / "again" / "a.png"), "--json")
    assert answer.json["picture"].endswith("a.png")
    assert (tmp_path / "again" / "a.png").read_bytes().startswith(b"\x89PNG")
