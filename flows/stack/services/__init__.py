"""The services, a module each, in the order in which they start; a new one is a module and its name here.

A module has ``service(settings)``, which returns the service, or None where these settings want none.
"""

from __future__ import annotations

from collections.abc import Callable

from flows.stack.service import Service
from flows.stack.services import gallery, metrics, prefect_server, store, worker
from flows.stack.settings import StackSettings

IN_ORDER: tuple[Callable[[StackSettings], Service | None], ...] = (
    store.service,
    prefect_server.service,
    metrics.service,
    worker.service,
    gallery.service,
)


def services(settings: StackSettings) -> list[Service]:
    """Return the services that these settings want, first to last."""
    return [one for make in IN_ORDER if (one := make(settings)) is not None]
