"""What a service is: a command, what its environment tells it, where it listens, and when it is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _nothing() -> None:
    """Do nothing: most services need nothing done before or after."""


@dataclass(frozen=True)
class Listening:
    """A port that a service listens on, and the option that chooses another one."""

    host: str
    port: int
    option: str


@dataclass(frozen=True)
class Service:
    """One process of a stack.

    Attributes:
        name: one word; its log is ``<name>.log``.
        title: what a person calls it.
        command: without secrets, which everybody on the machine could read.
        environment: what it is told beside what this process was told; None takes a variable away.
        is_ready: whether it does its work; asked again and again, at most ``ready_within_s`` long.
        address: where a person finds it; "" for nowhere.
        listening: what must be free before it starts.
        prepare: done before it starts.
        tidy: done after it ended.
        stop_within_s: how long it may take after each of two requests to end, before it is killed.
    """

    name: str
    title: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    environment: Mapping[str, str | None] = field(default_factory=dict)
    address: str = ""
    listening: tuple[Listening, ...] = ()
    prepare: Callable[[], None] = _nothing
    tidy: Callable[[], None] = _nothing
    ready_within_s: float = 300.0
    stop_within_s: float = 8.0
