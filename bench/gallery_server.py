"""The gallery as a process of its own, for ``bench/gallery.py``: its memory and CPU time from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_WAIT_S = 300.0


class Server:
    """``toile gallery`` on a folder; a context manager that stops it.

    Attributes:
        start_s: from the start of the process to its first answer with designs.
        start_cpu_s: CPU time until then.
        start_peak_mb: the most memory until then.
    """

    def __init__(self, root: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the server is
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from flows.cli import main; main()"),
                *("gallery", "--root", str(root), "--port", str(port)),
            ],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.address, timeout=_WAIT_S, trust_env=False)
        try:
            self._wait_for_answer()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.start_s = time.perf_counter() - started
        self.start_cpu_s = self.cpu_s()
        self.start_peak_mb = self.memory_mb()[1]

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the process."""
        self.client.close()
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def ask(self, address: str) -> httpx.Response:
        """Return an answer that is no error."""
        answer = self.client.get(address)
        answer.raise_for_status()
        return answer

    def total(self, query: str = "") -> int:
        """Return how many designs a view has."""
        return int(self.ask(f"/api/designs?count=1&{query}").json()["total"])

    def cpu_s(self) -> float:
        """Return the CPU time of the process so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_mb(self) -> tuple[float, float]:
        """Return resident memory now and at its most, in MB of 10⁶ bytes."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        now, most = (int(told[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
        return now, most

    def _wait_for_answer(self) -> None:
        until = time.perf_counter() + _WAIT_S
        while time.perf_counter() < until:
            if self._process.poll() is not None:
                self._said.seek(0)
                raise RuntimeError(f"toile gallery ended: {self._said.read().decode()[-400:]}")
            try:
                if self.total():
                    return
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"toile gallery gave no answer within {_WAIT_S:.0f} s")
