"""Painting does not wait for files, memory does not fill, and nothing that was painted is dropped."""

from __future__ import annotations

import threading

import pytest

from flows.shards.pipeline import Stages, run_pipeline


class Workshop:
    """Stages that note what happened; a job is a number, its group the number modulo ``groups``."""

    def __init__(self, *, size: int = 1, groups: int = 1) -> None:
        self.size = size
        self.groups = groups
        self.batches: list[list[int]] = []
        self.finished: list[int] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.lock = threading.Lock()
        self.broken: dict[str, int] = {}
        self.nothing_to_paint: set[int] = set()

    @property
    def painted(self) -> list[int]:
        return [job for batch in self.batches for job in batch]

    def _may_break(self, stage: str, job: int) -> None:
        if self.broken.get(stage) == job:
            raise OSError(f"{stage} of {job}")

    def prepare(self, job: int) -> int | None:
        self._may_break("prepare", job)
        with self.lock:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            if job in self.nothing_to_paint:
                self.in_flight -= 1
                return None
        return job

    def paint(self, batch):
        for job in batch:
            self._may_break("paint", job)
        self.batches.append(list(batch))
        return batch

    def finish(self, job: int) -> None:
        self._may_break("finish", job)
        with self.lock:
            self.in_flight -= 1
            self.finished.append(job)

    def run(self, jobs, **options) -> None:
        stages = Stages(
            prepare=self.prepare,
            group=lambda job: job % self.groups,
            batch_size=lambda job: self.size,
            paint=self.paint,
            finish=self.finish,
        )
        run_pipeline(jobs, stages, prepare_threads=2, finish_threads=2, **options)


def test_every_job_passes_all_stages_once():
    workshop = Workshop(size=3, groups=2)
    workshop.run(range(50))
    assert sorted(workshop.finished) == list(range(50))
    assert sorted(workshop.painted) == list(range(50))


def test_a_batch_holds_one_group_and_no_more_than_fits():
    workshop = Workshop(size=4, groups=3)
    workshop.run(range(40))
    for batch in workshop.batches:
        assert len({job % 3 for job in batch}) == 1
        assert len(batch) <= 4


def test_what_is_between_the_stages_stays_bounded():
    # 3 ahead of the painting, 1 being painted, 3 painted and not finished, 1 more that overlaps a count
    workshop = Workshop()
    gate = threading.Event()
    finish = workshop.finish

    def slow_finish(job: int) -> None:
        gate.wait(0.01)
        finish(job)

    workshop.finish = slow_finish
    workshop.run(range(100))
    assert len(workshop.finished) == 100
    assert workshop.most_in_flight <= 8


def test_preparing_and_finishing_go_on_while_a_batch_is_painted():
    workshop = Workshop()
    prepared_third, finished_first = threading.Event(), threading.Event()
    prepare, paint, finish = workshop.prepare, workshop.paint, workshop.finish

    def noting_prepare(job: int) -> int | None:
        if job == 2:
            prepared_third.set()
        return prepare(job)

    def noting_finish(job: int) -> None:
        finish(job)
        finished_first.set()

    def waiting_paint(batch):
        # would never return if the other stages stood still meanwhile
        if len(workshop.batches) == 0:
            assert prepared_third.wait(10)
        if len(workshop.batches) == 1:
            assert finished_first.wait(10)
        return paint(batch)

    workshop.prepare, workshop.paint, workshop.finish = noting_prepare, waiting_paint, noting_finish
    workshop.run(range(3))
    assert sorted(workshop.finished) == [0, 1, 2]


def test_a_job_with_nothing_to_paint_is_left_out():
    workshop = Workshop()
    workshop.nothing_to_paint = {1, 3}
    workshop.run(range(5))
    assert sorted(workshop.finished) == [0, 2, 4]


@pytest.mark.parametrize("stage", ["prepare", "paint", "finish"])
def test_a_stage_that_raises_ends_the_pipeline_with_its_error(stage: str):
    workshop = Workshop()
    workshop.broken = {stage: 7}
    with pytest.raises(OSError, match=f"{stage} of 7"):
        workshop.run(range(1000))
    assert len(workshop.finished) < 1000


def test_what_is_painted_is_finished_even_when_the_painting_breaks():
    workshop = Workshop()
    workshop.broken = {"paint": 20}
    with pytest.raises(OSError, match="paint of 20"):
        workshop.run(range(40))
    assert sorted(workshop.finished) == sorted(workshop.painted)


def test_no_new_batch_begins_once_told_so_and_what_was_painted_is_finished():
    workshop = Workshop()
    workshop.run(range(100), go_on=lambda: len(workshop.batches) < 5)
    assert len(workshop.batches) == 5
    assert sorted(workshop.finished) == sorted(workshop.painted)


def test_no_jobs_is_no_work():
    workshop = Workshop()
    workshop.run([])
    assert workshop.batches == []
