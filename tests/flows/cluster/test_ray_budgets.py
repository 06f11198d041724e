"""Budgets of a night on a Ray cluster: counted by all devices together, and the next night goes on."""

from __future__ import annotations

import pytest

from flows.nightly import nightly_designs
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.cluster.small_cluster import small_cluster
from tests.flows.cluster.test_ray import assert_whole

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_api")]


def test_devices_share_a_budget_of_designs_and_of_minutes(house):
    with small_cluster(house.folder, {stub_flows.SECONDS: "1"}) as ray:
        ray.start_head(cpus=2, gpus=2)
        place = {"task_runner": "ray", "ray_address": ray.address}
        # shards of 4, 4, 4 and 3: all of one and half of another
        totals = nightly_designs(house.batch, budget_designs=6, **place)
        assert (totals["ok"], totals["skips"]) == (6, {"budget": 9})
        # a second for a design, and four or fewer in a batch: some of the nine are begun, and not all
        totals = nightly_designs(house.batch, budget_minutes=1 / 60, **place)
        assert 0 <= totals["painted"] <= 8
        assert totals["skips"] == {"budget": 9 - totals["painted"]}
        assert nightly_designs(house.batch, **place)["ok"] == 15
    log = painted(house.folder / "painted.log")
    assert len(log) == len(set(log)) == 15
    assert_whole(house)
