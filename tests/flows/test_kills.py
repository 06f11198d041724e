"""kill -9 at any moment and two runs at once: every design once and whole, no finished work repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogs.layout import CLAIMS_PREFIX, DESIGNS_PREFIX
from tests.flows.children import KILLED, Children, painted, random_moments
from tests.flows.small_house import SmallHouse
from tests.flows.some_shards import assert_files_match_rows


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    started = Children.start()
    yield started
    started.stop()


@pytest.fixture
def small(tmp_path: Path) -> SmallHouse:
    return SmallHouse(tmp_path).fill()


def finished(small: SmallHouse) -> set[str]:
    return {Path(stat.key).stem for stat in small.storage.list(DESIGNS_PREFIX)}


def assert_whole(small: SmallHouse, designs: int = 15) -> None:
    rows = small.rows()
    assert len(rows) == designs
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert finished(small) == set(rows)
    assert_files_match_rows(small.storage, rows)


@pytest.mark.parametrize("seed", range(3))
def test_a_run_killed_again_and_again_repeats_no_finished_work(children, small, tmp_path, seed):
    kills = 0
    for number, moment in enumerate(random_moments(8, longest_s=0.6, seed=seed)):
        before = finished(small)
        log = tmp_path / f"log-{number}"
        request = {"folder": str(tmp_path), "log": str(log), "seconds": 0.05, "kill_after_s": moment}
        if number == 0:
            # By a random moment a fast machine may be done, and a slow one have planned nothing.
            request |= {"kill_at": 2, "kill_after_s": None}
        [end] = children.run(request)
        kills += end == KILLED
        assert end in (0, KILLED)
        assert not before & set(painted(log))
        assert before <= finished(small)
    log = tmp_path / "log-last"
    before = finished(small)
    # A kill every other design: an innocent one may have been in hand at two of them. Whoever asks gets it.
    assert children.run({"folder": str(tmp_path), "log": str(log), "quarantined": True}) == [0]
    assert not before & set(painted(log))
    assert kills
    assert_whole(small)


@pytest.mark.parametrize("kill_at", [1, 4, 14])
def test_a_kill_in_the_middle_of_painting_costs_at_most_what_was_in_the_air(
    children, small, tmp_path, kill_at
):
    log = tmp_path / "log"
    request = {"folder": str(tmp_path), "log": str(log)}
    assert children.run(request | {"kill_at": kill_at}) == [KILLED]
    in_the_air = set(painted(log)) - finished(small)
    assert children.run(request) == [0]
    again = [id_ for id_, times in Counter(painted(log)).items() if times > 1]
    assert set(again) == in_the_air & set(painted(log)[kill_at:])
    assert_whole(small)


def test_two_runs_at_once_paint_every_design_once_between_them(children, small, tmp_path):
    logs = [tmp_path / "log-a", tmp_path / "log-b"]
    runs = [{"folder": str(tmp_path), "log": str(log), "seconds": 0.05} for log in logs]
    assert children.run(*runs) == [0, 0]
    both = painted(logs[0]) + painted(logs[1])
    assert len(both) == len(set(both)) == 15
    assert_whole(small)
    assert not list(small.storage.list(CLAIMS_PREFIX))


def test_two_runs_at_once_try_a_design_that_fails_only_once_between_them(children, small, tmp_path):
    log = tmp_path / "log-first"
    assert children.run({"folder": str(tmp_path), "log": str(log)}) == [0]
    bad = painted(log)[:2]
    other = tmp_path / "other"
    other.mkdir()
    again = SmallHouse(other).fill()
    logs = [tmp_path / "log-a", tmp_path / "log-b"]
    # both have planned before either paints: one that begins later may try a failed design again
    runs = [
        {"folder": str(other), "log": str(one), "seconds": 0.05, "nan": bad, "beside": str(two)}
        for one, two in (logs, logs[::-1])
    ]
    assert children.run(*runs) == [0, 0]
    both = painted(logs[0]) + painted(logs[1])
    assert len(both) == len(set(both)) == 15
    assert again.statuses() == {"failed": 2, "ok": 13}


def test_when_one_of_two_runs_is_killed_the_other_finishes_its_shards_at_once(children, small, tmp_path):
    logs = [tmp_path / "log-a", tmp_path / "log-b"]
    runs = [
        {"folder": str(tmp_path), "log": str(logs[0]), "seconds": 0.05, "kill_at": 3},
        {"folder": str(tmp_path), "log": str(logs[1]), "seconds": 0.05},
    ]
    # the children's leases never run out: that the second ends means that it saw the first one's death
    assert children.run(*runs) == [KILLED, 0]
    twice = [id_ for id_, times in Counter(painted(logs[0]) + painted(logs[1])).items() if times > 1]
    # what was painted and not yet uploaded when the process died, in two shards of one design a batch
    assert len(twice) <= 3
    assert_whole(small)
