"""Housekeeping by schedule: mends first, tidies then, and fails where a person has to do something."""

from __future__ import annotations

import os
import time

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort

from catalogs.layout import design_key, manifest_key, thumb_key
from flows.errors import BucketUnsound
from flows.housekeeping import housekeeping
from flows.nightly import nightly_designs

pytestmark = pytest.mark.usefixtures("prefect_api")

ORPHAN = "f" * 32


@pytest.fixture
def night(house):
    """A published night, and a design that nothing names, all a month old."""
    nightly_designs(house.batch)
    house.storage.write_atomic(design_key(ORPHAN), b"nobody's")
    long_ago = time.time() - 30 * 24 * 3600
    for one in house.storage.list(""):
        os.utime(f"{house.root}/{one.key}", (long_ago, long_ago))
    return sorted(house.rows())


def last_artifact() -> str:
    with get_client(sync_client=True) as client:
        mine = ArtifactFilter(key=ArtifactFilterKey(any_=["housekeeping"]))
        [found, *_] = client.read_artifacts(artifact_filter=mine, sort=ArtifactSort.UPDATED_DESC)
    return str(found.data)


def test_it_mends_and_tells_and_deletes_nothing_unasked(house, night):
    house.storage.delete(thumb_key(night[0]))
    state = housekeeping(return_state=True)
    result = state.result()
    assert result["sound"]
    assert result["mended"] == {"thumbnail made again": 1}
    assert result["unneeded"]["designs"]["objects"] == 1
    assert house.storage.exists(thumb_key(night[0]))
    assert house.storage.exists(design_key(ORPHAN))
    assert "| thumb_missing | demo | 1 |" in last_artifact()
    assert "only looked at" in last_artifact()


def test_it_puts_aside_when_told(house, night):
    housekeeping(delete=True)
    assert not house.storage.exists(design_key(ORPHAN))
    assert len(list(house.storage.list("trash/"))) == 1
    assert all(house.storage.exists(design_key(name)) for name in night)


def test_what_a_person_must_mend_fails_the_run_with_its_artifact(house, night):
    house.storage.write_atomic(manifest_key("foreign"), b"PAR1")
    state = housekeeping(delete=True, return_state=True)
    assert state.is_failed()
    with pytest.raises(BucketUnsound, match=r"manifests/foreign\.parquet"):
        state.result()
    assert "**not sound**" in last_artifact()
    assert house.storage.exists(design_key(ORPHAN))


def test_its_form_is_flat_and_every_field_described():
    fields = housekeeping.parameters.model_dump()["properties"]
    assert set(fields) == {"root", "repair", "deep", "delete", "grace_hours"}
    assert all(field["description"] for field in fields.values())
    assert {field["type"] for field in fields.values()} == {"string", "boolean", "number"}
