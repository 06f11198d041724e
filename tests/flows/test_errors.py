"""Every error of a run crosses a process border whole, and says whether trying again may help."""

from __future__ import annotations

import pickle

import pytest

from catalogs.errors import StorageDenied, StorageFull, StorageUnavailable
from flows import errors
from flows.errors import FlowError, PlanOutdated, ShardLost, ShardsUnfinished, hopeless, retryable

KINDS = [FlowError, PlanOutdated, ShardLost, ShardsUnfinished]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_pickling_with_its_message_and_facts(kind):
    again = pickle.loads(pickle.dumps(kind("shard 3 was lost", shard_id=3)))
    assert type(again) is kind
    assert (str(again), again.extras, again.code) == ("shard 3 was lost", {"shard_id": 3}, kind.code)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tree_at_the_top_of_the_file_names_every_error_with_its_code(kind):
    [line] = [line for line in errors.__doc__.splitlines() if f" {kind.__name__} " in line]
    assert f" {kind.code} " in line


def test_only_what_may_pass_is_worth_a_retry():
    assert retryable(StorageUnavailable("away"))
    assert retryable(ShardLost("taken over"))
    for error in (StorageDenied("no"), StorageFull("full"), PlanOutdated("old"), ValueError("a bug")):
        assert not retryable(error)


def test_a_refusal_or_a_full_disk_would_meet_every_shard():
    assert hopeless(StorageDenied("no"))
    assert hopeless(StorageFull("full"))
    assert not hopeless(StorageUnavailable("away"))
    assert not hopeless(ValueError("a bug"))
