"""What a trace says of the painting: its gaps, and how busy it was while a design was ready."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

US = 1e6


def gaps(events: Sequence[dict[str, Any]]) -> list[float]:
    """Return the pauses between paintings after the first, seconds."""
    busy = _joined(_stretches(events, "paint"))
    return [max(0.0, after[0] - before[1]) for before, after in pairwise(busy)]


def busy_while_ready(events: Sequence[dict[str, Any]]) -> float:
    """Return the share of the time with a prepared design at hand in which something was painted, 0..1.

    Counted from the beginning of the first painting to the end of the last. A design is at hand from the end
    of its preparation until it is painted; of several painted at once, each counts.

    Raises:
        ValueError: nothing was painted.
    """
    paintings = _stretches(events, "paint")
    if not paintings:
        raise ValueError("the trace holds no painting; trace a run that has something to paint")
    first, last = paintings[0][0], max(end for _, end in paintings)
    begins = [(begin, -size) for (begin, _), size in zip(paintings, _sizes(events), strict=True)]
    ready = [(end, 1) for _, end in _stretches(events, "prepare")]
    at_hand, since, idle = 0, first, 0.0
    busy = _joined(paintings)
    for moment, change in sorted([*ready, *begins], key=lambda one: (one[0], -one[1])):
        now = min(max(moment, first), last)
        if at_hand > 0:
            idle += (now - since) - _covered(busy, since, now)
        since, at_hand = now, at_hand + change
    painted = _covered(busy, first, last)
    return painted / (painted + idle)


def _stretches(events: Sequence[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    found = [one for one in events if one.get("ph") == "X" and one["name"] == name]
    return sorted((one["ts"] / US, (one["ts"] + one["dur"]) / US) for one in found)


def _sizes(events: Sequence[dict[str, Any]]) -> list[int]:
    found = [one for one in events if one.get("ph") == "X" and one["name"] == "paint"]
    return [len(one["args"].get("designs", ("one",))) for one in sorted(found, key=lambda one: one["ts"])]


def _joined(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for begin, end in stretches:
        if joined and begin < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _covered(stretches: Sequence[tuple[float, float]], begin: float, end: float) -> float:
    return sum(max(0.0, min(end, last) - max(begin, first)) for first, last in stretches)
