"""A Prefect worker that stays as large as it is: ``python -m flows.stack.worker_process --pool toile``.

Whatever stands after it is for ``prefect worker start``.

Each run that a worker starts takes clients of Prefect's API, and each of these reads the certificates of all
authorities: .75 MB that lie with OpenSSL. Clients refer to themselves, so that they wait for Python's
collector, which counts objects and not bytes: it came once in thirty runs, and what was kept meanwhile left
memory in pieces. In 150 runs a worker grew by 50 MB. Here the collector leaves out what was there at the
start, nine objects of ten, and comes every few runs.
"""

from __future__ import annotations

import gc
import sys

# A full collection after each second of the middle ones; Python's own, the tenth.
_THRESHOLDS = (700, 10, 2)


def collect_often() -> None:
    """Leave out of collections what lives already, and collect the rest as often as few objects allow."""
    gc.collect()
    gc.freeze()
    gc.collect()  # that counts what is left, else a quarter of what was there would have to be new
    gc.set_threshold(*_THRESHOLDS)


def main() -> None:
    """Start a worker as ``prefect worker start`` does."""
    import prefect.workers.process  # noqa: F401 (what it needs lives as long as the worker does)
    from prefect.cli import app

    collect_often()
    sys.argv[1:1] = ["worker", "start"]
    app()


if __name__ == "__main__":
    main()
