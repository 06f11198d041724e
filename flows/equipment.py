"""What a process works with: how storages are opened, engines made, and how many hands there are.

Everything here is long-lived: an engine keeps its weights and its memory of textiles from shard to shard.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalogs.storage import Storage, open_storage
from configs.loading import load_signing, load_storage
from flows.marking.signing import Signer
from flows.observability.watched_storage import WatchedStorage
from flows.shards.company import Company
from flows.shards.shard import Pace, PaintingEngine
from flows.shards.turns import Turns

# Two shards are at work on a device: one reads and prepares while the other paints.
SHARDS_PER_DEVICE = 2


@dataclass
class Device:
    """A device with an engine, and who may paint on it now: the turns are those of all its engines."""

    name: str
    engine: PaintingEngine
    turns: Turns = field(default_factory=Turns)
    users: int = 0


def _open_configured(root: str) -> Storage:
    return open_storage(load_storage(root=root or None))


def _configured_signer() -> Signer | None:
    signing = load_signing()
    return None if signing is None else Signer(signing)


def _make_engine(device: str, deterministic: bool) -> PaintingEngine:
    # torch takes seconds to load: only a process that paints pays for it
    from nst_core.engine import Engine

    return Engine(device=device, deterministic=deterministic)


def _count_devices() -> list[str]:
    import torch

    return [f"cuda:{index}" for index in range(torch.cuda.device_count())] or ["cpu"]


@dataclass
class Equipment:
    """How this process comes to its storages and engines; a test or another program brings its own.

    Attributes:
        open_root: root ("" is the configured one) to storage.
        make_engine: device name, and whether it is to be deterministic, to engine.
        find_devices: the devices of this machine.
        pace: threads and patience of a shard.
        make_signer: returns what signs designs, None where nobody asked for signatures.
        company: lets a design be worked on with nothing else at work.
    """

    open_root: Callable[[str], Storage] = _open_configured
    make_engine: Callable[[str, bool], PaintingEngine] = _make_engine
    find_devices: Callable[[], list[str]] = _count_devices
    pace: Pace = field(default_factory=Pace)
    make_signer: Callable[[], Signer | None] = _configured_signer
    company: Company = field(default_factory=Company)
    _signers: list[Signer | None] = field(default_factory=list, repr=False)
    _storages: dict[str, Storage] = field(default_factory=dict, repr=False)
    _devices: dict[tuple[str, bool], Device] = field(default_factory=dict, repr=False)
    _turns: dict[str, Turns] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def storage(self, root: str) -> Storage:
        """Return the storage at this root, opened once."""
        with self._lock:
            if root not in self._storages:
                self._storages[root] = WatchedStorage(self.open_root(root))
            return self._storages[root]

    def signer(self) -> Signer | None:
        """Return what signs designs, tried out once; None where they are not signed.

        Raises:
            SigningUnavailable, SigningFailed: signatures are asked for and cannot be given.
        """
        with self._lock:
            if not self._signers:
                signer = self.make_signer()
                if signer is not None:
                    signer.check()
                self._signers.append(signer)
            return self._signers[0]

    def device_names(self, wanted: str) -> list[str]:
        """Return the devices to use: all of this machine for ``auto``, else the one that is named."""
        return self.find_devices() if wanted in ("", "auto") else [wanted]

    def device(self, name: str, *, deterministic: bool = False) -> Device:
        """Return a device with its engine of this kind, made once."""
        key = (name, deterministic)
        with self._lock:
            if key not in self._devices:
                turns = self._turns.setdefault(name, Turns())
                self._devices[key] = Device(name, self.make_engine(name, deterministic), turns)
            return self._devices[key]

    @contextmanager
    def borrowed(self, wanted: str, *, deterministic: bool = False) -> Iterator[Device]:
        """Lend the wanted device that the fewest shards are using."""
        devices = [self.device(name, deterministic=deterministic) for name in self.device_names(wanted)]
        with self._lock:
            device = min(devices, key=lambda one: one.users)
            device.users += 1
        try:
            yield device
        finally:
            with self._lock:
                device.users -= 1


_current = Equipment()


def equipment() -> Equipment:
    """Return what this process works with."""
    return _current


@contextmanager
def equipped(with_this: Equipment) -> Iterator[Equipment]:
    """Work with other equipment for a while."""
    global _current
    before, _current = _current, with_this
    try:
        yield with_this
    finally:
        _current = before
