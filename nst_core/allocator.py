"""glibc's malloc, told to keep what torch frees instead of giving it back to the kernel at every step."""

from __future__ import annotations

import ctypes
import functools
import logging

log = logging.getLogger(__name__)

# From malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8
_TOP_PAD_BYTES = 256 << 20


@functools.cache
def keep_freed_memory() -> bool:
    """Keep freed memory in the process instead of asking the kernel for zeroed pages at every step.

    At 512 px a step frees and takes hundreds of megabytes: 390,000 page faults. Everything comes from one
    arena that grows by 256 MB and never shrinks, so the process holds its peak until it ends. Call before
    torch allocates anything large. Does nothing where the C library is not glibc; done once a process.

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
    return done
