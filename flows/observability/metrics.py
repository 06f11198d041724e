"""The metrics of a run, in files that outlive the process; ``TOILE_METRICS`` names their folder.

Runs are short-lived and several may be at work, so each process counts in memory-mapped files of its own, by
the multiprocess mode of ``prometheus_client``; what a kill leaves in them still counts, and
``metrics_server`` adds them up. Without the folder the library is not imported.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.observability import events
from flows.observability.signals import Happening, Signal, Span, listen
from flows.shards.process_identity import this_process

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

FOLDER = "TOILE_METRICS"
_LIBRARYS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_WAITS = (0.001, 0.01, 0.1, 0.5, 1, 5, 30, 120)
_DESIGNS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
_SHARDS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Metric:
    """One metric: ``kind`` is counter, gauge or histogram; ``name`` as Prometheus stores it."""

    name: str
    kind: str
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    # of gauges, how those of several processes are joined
    mode: str = "livesum"


DESIGNS = Metric("toile_designs_total", "counter", "Designs by what became of them.", ("status", "recipe"))
FAILURES = Metric("toile_failures_total", "counter", "Failed designs by error code.", ("code",))
QUARANTINED = Metric("toile_quarantined_total", "counter", "Designs that killed their process twice.")
DESIGN_SECONDS = Metric(
    "toile_design_seconds", "histogram", "Painting of a design.", ("recipe",), buckets=_DESIGNS
)
SHARDS = Metric("toile_shards_total", "counter", "Shards by how they ended: done, busy, broke_off.", ("end",))
SHARD_SECONDS = Metric(
    "toile_shard_seconds", "histogram", "A shard from its lease to its part.", ("recipe",), buckets=_SHARDS
)
BUSY = Metric("toile_device_busy_seconds_total", "counter", "Seconds in which a device painted.", ("device",))
WAITS = Metric(
    "toile_wait_seconds",
    "histogram",
    "Waiting: prepared (painting for a prepared design), device (for its turn), room (for uploads to end), "
    "finish (a painted design for a hand that packs it).",
    ("stage",),
    buckets=_WAITS,
)
STAGES = Metric("toile_stage_seconds_total", "counter", "Seconds of threads in a stage.", ("stage",))
BYTES = Metric(
    "toile_storage_bytes_total", "counter", "Bytes of objects that were read or written.", ("call",)
)
CALLS = Metric("toile_storage_calls_total", "counter", "Calls to the storage: read, write, ask.", ("call",))
RETRIES = Metric("toile_storage_retries_total", "counter", "Calls repeated because the storage was away.")
OUTAGES = Metric("toile_storage_outage_seconds_total", "counter", "Seconds for which outages were waited.")
LEASES = Metric("toile_leases_total", "counter", "Leases that changed hands: taken_over, lost.", ("what",))
RUNS = Metric("toile_runs_total", "counter", "Runs of a batch by how they ended: done, failed.", ("end",))
AT_WORK = Metric("toile_runs_at_work", "gauge", "Runs of a batch that are painting or publishing now.")
WAVES = Metric("toile_waves_total", "counter", "Waves by the state of their run.", ("state",))
HEARD = Metric(
    "toile_last_sign_timestamp_seconds", "gauge", "When a run last did anything at all.", mode="livemax"
)
LAST_DESIGN = Metric(
    "toile_last_design_timestamp_seconds", "gauge", "When a design last got its row.", mode="livemax"
)
ALLOWED = Metric(
    "toile_max_failure_rate", "gauge", "Share of failures that the batches at work allow.", mode="livemin"
)
NOTICES = Metric(
    "toile_notices_total", "counter", "Notices by way and whether they went out.", ("way", "end")
)
RETRIED = Metric("toile_runs_retried_total", "counter", "Crashed runs that were retried by themselves.")

METRICS: tuple[Metric, ...] = tuple(one for one in list(globals().values()) if isinstance(one, Metric))

# Spans that are waits, by the label that they have.
WAIT_SPANS = {
    "wait for a design": "prepared",
    "wait for the device": "device",
    "wait for room": "room",
    "wait to be packed": "finish",
}
STAGE_SPANS = ("prepare", "paint", "finish", "pack")
STORAGE_SPANS = {"read": "read", "upload": "write", "ask the storage": "ask"}
RETRY_SPAN = "wait for the storage"


def identity() -> str:
    """Return what names this process's files: no later process has it, nor one of another machine."""
    one = this_process()
    return f"{one.pid}-{one.started}-{sha256(one.machine.encode()).hexdigest()[:8]}"


class Metrics:
    """Listens to events and spans and counts them into the files of ``folder``."""

    def __init__(self, folder: Path) -> None:
        import prometheus_client
        from prometheus_client import values

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[_LIBRARYS_FOLDER] = str(folder)
        values.ValueClass = values.MultiProcessValue(_Identity())  # type: ignore[no-untyped-call]
        kinds = {
            name: getattr(prometheus_client, name.capitalize()) for name in ("counter", "gauge", "histogram")
        }
        self._made: dict[str, Any] = {one.name: _make(kinds[one.kind], one) for one in METRICS}
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}

    def __call__(self, signal: Signal) -> None:
        """Count a signal."""
        if isinstance(signal, Span):
            self._span(signal)
        else:
            self._happening(signal)

    def _span(self, one: Span) -> None:
        if (stage := WAIT_SPANS.get(one.name)) is not None:
            self._of(WAITS, stage).observe(one.seconds)
        elif one.name in STAGE_SPANS:
            self._of(STAGES, one.name).inc(one.seconds)
            self._of(HEARD).set(time.time())
            if one.name == "paint":
                self._of(BUSY, str(one.facts.get("device", ""))).inc(one.seconds)
        elif one.name in STORAGE_SPANS:
            self._of(CALLS, STORAGE_SPANS[one.name]).inc()
            if (size := one.facts.get("bytes")) is not None:
                self._of(BYTES, STORAGE_SPANS[one.name]).inc(size)
        elif one.name == RETRY_SPAN:
            self._of(RETRIES).inc()

    def _happening(self, one: Happening) -> None:
        facts, event = one.facts, one.event
        recipe = str(facts.get("recipe", ""))
        if event in _STATUS_OF:
            status = _STATUS_OF[event]
            self._of(DESIGNS, status, recipe).inc()
            self._of(LAST_DESIGN).set(time.time())
            if event is events.DESIGN_PAINTED and facts.get("seconds") is not None:
                self._of(DESIGN_SECONDS, recipe).observe(facts["seconds"])
            if event is events.DESIGN_FAILED:
                self._of(FAILURES, str(facts.get("code", ""))).inc()
        elif event is events.SHARD_DONE:
            self._of(SHARDS, "done").inc()
            self._of(SHARD_SECONDS, recipe).observe(facts["seconds"])
        elif event is events.RUN_BEGAN:
            self._of(AT_WORK).inc()
            self._of(HEARD).set(time.time())
            self._of(ALLOWED).set(facts.get("max_failure_rate", 0.0))
        elif event in (events.RUN_DONE, events.RUN_FAILED):
            self._of(AT_WORK).dec()
            self._of(RUNS, event.name.partition(".")[2]).inc()
        elif event is events.STORAGE_BACK:
            self._of(OUTAGES).inc(facts["seconds"])
        elif event in _COUNTED:
            metric, labels = _COUNTED[event]
            self._of(metric, *(label.format_map(facts) for label in labels)).inc()

    def _of(self, metric: Metric, *labels: str) -> Any:
        key = (metric.name, labels)
        if key not in self._children:
            made = self._made[metric.name]
            self._children[key] = made.labels(*labels) if labels else made
        return self._children[key]


_STATUS_OF = {event: outcome.value for outcome, event in events.OF_OUTCOME.items()}
_COUNTED: dict[events.Event, tuple[Metric, tuple[str, ...]]] = {
    events.SHARD_BUSY: (SHARDS, ("busy",)),
    events.SHARD_BROKE_OFF: (SHARDS, ("broke_off",)),
    events.DESIGN_QUARANTINED: (QUARANTINED, ()),
    events.LEASE_TAKEN_OVER: (LEASES, ("taken_over",)),
    events.LEASE_LOST: (LEASES, ("lost",)),
    events.WAVE_DONE: (WAVES, ("{state}",)),
    events.RUN_RETRIED: (RETRIED, ()),
    events.NOTICE_SENT: (NOTICES, ("{way}", "sent")),
    events.NOTICE_FAILED: (NOTICES, ("{way}", "failed")),
}


class _Identity:
    """``identity()``, looked up once a process: the library asks at every count."""

    def __init__(self) -> None:
        self._known: tuple[int, str] = (0, "")

    def __call__(self) -> str:
        pid = os.getpid()
        if self._known[0] != pid:
            self._known = (pid, identity())
        return self._known[1]


def _make(kind: type[Counter] | type[Gauge] | type[Histogram], metric: Metric) -> Any:
    options: dict[str, Any] = {"registry": None}
    if metric.kind == "gauge":
        options["multiprocess_mode"] = metric.mode
    if metric.buckets:
        options["buckets"] = metric.buckets
    return kind(metric.name, metric.says, metric.labels, **options)


_counting = threading.Lock()
_folder: Path | None = None


def begin_metrics() -> None:
    """Count what happens in this process from now on, where ``TOILE_METRICS`` names a folder."""
    global _folder
    named = os.environ.get(FOLDER)
    with _counting:
        if named and _folder is None:
            _folder = Path(named).expanduser().absolute()
            listen(Metrics(_folder))
