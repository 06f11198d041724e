"""What a process may do that serves a gallery and nothing else: start sooner, and give memory back."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
_LARGE_BYTES = 4 << 20
_HAND_ON_S = 0.001


class _Without(MetaPathFinder):
    """Finds one module nowhere."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise for the module, leave all others to others."""
        if fullname == self._name:
            raise ModuleNotFoundError(f"{fullname} is not looked for", name=fullname)
        return None


def be_lean() -> None:
    """Let a process that serves a gallery and nothing else start sooner and take less memory."""
    _spare_pandas()
    sys.setswitchinterval(_HAND_ON_S)  # so long one thread waits for another that has the interpreter
    pa.set_memory_pool(pa.system_memory_pool())  # whose memory the system can have back
    share = getattr(ctypes.CDLL(None), "mallopt", None)
    if share is not None:
        share(_M_ARENA_MAX, 2)  # forty threads that answer would keep what is free each for itself
        share(_M_MMAP_THRESHOLD, _LARGE_BYTES)  # a column that is done with goes back at once


def _spare_pandas() -> None:
    """Let pyarrow do without pandas, which it imports at its first array.

    That takes most of a second and 40 MB. It looks for pandas once a process. Whoever imports pandas later
    gets it; pyarrow then takes its series for any sequence, so that no process may do this that reads
    catalogs.
    """
    if "pandas" in sys.modules:
        return
    blind = _Without("pandas")
    sys.meta_path.insert(0, blind)
    try:
        pa.array([0]).to_numpy()
    finally:
        sys.meta_path.remove(blind)


def give_memory_back() -> None:
    """Return what is allocated and not used to the system; where its library cannot, nothing happens."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
