"""A night in which parts die at random moments, and its end."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.chaos.accounts import Accounts, accounts_of
from tests.chaos.world import World

FINISHES_WITHIN_S = 900.0
# After so long without a painted design something is killed all the same.
WORKS_WITHIN_S = 60.0


def storm(
    world: World,
    *,
    faults: int,
    longest_pause_s: float = 6.0,
    say: Callable[[str], None] = lambda _text: None,
) -> Accounts:
    """Begin a night, kill parts of the world so many times, mend it each time, and count what is there.

    Each time the night is at work before something is killed, however slow the machine is: kills that come
    faster than a run begins would meet nothing. When a night completes before the faults are used up, another
    one begins with its pictures thrown away, so that there is always something to lose.
    """
    run = world.begin()
    rounds = 0
    while (done := _killed(world)) < faults:
        rounds += 1
        if rounds > 20 + 5 * faults:  # the runs end before they can be killed: something else is wrong
            raise AssertionError(f"{done} of {faults} kills in {rounds} rounds: {dict(world.counts)}")
        if world.works(run, within_s=WORKS_WITHIN_S):
            time.sleep(world.random.uniform(0.0, longest_pause_s))
        _strike(world)
        world.mend()
        world.see_to(run)
        if world.state_of(run) == "Completed":
            _check(accounts_of(world.house.storage, "demo"), world)
            world.throw_away()
            run = world.begin()
        say(f"{done} of {faults}: {dict(world.counts)}")
    world.finish(run, within_s=FINISHES_WITHIN_S)
    if world.ask_for_quarantined():
        world.finish(world.begin(), within_s=FINISHES_WITHIN_S)
    accounts = accounts_of(world.house.storage, "demo")
    _check(accounts, world)
    return accounts


def _killed(world: World) -> int:
    return sum(count for name, count in world.counts.items() if name.endswith(" killed"))


def _strike(world: World) -> None:
    world.strike(world.random.choices(list(world.faults), weights=list(world.faults.values()))[0])


def _check(accounts: Accounts, world: World) -> None:
    world.counts["nights completed"] += 1
    slots, seen = world.slots(), world.gallery.flaws
    if not accounts.sound or slots or seen:
        raise AssertionError(
            f"a night ended with {accounts}, {slots} slots taken, and a visitor saw {seen[:5]}; "
            f"{dict(world.counts)}"
        )
