"""glibc's malloc, told to keep what torch frees instead of giving it back to the kernel at every step."""

from __future__ import annotations

import ctypes
import functools
import logging

log = logging.getLogger(__name__)

# From malloc.h and mman.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8
_MADV_HUGEPAGE = 14
_TOP_PAD_BYTES = 256 << 20
_HUGE_PAGE_BYTES = 2 << 20
# Address space only: a page costs memory when it is first written.
_RESERVED_BYTES = 4 << 30


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
