"""Stopping a stack: the last service first, each with everything that it started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flows.stack.processes import MARK, MARK_OF_SERVICE, check_system, end, end_marked
from flows.stack.service import Service
from flows.stack.services import services
from flows.stack.settings import StackSettings
from flows.stack.state import StackState, alone, read_state


def stop(
    folder: Path,
    on_step: Callable[[str], None] | None = None,
    *,
    make: Callable[[StackSettings], list[Service]] = services,
) -> list[str]:
    """Stop every service of a stack, and whatever they left behind; what they keep on the disk stays.

    Safe at any moment: with nothing running, after a reboot, half way through an earlier stop.

    Args:
        folder: the stack's state.
        on_step: told what is waited for.
        make: returns the services of settings, in their order.

    Returns:
        The titles of what was stopped, in that order.

    Raises:
        StackBusy, StackError: as ``alone``.
    """
    check_system()
    if not folder.is_dir():
        return []
    with alone(folder):
        stopped: list[str] = []
        state = read_state(folder)
        if state is not None:
            for service in reversed(make(state.settings)):
                if on_step is not None:
                    on_step(f"stopping the {service.title}")
                if end_service(state, service):
                    stopped.append(service.title)
            state.settings.environment_file.unlink(missing_ok=True)
        left = end_marked({MARK: str(folder)}, within_s=5.0)
        return [*stopped, f"{len(left)} left over"] if left else stopped


def end_service(state: StackState, service: Service) -> bool:
    """End a service with its children; return whether there was anything to end."""
    process = state.processes.pop(service.name, None)
    ended = process is not None and end(process, within_s=service.stop_within_s)
    left = end_marked(
        {MARK: str(state.settings.state), MARK_OF_SERVICE: service.name}, within_s=service.stop_within_s
    )
    service.tidy()
    state.write()
    return ended or bool(left)
