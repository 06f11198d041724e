"""What happens at work, told once: events go to the log, events and spans to whoever listens.

Without listeners a span costs less than a microsecond, and nothing of metrics or traces is imported.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from flows.observability.events import Event

P = ParamSpec("P")
Result = TypeVar("Result")

log = logging.getLogger("flows.events")

# Under which a record of an event holds its facts, and whether it is one of very many.
FACTS = "toile_facts"
OFTEN = "toile_often"


@dataclass(frozen=True)
class Span:
    """A stretch of work in one thread.

    Attributes:
        name: ``prepare``, ``paint``, ``wait for a design``.
        began_s, seconds: by ``time.perf_counter``.
        thread: its name.
        facts: of the span and of where it was; plain values.
    """

    name: str
    began_s: float
    seconds: float
    thread: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """An event, as a listener hears of it."""

    event: Event
    facts: Mapping[str, Any]


Signal = Span | Happening
Listener = Callable[[Signal], None]

_listeners: tuple[Listener, ...] = ()
_place: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("place", default={})  # noqa: B039 (never changed)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` of every event and span, from whatever thread it comes."""
    listen(listener)
    try:
        yield
    finally:
        ignore(listener)


def listen(listener: Listener) -> None:
    """Tell ``listener`` from now on."""
    global _listeners
    _listeners = (*_listeners, listener)


def ignore(listener: Listener) -> None:
    """Tell ``listener`` no more."""
    global _listeners
    _listeners = tuple(one for one in _listeners if one is not listener)


@contextmanager
def at_work_on(**facts: Any) -> Iterator[None]:
    """Say where the following happens: batch, shard, wave, device, flow_run, task_run; in this thread."""
    token = _place.set({**_place.get(), **facts})
    try:
        yield
    finally:
        _place.reset(token)


def place() -> Mapping[str, Any]:
    """Return where this thread is at work."""
    return _place.get()


def carried(work: Callable[P, Result]) -> Callable[P, Result]:
    """Return ``work`` so that in any thread it knows our place, and Prefect's run, as they are here."""
    context = contextvars.copy_context()

    def do(*args: P.args, **kwargs: P.kwargs) -> Result:
        # a copy a call: no two threads can be in one context
        return context.copy().run(work, *args, **kwargs)

    return do


def happened(event: Event, **facts: Any) -> None:
    """Write an event to the log, and tell the listeners."""
    known = {**_place.get(), **facts}
    if log.isEnabledFor(event.level):
        told = {FACTS: {"event": event.name, **known}, OFTEN: event.often}
        log.log(event.level, "%s", event.sentence(known), extra=told)
    for listener in _listeners:
        listener(Happening(event, known))


def span(name: str, **facts: Any) -> AbstractContextManager[Any]:
    """Measure the following as a stretch of work; where nobody listens, nothing is measured."""
    return _measured(name, facts) if _listeners else nullcontext()


@contextmanager
def _measured(name: str, facts: dict[str, Any]) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        _tell(name, began, facts)


def waited(name: str, since_s: float, **facts: Any) -> None:
    """Tell of a stretch that began at ``since_s`` of ``time.perf_counter`` and ends now."""
    if _listeners:
        _tell(name, since_s, facts)


def _tell(name: str, began_s: float, facts: Mapping[str, Any]) -> None:
    told = Span(
        name,
        began_s,
        time.perf_counter() - began_s,
        threading.current_thread().name,
        {**_place.get(), **facts},
    )
    for listener in _listeners:
        listener(told)
