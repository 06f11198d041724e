"""The collector of a worker: what refers to itself goes soon, however much else lives."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_ASK = """
import gc, sys, weakref
from flows.stack.worker_process import collect_often

class Client: pass

lives = [[] for _ in range(200_000)]
if sys.argv[1] == "often":
    collect_often()
client = Client()
client.itself = client
gc.collect()  # it is of the old ones now, as whatever lives through a run
seen = weakref.ref(client)
del client
of_some_runs = [[] for _ in range(40_000)]
print(seen() is None)
"""


@pytest.mark.parametrize(("how", "gone"), [("often", "True"), ("as Python does", "False")])
def test_a_client_that_refers_to_itself_is_gone_after_a_few_runs(how, gone):
    told = subprocess.run(
        [sys.executable, "-c", _ASK, how], capture_output=True, check=True, text=True, timeout=60
    )
    assert told.stdout.strip() == gone


def test_it_is_prefect_s_own_worker_that_starts():
    told = subprocess.run(
        [sys.executable, "-m", "flows.stack.worker_process", "--help"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        env=os.environ | {"COLUMNS": "100"},
    )
    assert "prefect worker start" in told.stdout
    assert "--install-policy" in told.stdout
