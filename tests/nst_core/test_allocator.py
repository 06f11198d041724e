from __future__ import annotations

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys, threading
if {keep}:
    from nst_core.allocator import keep_freed_memory
    if not keep_freed_memory():
        sys.exit(77)
def take_and_free():
    block = bytearray(64 << 20)
    for at in range(0, len(block), 4096):
        block[at] = 1
def many():
    for _ in range(10):
        take_and_free()
take_and_free()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
worker = threading.Thread(target=many)
worker.start()
worker.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(*, keep: bool) -> int:
    done = subprocess.run(
        [sys.executable, "-c", FAULTS.format(keep=keep)], capture_output=True, text=True, check=False
    )
    if done.returncode == 77:
        pytest.skip("the C library is not glibc")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_freed_memory_is_used_again_without_asking_the_kernel_also_from_a_thread():
    # 10 blocks of 16,384 pages: 163,840 faults when each is new, 16,384 at most when one is kept
    assert faults(keep=False) > 80_000
    assert faults(keep=True) < 40_000


RESIDENT = """
import sys
from pathlib import Path
from nst_core.allocator import keep_freed_memory, large_pieces_kept, large_pieces_returned
if not keep_freed_memory():
    sys.exit(77)
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20
def take_and_free():
    block = bytearray(64 << 20)
    for at in range(0, len(block), 4096):
        block[at] = 1
print(resident())
with large_pieces_returned():
    take_and_free()
    print(resident())
    with large_pieces_kept():
        take_and_free()
        print(resident())
    print(resident())
take_and_free()
print(resident())
"""


def test_for_large_pictures_freed_memory_is_returned_but_where_it_is_needed_again_at_once():
    done = subprocess.run([sys.executable, "-c", RESIDENT], capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("the C library is not glibc")
    assert done.returncode == 0, done.stderr
    before, returned, kept, after, as_ever = (int(line) for line in done.stdout.split())
    # a block of 64 MB: gone, held until the work is done, gone, held for good
    assert returned < before + 16
    assert kept > before + 48
    assert after < before + 16
    assert as_ever > before + 48
