"""Starting a stack: each service when the one before is ready, and none twice."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from flows.errors import ServiceFailed, StackRefused
from flows.shards.process_identity import ProcessIdentity, identity_of
from flows.stack.environment import as_shell, of_service
from flows.stack.logs import last_lines, log_of, open_log
from flows.stack.ports import check_free, free_ports, is_free
from flows.stack.processes import check_system, spawn
from flows.stack.service import Service
from flows.stack.services import services
from flows.stack.services.store import INNER_PORTS
from flows.stack.settings import LOOPBACK, StackSettings
from flows.stack.state import StackState, alone, read_state, write_private
from flows.stack.stopping import end_service

# What a person may ask for.
ASKED = ("host", "port", "s3", "s3_port", "root", "metrics_port", "gallery_port")
_LOOK_AGAIN_S = 0.1


@dataclass(frozen=True)
class RunningService:
    """A service that does its work; ``new`` where this command started it."""

    name: str
    title: str
    address: str
    process: ProcessIdentity
    log: Path
    new: bool


def start(
    wanted: StackSettings,
    on_step: Callable[[str], None] | None = None,
    *,
    asked: Collection[str] = ASKED,
    make: Callable[[StackSettings], list[Service]] = services,
) -> tuple[StackSettings, list[RunningService]]:
    """Start what does not run yet, one after the other, and return when all of it does its work.

    A service that fails takes those with it that this call started; what ran before stays.

    Args:
        wanted: port 0 is any free one.
        on_step: told what is waited for.
        asked: the settings that somebody asks for; what runs may have others beside these.
        make: returns the services of settings, in their order.

    Returns:
        The settings with the ports as they are, and the services, first to last.

    Raises:
        PortTaken: somebody else listens there.
        StackRefused: a stack with other settings runs here, or the system is not one that can.
        ServiceFailed: a service ended, or did not answer in time.
        StackBusy, StackError: as ``alone``.
    """
    check_system()
    with alone(wanted.state):
        state = read_state(wanted.state)
        running = {} if state is None else state.running()
        if state is None or not running:
            before = () if state is None else state.settings.inner_ports
            state = StackState(_with_ports(wanted, before))
        else:
            _check_same(state.settings, wanted, asked)
        found: list[RunningService] = []
        begun: list[Service] = []
        try:
            for service in make(state.settings):
                if service.name not in running:
                    if on_step is not None:
                        on_step(f"starting the {service.title}")
                    begun.append(service)
                    _start(state, service)
                found.append(_of_running(state, service, new=service.name not in running))
        except BaseException:
            for service in reversed(begun):
                end_service(state, service)
            raise
        write_private(state.settings.environment_file, as_shell(state.settings))
        return state.settings, found


def _with_ports(wanted: StackSettings, inner_before: tuple[int, ...]) -> StackSettings:
    """Return the settings with ports in place of zeros; the store's data likes the inner ones of before."""
    port, s3_port = (
        asked or free_ports(1, host)[0]
        for asked, host in ((wanted.port, wanted.host), (wanted.s3_port, LOOPBACK))
    )
    inner = inner_before
    if wanted.s3 and not (inner and all(is_free(LOOPBACK, one) for one in inner)):
        inner = tuple(free_ports(INNER_PORTS, LOOPBACK))
    metrics_port = wanted.metrics_port
    if metrics_port == 0:
        metrics_port = free_ports(1, LOOPBACK)[0]
    gallery_port = wanted.gallery_port
    if gallery_port == 0:
        gallery_port = free_ports(1, wanted.host)[0]
    return replace(
        wanted,
        port=port,
        s3_port=s3_port,
        inner_ports=inner,
        metrics_port=metrics_port,
        gallery_port=gallery_port,
    )


def _check_same(settings: StackSettings, wanted: StackSettings, asked: Collection[str]) -> None:
    """Refuse to change what runs; a port that is not asked for by number is the one it has."""
    runs, wants = settings.as_plain(), wanted.as_plain()
    for name in ("port", "s3_port", "metrics_port", "gallery_port"):
        if wants[name] == 0:
            wants[name] = runs[name]
    others = [name for name in asked if runs[name] != wants[name]]
    if others:
        told = ", ".join(f"{name} {runs[name]!r} instead of {wants[name]!r}" for name in others)
        raise StackRefused(
            f"it is up with {told}; `toile down`, then `toile up` again, or name another folder with --state"
        )


def _start(state: StackState, service: Service) -> None:
    for place in service.listening:
        check_free(place.host, place.port, option=place.option, what=f"the {service.title}")
    service.prepare()
    settings = state.settings
    settings.prefect_home.mkdir(mode=0o700, exist_ok=True)
    log = log_of(settings, service.name)
    begins = open_log(log)
    child = spawn(service.command, of_service(settings, service), log, settings.state)
    # written before it is ready: who is killed while waiting leaves nobody unknown
    state.processes[service.name] = identity_of(child.pid)
    state.write()
    _wait(service, child, log, begins)


def _wait(service: Service, child: subprocess.Popen[bytes], log: Path, begins: int) -> None:
    until = time.monotonic() + service.ready_within_s
    while not service.is_ready():
        ended = child.poll()
        if ended is not None or time.monotonic() >= until:
            what = (
                f"was not ready after {service.ready_within_s:.0f} s"
                if ended is None
                else f"ended with code {ended} before it was ready"
            )
            raise ServiceFailed(
                f"the {service.title} {what}; its log {log} ends:\n{last_lines(log, begins)}",
                service=service.name,
            )
        time.sleep(_LOOK_AGAIN_S)


def _of_running(state: StackState, service: Service, *, new: bool) -> RunningService:
    return RunningService(
        name=service.name,
        title=service.title,
        address=service.address,
        process=state.processes[service.name],
        log=log_of(state.settings, service.name),
        new=new,
    )
