"""What a task takes of a machine: a device each, and a place on every machine."""

from __future__ import annotations

import pytest

from flows.cluster.share import Share, share_of
from flows.errors import ClusterUnavailable


def test_a_gpu_goes_with_its_part_of_the_processors_of_the_smallest_machine():
    # 32 / 8 = 4 and 16 / 2 = 8 processors a GPU: 4 fit on both; 8 + 2 GPUs
    machines = [{"CPU": 32.0, "GPU": 8.0}, {"CPU": 16.0, "GPU": 2.0}, {"CPU": 64.0}]
    assert share_of(machines, "auto") == Share(cpus=4, gpus=1, at_once=10)


def test_without_gpus_a_task_takes_a_whole_machine_as_large_as_the_smallest():
    # 8 processors find a place once in 8 and twice in 16; a head that gives none is left out
    machines = [{"CPU": 16.0}, {"CPU": 8.0}, {"memory": 1e9}]
    assert share_of(machines, "auto") == Share(cpus=8, gpus=0, at_once=3)


def test_who_asks_for_the_cpu_leaves_the_gpus_alone():
    assert share_of([{"CPU": 4.0, "GPU": 1.0}], "cpu") == Share(cpus=4, gpus=0, at_once=1)


def test_a_machine_has_room_where_both_are_enough():
    share = Share(cpus=4, gpus=1, at_once=1)
    assert share.fits({"CPU": 4.0, "GPU": 1.0})
    assert not share.fits({"CPU": 2.0, "GPU": 1.0})
    assert not share.fits({"CPU": 4.0})


@pytest.mark.parametrize("machines", [[{"memory": 1.0}], []])
def test_a_cluster_with_nothing_to_give_is_refused_with_the_remedy(machines):
    with pytest.raises(ClusterUnavailable, match="ray start --num-cpus"):
        share_of(machines, "auto")
