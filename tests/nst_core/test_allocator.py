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
