"""A lease on a shard, so that two runs of one batch share the work instead of doing it twice.

A claim saves work and guards nothing: design keys come from ``design_id`` and every write is atomic, so two
runs that paint one design end with one whole image. Where a storage cannot write conditionally, or refuses
the claims' keys, the work goes on without.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from types import TracebackType

from catalogs.errors import NotFound, PreconditionFailed, StorageError, StorageUnavailable
from catalogs.storage import Storage
from flows.observability.events import LEASE_LOST, LEASE_TAKEN_OVER
from flows.observability.signals import carried, happened
from flows.shards.process_identity import ProcessIdentity, this_process

log = logging.getLogger(__name__)

LEASE_S = 60.0
RENEW_S = 15.0

# Leases held by this process: a claim with our process in it and a token that is not here is nobody's.
_held_here: set[str] = set()


@dataclass(frozen=True)
class Holder:
    """Who holds a claim, and on which designs, as the object in the bucket says."""

    token: str
    run: str
    process: ProcessIdentity
    designs: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """True only where it is certain that nobody works on this any more."""
        if self.process.is_me:
            return self.token not in _held_here
        return self.process.is_dead


# Whoever wrote a claim that is gone again, or that we cannot read.
NOBODY = Holder(token="", run="", process=ProcessIdentity(machine="", pid=0, started=""))


class Claims:
    """Takes leases in one storage and remembers how long others' claims have stood still.

    Whether a claim on another machine is dead is decided by this observer's own monotonic clock: the object
    has had one etag for ``lease_s``. No two machines' clocks are compared.

    Args:
        storage: where the claims lie.
        run: words for people: which run holds it.
        lease_s: a claim that is not renewed for so long may be taken over, seconds.
        renew_s: pause between renewals, seconds.
        clock: a monotonic clock, seconds.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        run: str,
        lease_s: float = LEASE_S,
        renew_s: float = RENEW_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._run = run
        self._lease_s = lease_s
        self._renew_s = renew_s
        self._clock = clock
        self._seen: dict[str, tuple[str, float]] = {}

    def take(
        self, key: str, *, designs: tuple[str, ...] = (), on_lost: Callable[[], None] = lambda: None
    ) -> Lease | Holder:
        """Return a lease on this key, or who holds it; call again later to see whether they are done.

        Args:
            key: of the claim.
            designs: what is done under it, for :meth:`rival`.
            on_lost: called once, from another thread, if another run takes the lease over.

        Raises:
            StorageUnavailable: the storage is away.
        """
        holder = Holder(uuid.uuid4().hex, self._run, this_process(), designs)
        lease = Lease(self._storage, key, holder, renew_s=self._renew_s, on_lost=on_lost)
        _held_here.add(lease.token)
        other: Holder | None = None
        try:
            other = self._take(key, lease)
        except StorageUnavailable:
            _held_here.discard(lease.token)
            raise
        except StorageError as error:
            log.warning("no lease on %s (%s): going on without; another run may do the same work", key, error)
        if other is not None:
            _held_here.discard(lease.token)
            return other
        lease.start()
        return lease

    def rival(self, lease: Lease, prefix: str) -> Holder | None:
        """Return who holds a design of this lease's under another key; None where nobody does.

        Whoever takes a lease first and looks then cannot miss another one who does so too: of two at least
        one sees the other. Both may, so whoever gives way comes back after a pause of random length.

        Args:
            lease: ours.
            prefix: of the keys to look at.

        Raises:
            StorageUnavailable: the storage is away.
        """
        try:
            for stat in self._storage.list(prefix):
                if stat.key == lease.key:
                    continue
                holder = self._holder(stat.key)
                if holder is not None and not lease.designs.isdisjoint(holder.designs):
                    return holder
        except StorageUnavailable:
            raise
        except StorageError as error:
            log.warning("no look at the leases of others (%s); another run may do the same work", error)
        return None

    def drop_dead(self, key: str) -> bool:
        """Remove a claim whose holder is certainly gone; return whether it was one."""
        try:
            etag = self._storage.stat(key).etag
            if not _parse(self._storage.read(key)).is_gone or self._storage.stat(key).etag != etag:
                return False
            self._storage.delete(key)
        except NotFound:
            return False
        return True

    def _take(self, key: str, lease: Lease) -> Holder | None:
        """Write the claim where there is none, or over that of a holder that is gone; else return the holder.

        Looks before it writes, so that also a storage that ignores conditions shows what a death left behind.
        """
        try:
            etag = self._storage.stat(key).etag
            holder = _parse(self._storage.read(key))
        except NotFound:
            return None if lease.create() else NOBODY
        if self._lives(key, etag, holder):
            return holder
        try:
            lease.write(if_match=etag)
        except (PreconditionFailed, NotFound):
            return holder  # somebody was quicker
        # What this very process could not give back, because the storage was away, is no death.
        lease.after_death = not holder.process.is_me
        happened(LEASE_TAKEN_OVER, key=key, holder=holder.run or "an unknown run")
        return None

    def _holder(self, key: str) -> Holder | None:
        """Return who holds a claim; None where it is gone, or whoever held it."""
        try:
            etag = self._storage.stat(key).etag
            holder = _parse(self._storage.read(key))
        except NotFound:
            return None
        return holder if self._lives(key, etag, holder) else None

    def _lives(self, key: str, etag: str, holder: Holder) -> bool:
        """Whether a claim is renewed, as far as was seen from here."""
        seen_etag, since = self._seen.get(key, ("", 0.0))
        if seen_etag != etag:
            since = self._clock()
            self._seen[key] = (etag, since)
        return not holder.is_gone and self._clock() - since < self._lease_s


class Lease:
    """A claim that we hold: renewed by a thread of its own until it is released or lost.

    ``lost`` is set when another run took it over, which it does only after it saw no renewal for a whole
    lease (this process was stopped, or cut off from the storage).

    ``after_death`` tells that it was taken from a process that left it behind: in all likelihood it died at
    what the lease is for.
    """

    def __init__(
        self, storage: Storage, key: str, holder: Holder, *, renew_s: float, on_lost: Callable[[], None]
    ) -> None:
        self.key = key
        self.lost = threading.Event()
        self.after_death = False
        self._storage = storage
        self._holder = holder
        self._renew_s = renew_s
        self._on_lost = on_lost
        self._beat = 0
        self._etag: str | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=carried(self._keep), name=f"lease {key}", daemon=True)

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    def token(self) -> str:
        """What tells this lease from every other one."""
        return self._holder.token

    @property
    def designs(self) -> frozenset[str]:
        """What is done under it, where somebody said so."""
        return frozenset(self._holder.designs)

    def create(self) -> bool:
        """Write the claim where there is none; False when somebody else's is there."""
        try:
            self.write(if_absent=True)
        except PreconditionFailed:
            return False
        return True

    def write(self, *, if_absent: bool = False, if_match: str | None = None) -> None:
        """Write the claim under a condition, as a new state of the object."""
        self._beat += 1
        body = json.dumps(asdict(self._holder) | {"beat": self._beat}).encode()
        stat = self._storage.write_atomic(
            self.key, body, content_type="application/json", if_absent=if_absent, if_match=if_match
        )
        self._etag = stat.etag

    def start(self) -> None:
        """Begin to renew; a lease that could not be written is held in name only."""
        if self._etag is not None:
            self._thread.start()

    def release(self) -> None:
        """Give the claim back; where the storage is away it runs out by itself."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        _held_here.discard(self.token)
        if self._etag is None or self.lost.is_set():
            return
        try:
            if self._storage.stat(self.key).etag == self._etag:
                self._storage.delete(self.key)
        except StorageError as error:
            log.info("could not give back %s (%s); it runs out by itself", self.key, error)

    def _keep(self) -> None:
        while not self._ended.wait(self._renew_s):
            try:
                self.write(if_match=self._etag)
            except (PreconditionFailed, NotFound):
                if not self._is_still_ours():
                    self.lost.set()
                    happened(LEASE_LOST, key=self.key)
                    self._on_lost()
                    return
            except StorageError as error:
                log.info("could not renew %s (%s); trying again in %g s", self.key, error, self._renew_s)

    def _is_still_ours(self) -> bool:
        """Tell a renewal that arrived although it seemed to fail from a claim that somebody else took."""
        try:
            etag = self._storage.stat(self.key).etag
            ours = _parse(self._storage.read(self.key)).token == self.token
        except NotFound:
            return False
        except StorageError:
            return True  # not known to be lost; the next renewal tells
        if ours:
            self._etag = etag
        return ours


def _parse(body: bytes) -> Holder:
    """Read a claim; one that we cannot read belongs to a stranger and ages like any other."""
    try:
        told = json.loads(body)
        return Holder(
            token=str(told["token"]),
            run=str(told["run"]),
            process=ProcessIdentity(**told["process"]),
            designs=tuple(map(str, told.get("designs", ()))),
        )
    except (ValueError, KeyError, TypeError):
        return NOBODY
