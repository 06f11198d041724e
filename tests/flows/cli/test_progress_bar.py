"""What is said while a batch is painted, where nobody watches and where somebody does."""

from __future__ import annotations

import pytest

from flows.cli.progress_bar import Lines, Pace, described, shown_progress
from flows.cli.words import count, duration, gigabytes
from flows.progress import Outcome, Phase, Progress, Snapshot, watching


def painting(**counts) -> Snapshot:
    return Snapshot("b", Phase.PAINTING, planned=10, **counts)


def test_the_pace_counts_half_painted_designs_but_not_the_time_of_starting_up():
    pace = Pace()
    assert pace(painting(elapsed_s=20)) == ""
    # 4 painted and half of the next two in 120 - 20 s: 5 in 100 s, 180 an hour; 10 - 4 - 1 = 5 left, 100 s
    assert pace(painting(painted=4, steps_done=1.0, elapsed_s=120)) == "180 designs/h, 1 min 40 s left"


def test_what_was_there_before_says_nothing_of_the_pace():
    pace = Pace()
    pace(painting(there=6, elapsed_s=0))
    # 2 in 20 s: 360 an hour; 10 - 8 = 2 left, 20 s
    assert pace(painting(there=6, painted=2, elapsed_s=20)) == "360 designs/h, 20 s left"


@pytest.mark.parametrize(
    "now",
    [
        Snapshot("b"),
        painting(elapsed_s=5),
        Snapshot("b", Phase.PUBLISHING, planned=10, painted=10, elapsed_s=5),
    ],
)
def test_before_anything_is_known_nothing_is_promised(now):
    assert Pace()(now) == ""


def test_a_second_run_says_at_once_what_is_there():
    assert described(Snapshot("b", Phase.PAINTING, planned=24, there=24)) == "painting (24 already there)"


def test_reading_catalogs_has_a_progress_of_its_own():
    now = Snapshot("b", Phase.PLANNING, images_read=3, images_to_read=12)
    assert described(now) == "reading catalogs, 3 of 12 images"


def test_where_nobody_watches_a_line_comes_for_each_phase_and_every_half_minute(capsys):
    now = [0.0]
    lines = Lines(clock=lambda: now[0])
    for seconds, phase in (
        (1, "planning"),
        (2, "planning"),
        (3, "painting"),
        (20, "painting"),
        (34, "painting"),
    ):
        now[0] = seconds
        lines(Snapshot("demo", Phase(phase), planned=2, there=1))
    # at 1 s and 3 s a new phase; at 34 s 31 s after the last line; at 2 s and 20 s nothing
    assert capsys.readouterr().err.splitlines() == [
        "demo: planning",
        "demo: painting, 1 of 2 designs, 1 already there",
        "demo: painting, 1 of 2 designs, 1 already there",
    ]


def test_the_lines_go_to_stderr_and_leave_stdout_to_results(capsys):
    with shown_progress():
        progress = Progress("demo")
        progress.enter(Phase.PAINTING)
        progress.plan(2, there=0, failed=0, skipped=0)
        progress.settle("a", Outcome.PAINTED)
        progress.enter(Phase.PUBLISHING)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "demo: painting" in printed.err
    assert "demo: publishing" in printed.err


def test_a_bar_takes_every_change_where_somebody_watches(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress():
        progress = Progress("demo")
        progress.enter(Phase.PAINTING)
        progress.plan(2, there=1, failed=0, skipped=0)
        progress.step("shard 0", 1, 0.5)
        progress.settle("a", Outcome.PAINTED)
    assert "2/2" in capsys.readouterr().err


def test_nobody_is_told_after_the_run():
    seen = []
    with watching(seen.append):
        Progress("demo").enter(Phase.PAINTING)
    Progress("demo").enter(Phase.PUBLISHING)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (3.14, "3.1 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3600, "1 h"),
        (25_500, "7 h 5 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_are_told_in_two_units(seconds, text):
    assert duration(seconds) == text


def test_sizes_and_counts_read_as_a_person_says_them():
    assert (gigabytes(2.5e9), gigabytes(1.2e6)) == ("2.5 GB", "1.2 MB")
    assert (count(1, "design"), count(1200, "design")) == ("1 design", "1,200 designs")
