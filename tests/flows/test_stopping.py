"""A run ends when it is told to, or when its minutes are spent."""

from flows.stopping import StopFlag


def test_cancelling_a_run_cancels_its_shards_and_not_the_other_way_round():
    run = StopFlag()
    shard, other = StopFlag(parents=(run,)), StopFlag(parents=(run,))
    shard.cancel()
    assert (shard.cancelled, other.cancelled, run.cancelled) == (True, False, False)
    run.cancel()
    assert other.cancelled


def test_a_shard_that_begins_after_the_end_is_cancelled_already():
    run = StopFlag()
    run.cancel()
    assert StopFlag(parents=(run,)).cancelled


def test_a_spent_budget_is_no_cancellation_and_counts_for_the_shards():
    now = [0.0]
    run = StopFlag(budget_s=60, clock=lambda: now[0])
    shard = StopFlag(parents=(run,))
    assert not shard.budget_spent
    now[0] = 60
    assert shard.budget_spent
    assert not shard.cancelled


def test_sleeping_ends_at_once_when_cancelled():
    flag = StopFlag()
    assert flag.sleep(0.001) is False
    flag.cancel()
    assert flag.sleep(1e6) is True
