"""What a process that carries out a flow does first, so that it can be watched."""

from __future__ import annotations

from flows.observability.logs import begin_logs, show_on_prefects_pages
from flows.observability.metrics import begin_metrics
from flows.observability.trace import begin_trace


def begin_observing() -> None:
    """Begin log, metrics and trace as the environment asks for; done twice, it is the same as once."""
    begin_logs()
    show_on_prefects_pages()
    begin_metrics()
    begin_trace()
