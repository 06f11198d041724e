"""Which design of a shard was in hand when a process died: written down before each try, counted after."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial

from catalogs.errors import NotFound, StorageError
from catalogs.quarantine import quarantine
from catalogs.storage import Storage
from flows.observability.events import DESIGN_QUARANTINED
from flows.observability.signals import happened
from flows.patience import Patience
from flows.shards.process_identity import ProcessIdentity, this_process

log = logging.getLogger(__name__)

# A design that was in hand at so many deaths is not tried again unasked.
MOST_DEATHS = 2


class CrashNotes:
    """The notes on one shard, written by whoever holds its lease.

    Two runs that both believe to hold it write over each other's notes: that costs a try more, or gives a
    design that was in hand one death too many, which its next try, alone, takes back.

    Args:
        storage: where the notes are.
        key: under which.
        patience: with the storage.
        run: words for people: which run writes them.
        after_death: the shard's lease was left behind, so what was in hand was in hand at a death.
        is_ours: whether the lease still is ours; whoever has lost it leaves the notes to the other run.
    """

    def __init__(
        self,
        storage: Storage,
        key: str,
        patience: Patience,
        *,
        run: str,
        after_death: bool,
        is_ours: Callable[[], bool] = lambda: True,
    ) -> None:
        self._storage = storage
        self._key = key
        self._patience = patience
        self._run = run
        self._after_death = after_death
        self._is_ours = is_ours
        self._deaths: dict[str, int] = {}

    def open(self) -> frozenset[str]:
        """Read the notes, count the death that they tell of, and return the designs that are to be kept away.

        Those are in quarantine when this returns.
        """
        told = self._patience.call(lambda: _told(self._storage, self._key))
        in_hand, self._deaths = told.in_hand, dict(told.deaths)
        if in_hand and self._after_death and not told.process.is_alive:
            self._deaths[in_hand] = self._deaths.get(in_hand, 0) + 1
            log.warning("a process died with design %s in hand, death %d", in_hand, self._deaths[in_hand])
        guilty = frozenset(id_ for id_, count in self._deaths.items() if count >= MOST_DEATHS)
        for design_id in guilty:
            self._patience.call(partial(quarantine, self._storage, design_id, run=self._run))
            happened(DESIGN_QUARANTINED, design=design_id)
        return guilty

    @property
    def suspects(self) -> frozenset[str]:
        """The designs of the shard that were in hand at a death."""
        return frozenset(self._deaths)

    def is_suspect(self, design_id: str) -> bool:
        """Whether a process died with this design in hand."""
        return design_id in self._deaths

    @contextmanager
    def in_hand(self, design_id: str) -> Iterator[None]:
        """Write down that a design is in hand; whatever ends this but a death puts it down again."""
        self._write(design_id)
        try:
            yield
        except BaseException:
            self._put_down_if_possible()
            raise

    def forget(self, design_id: str) -> None:
        """Clear a design that has its row."""
        if self._deaths.pop(design_id, None) is not None:
            # At once: until the next one is in hand, this one would be taken to be.
            self._put_down()

    def close(self, unsettled: Container[str]) -> None:
        """Keep what is known against designs that have no row yet; where that is nothing, keep no notes."""
        self._deaths = {id_: count for id_, count in self._deaths.items() if id_ in unsettled}
        self._put_down()

    def _put_down(self) -> None:
        if not self._is_ours():
            return
        if self._deaths:
            self._write("")
        else:
            self._patience.call(lambda: self._storage.delete(self._key))

    def _put_down_if_possible(self) -> None:
        try:
            self._put_down()
        except StorageError as error:
            log.warning("could not write down that nothing is in hand any more (%s: %s)", self._key, error)

    def _write(self, in_hand: str) -> None:
        told = {"in_hand": in_hand, "process": asdict(this_process()), "deaths": self._deaths}
        data = json.dumps(told | {"run": self._run}).encode()
        self._patience.call(
            lambda: self._storage.write_atomic(self._key, data, content_type="application/json")
        )


def deaths_of(storage: Storage, key: str) -> dict[str, int]:
    """Return how many deaths the suspects of a shard were in hand at, as whoever takes its lease will find.

    A look that changes nothing. What a process of another machine had in hand counts once its lease runs out.
    """
    told = _told(storage, key)
    deaths = dict(told.deaths)
    if told.in_hand and told.process.is_dead:
        deaths[told.in_hand] = deaths.get(told.in_hand, 0) + 1
    return deaths


@dataclass(frozen=True)
class _Notes:
    """What is written down: what is in hand, in whose, and how many deaths each suspect was in hand at."""

    in_hand: str = ""
    process: ProcessIdentity = field(default_factory=this_process)
    deaths: Mapping[str, int] = field(default_factory=dict)


def _told(storage: Storage, key: str) -> _Notes:
    """Read the notes of a shard; none where there are none, or none that can be read."""
    try:
        told = json.loads(storage.read(key))
        deaths = {str(id_): int(count) for id_, count in told["deaths"].items()}
        return _Notes(str(told["in_hand"]), ProcessIdentity(**told["process"]), deaths)
    except NotFound:
        pass
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read (%r); its notes are begun anew", key, error)
    return _Notes()
