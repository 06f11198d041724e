"""A plan takes the room of what is different in it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalogs.layout import plan_key
from catalogs.plan import Plan, read_plan, write_plan
from catalogs.refusals import PlanRefused
from catalogs.spreading import Spread
from catalogs.storage import Storage
from tests.catalogs.wardrobe import a_batch, a_plan, put_shop


def rooms(plan: Plan, *names: str) -> set[int]:
    """Return where the indices of dictionary columns lie in memory."""
    return {plan.table.column(name).chunk(0).indices.buffers()[1].address for name in names}


def test_columns_of_one_catalog_share_where_their_texts_are(directory_storage: Storage):
    put_shop(directory_storage, "abc", "xy")
    plan = a_plan(directory_storage)
    write_plan(directory_storage, plan)
    for one in (plan, read_plan(directory_storage, plan.batch_id)):
        # each garment has its own; each has the same category, as it has the same batch
        assert len(rooms(one, "content_id", "content_key", "content_sha256", "content_title")) == 1
        assert len(rooms(one, "content_id", "style_id")) == 2
    assert read_plan(directory_storage, plan.batch_id).table.equals(plan.table)


@pytest.mark.parametrize("positions", [[0, 2, 1, 2], [0, -1, 2, -1], [-1], []])
@pytest.mark.parametrize("values", [["a", "b", "c"], ["a", "", "a"], ["", "", ""]])
def test_values_spread_by_position_and_nothing_is_null(positions: list[int], values: list[str]):
    spread = Spread(np.array(positions, dtype=np.int32))
    for _ in range(2):
        wanted = [None if at < 0 or not values[at] else values[at] for at in positions]
        assert spread(values).to_pylist() == wanted
        assert spread(values).validate(full=True) is None


def test_a_plan_without_one_of_its_columns_is_refused(directory_storage: Storage):
    put_shop(directory_storage)
    plan = a_plan(directory_storage, a_batch())
    write_plan(directory_storage, plan)
    key = plan_key(plan.batch_id)
    table = pq.read_table(pa.BufferReader(directory_storage.read(key))).drop_columns(["size_px"])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    directory_storage.write_atomic(key, sink.getvalue().to_pybytes())
    with pytest.raises(PlanRefused, match="has no column size_px; plan the batch again"):
        read_plan(directory_storage, plan.batch_id)
