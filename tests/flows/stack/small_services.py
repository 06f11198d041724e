"""Services that start at once: Python processes that do what a test wants, and say when they are ready."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from flows.stack.service import Listening, Service
from flows.stack.services import services
from flows.stack.settings import StackSettings

READY = "open({ready!r}, 'w').close()"
WAIT = "import time\nwhile True: time.sleep(60)"
IGNORE_TERM = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)"
# The child's own parent has ended when the service is ready: nobody of the stack is its parent any more.
LEAVE_A_CHILD = (
    "import subprocess, sys\n"
    "subprocess.run([sys.executable, '-c', 'import subprocess, sys; "
    'subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)\'])'
)


def service(folder: Path, name: str, *lines: str, listening: tuple[Listening, ...] = ()) -> Service:
    """Return a service that runs these lines of Python, says that it is ready, and waits."""
    ready = folder / f"{name}.ready"
    ready.unlink(missing_ok=True)
    code = "\n".join((*lines, READY.format(ready=str(ready)), WAIT))
    return Service(
        name=name,
        title=f"{name} service",
        command=(sys.executable, "-c", code),
        is_ready=ready.exists,
        listening=listening,
        ready_within_s=30.0,
        stop_within_s=0.5,
    )


def eager(worker: Service) -> Service:
    """Return a worker that asks for runs each second, where a team's does each five."""
    return replace(worker, environment={**worker.environment, "PREFECT_WORKER_QUERY_SECONDS": "1"})


def eager_services(settings: StackSettings) -> list[Service]:
    """Return the services of a stack with an eager worker."""
    return [eager(one) if one.name == "worker" else one for one in services(settings)]


def until(what, *, seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)
