"""A shard in a real bucket: the same laws, and a server that dies in the middle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from catalogs.errors import StorageUnavailable
from catalogs.layout import DESIGNS_PREFIX, design_key
from catalogs.storage import Storage, open_storage
from flows.shards.render_shard import render_shard
from tests.flows.fake_engine import FakeEngine
from tests.flows.some_shards import FACTS, PACE, assert_files_match_rows, has_part, part_rows, some_shard
from tests.storage_fixtures import start_s3_server


def render(shard, storage: Storage, engine: FakeEngine):
    return render_shard(shard, storage=storage, engine=engine, facts=FACTS, pace=PACE)


def test_a_shard_is_painted_once_and_taken_over_from_its_images(s3_storage):
    shard = some_shard(s3_storage)
    render(shard, s3_storage, FakeEngine())
    before = part_rows(s3_storage, shard)
    assert_files_match_rows(s3_storage, before)
    s3_storage.delete(shard.part_key)
    s3_storage.delete(design_key(shard.design_ids[0]))
    engine = FakeEngine()
    render(shard, s3_storage, engine)
    assert engine.painted == [shard.design_ids[0]]
    assert_files_match_rows(s3_storage, part_rows(s3_storage, shard))


def test_three_runs_of_one_shard_without_claims_end_with_one_whole_set(s3_storage):
    shard = some_shard(s3_storage)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(render, shard, s3_storage, FakeEngine(batch=1, seconds=0.005)) for _ in range(3)]
    assert sum(run.result().failed for run in runs) == 0
    assert_files_match_rows(s3_storage, part_rows(s3_storage, shard))


def test_a_server_that_dies_ends_the_shard_with_an_error_worth_a_retry(tmp_path, s3_credentials):
    server = start_s3_server(tmp_path)
    storage = open_storage(server.config(prefix="night", max_attempts=1, connect_timeout_s=1.0))
    shard = some_shard(storage, styles=tuple("abcdef"))
    engine = FakeEngine(batch=1)
    # the server is gone from the moment at which the ninth design is painted
    engine.on_paint = lambda ids: server.stop() if len(engine.painted) == 8 else None
    try:
        with pytest.raises(StorageUnavailable):
            render(shard, storage, engine)
    finally:
        server.stop()
    assert 8 <= len(engine.painted) < 18


def test_a_night_s_shards_leave_no_object_but_images_thumbnails_and_part(s3_storage):
    shard = some_shard(s3_storage)
    before = {stat.key for stat in s3_storage.list("")}
    render(shard, s3_storage, FakeEngine())
    new = {stat.key for stat in s3_storage.list("")} - before
    assert len(list(s3_storage.list(DESIGNS_PREFIX))) == 6
    assert has_part(s3_storage, shard)
    assert len(new) == 6 + 6 + 1
