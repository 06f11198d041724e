"""glibc's malloc, told to keep what torch frees instead of giving it back to the kernel at every step."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import threading
from collections.abc import Iterator

log = logging.getLogger(__name__)

# From malloc.h and mman.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -3, -4, -8
_MADV_HUGEPAGE = 14
_TOP_PAD_BYTES = 256 << 20
_HUGE_PAGE_BYTES = 2 << 20
# Address space only: a page costs memory when it is first written.
_RESERVED_BYTES = 4 << 30
_LARGE_BYTES = 1 << 20
# As glibc has them when nobody has said otherwise.
_USUAL_MMAP_MAX, _USUAL_TOP_PAD_BYTES = 65_536, 128 << 10
_returning = threading.Event()


@functools.cache
def keep_freed_memory() -> bool:
    """Keep freed memory in the process instead of asking the kernel for zeroed pages at every step.

    At 512 px a step frees and takes hundreds of megabytes: 390,000 page faults. Everything comes from one
    arena that grows by 256 MB and never shrinks, so the process holds its peak until it ends; the arena's
    first 4 GB may be huge pages where the kernel has them to give (5–10 % of a step). Call before torch
    allocates anything large. Does nothing where the C library is not glibc; done once a process.

    Returns:
        Whether it is done.
    """
    try:
        libc = ctypes.CDLL(None)
        libc.gnu_get_libc_version  # noqa: B018  (only glibc has it; others number mallopt's options otherwise)
        settings = (
            (_M_MMAP_MAX, 0),
            (_M_TRIM_THRESHOLD, -1),
            (_M_TOP_PAD, _TOP_PAD_BYTES),
            (_M_ARENA_MAX, 1),
        )
        done = all(libc.mallopt(option, value) == 1 for option, value in settings)
    except (OSError, AttributeError, TypeError) as error:
        log.info("no glibc here, freed memory goes back to the system at each step (%s)", error)
        return False
    if done:
        _prefer_huge_pages(libc)
    return done


def return_freed_memory() -> None:
    """Give back to the system what has been kept; does nothing where nothing is."""
    if keep_freed_memory():
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def large_pieces_returned() -> Iterator[None]:
    """Give every piece of 1 MB or more back to the system as soon as it is freed, for as long as this lasts.

    The opposite of :func:`keep_freed_memory`, for pictures that hardly fit: an arena that is never given back
    cannot be cut up again as one likes, and held half as much again as was in use. Costs page faults. Does
    nothing where freed memory is not kept.
    """
    if not keep_freed_memory():
        yield
        return
    libc = ctypes.CDLL(None)
    # In this order: what the arena has left at its end would be used up before anything is mapped.
    libc.mallopt(_M_TOP_PAD, _USUAL_TOP_PAD_BYTES)
    libc.malloc_trim(0)
    libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    libc.mallopt(_M_MMAP_MAX, _USUAL_MMAP_MAX)
    _returning.set()
    try:
        yield
    finally:
        _returning.clear()
        libc.mallopt(_M_MMAP_MAX, 0)
        libc.mallopt(_M_TOP_PAD, _TOP_PAD_BYTES)


@contextlib.contextmanager
def large_pieces_kept() -> Iterator[None]:
    """Within :func:`large_pieces_returned`: keep freed pieces after all, until this ends.

    For work that takes and frees the same sizes over and over; outside it does nothing.
    """
    if not _returning.is_set():
        yield
        return
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_MAX, 0)
    try:
        yield
    finally:
        libc.malloc_trim(0)
        libc.mallopt(_M_MMAP_MAX, _USUAL_MMAP_MAX)


def _prefer_huge_pages(libc: ctypes.CDLL) -> None:
    """Take a stretch of the arena, mark it, give it back: it stays in the arena, for it is never trimmed."""
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    stretch = libc.malloc(_RESERVED_BYTES)
    if not stretch:
        return  # a machine that promises no more memory than it has: ordinary pages it is
    begin = -(-stretch // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
    libc.madvise(begin, _RESERVED_BYTES - _HUGE_PAGE_BYTES, _MADV_HUGEPAGE)
    libc.free(stretch)
