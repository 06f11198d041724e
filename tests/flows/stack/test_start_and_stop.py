"""A stack of small services: in order, once, with all of its processes gone at the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from flows.errors import PortTaken, ServiceFailed, StackBusy, StackRefused
from flows.shards.process_identity import identity_of
from flows.stack.processes import MARK, marked
from flows.stack.service import Listening
from flows.stack.settings import StackSettings
from flows.stack.starting import start
from flows.stack.state import StackState, alone, read_state
from flows.stack.stopping import stop
from flows.stack.watching import watch
from tests.flows.stack.small_services import IGNORE_TERM, LEAVE_A_CHILD, service, until


@pytest.fixture
def settings(tmp_path):
    return StackSettings(tmp_path / "state", port=0, s3_port=0)


@pytest.fixture
def stack(tmp_path, settings):
    """Make a stack of services from names and lines of Python; stopped after the test."""
    made = []

    def make(**lines):
        made[:] = [service(tmp_path, name, *code) for name, code in lines.items()]
        return lambda settings: made

    yield make
    stop(settings.state, make=lambda settings: made)
    assert left(settings) == []


def left(settings):
    return [one.pid for one in marked({MARK: str(settings.state)})]


def test_services_start_in_order_and_stop_in_reverse(settings, stack):
    make, steps = stack(first=(), second=()), []
    _, running = start(settings, steps.append, make=make)
    assert [one.name for one in running] == ["first", "second"]
    assert all(one.process.is_alive for one in running)
    assert stop(settings.state, steps.append, make=make) == ["second service", "first service"]
    assert steps == [
        "starting the first service",
        "starting the second service",
        "stopping the second service",
        "stopping the first service",
    ]
    assert not any(one.process.is_alive for one in running)


def test_what_runs_is_left_alone_and_what_died_is_started_again(settings, stack):
    make = stack(first=(), second=())
    _, before = start(settings, make=make)
    _, again = start(settings, make=make)
    assert [one.new for one in again] == [False, False]
    os.kill(before[1].process.pid, signal.SIGKILL)
    until(lambda: not before[1].process.is_alive)
    _, mended = start(settings, make=make)
    assert [one.new for one in mended] == [False, True]
    assert mended[0].process == before[0].process


def test_other_settings_than_those_that_run_are_refused(settings, stack):
    make = stack(first=())
    start(settings, make=make)
    with pytest.raises(StackRefused, match=r"up with root '' instead of 's3://other'.*toile down"):
        start(replace(settings, root="s3://other"), make=make)
    # nobody asks for a root: what runs is shown with its own
    shown, _ = start(replace(settings, root="s3://other"), asked=["port"], make=make)
    assert shown.root == ""


def test_a_service_that_dies_is_told_with_the_end_of_its_log_and_takes_the_others_along(settings, stack):
    make = stack(first=(), second=("print('the database is locked')", "raise SystemExit(3)"))
    with pytest.raises(ServiceFailed, match=r"(?s)second service ended with code 3.*the database is locked"):
        start(settings, make=make)
    assert left(settings) == []


def test_only_this_start_is_quoted_from_a_log(settings, stack):
    for word in ("older", "newer"):
        with pytest.raises(ServiceFailed) as failed:
            start(settings, make=stack(first=(f"raise SystemExit('{word}')",)))
    assert "newer" in str(failed.value)
    assert "older" not in str(failed.value)


def test_a_service_that_does_not_listen_to_requests_is_killed(settings, stack):
    make = stack(deaf=(IGNORE_TERM,))
    _, [deaf] = start(settings, make=make)
    assert stop(settings.state, make=make) == ["deaf service"]
    assert not deaf.process.is_alive


def test_children_whose_parents_are_gone_are_found_and_ended(settings, stack):
    make = stack(parent=(LEAVE_A_CHILD,))
    _, [parent] = start(settings, make=make)
    assert len(left(settings)) == 2
    os.kill(parent.process.pid, signal.SIGKILL)
    until(lambda: not parent.process.is_alive)
    assert len(left(settings)) == 1
    assert stop(settings.state, make=make) == ["parent service"]
    assert left(settings) == []


def test_a_worker_started_in_the_background_can_be_interrupted(settings, stack):
    # a shell starts `toile up &` with SIGINT ignored, and an ignored signal is inherited
    make = stack(first=())
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _, [first] = start(settings, make=make)
    finally:
        signal.signal(signal.SIGINT, before)
    os.kill(first.process.pid, signal.SIGINT)
    until(lambda: not first.process.is_alive)


def test_a_process_that_has_a_number_of_ours_by_now_is_left_alone(settings, stack):
    make = stack(first=())
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        settings.state.mkdir()
        ours = replace(identity_of(stranger.pid), started="1")
        StackState(settings, {"first": ours}).write()
        assert stop(settings.state, make=make) == []
        assert stranger.poll() is None
        stranger.kill()


def test_a_process_of_another_boot_is_not_ours(settings, stack):
    make = stack(first=())
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        settings.state.mkdir()
        StackState(settings, {"first": replace(identity_of(stranger.pid), machine="another boot")}).write()
        assert stop(settings.state, make=make) == []
        assert stranger.poll() is None
        stranger.kill()


def test_who_watches_stops_everything_when_asked(settings, stack):
    make = stack(first=())
    _, services = start(settings, make=make)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
    watch(services, lambda: stop(settings.state, make=make))
    assert left(settings) == []


def test_who_watches_stops_everything_when_a_service_ends_and_says_which(settings, stack):
    make = stack(first=(), second=("print('the disk is full')",))
    _, services = start(settings, make=make)
    os.kill(services[1].process.pid, signal.SIGKILL)
    with pytest.raises(ServiceFailed, match=r"(?s)second service ended by itself.*the disk is full"):
        watch(services, lambda: stop(settings.state, make=make))
    assert left(settings) == []


def test_stopping_twice_or_nothing_does_no_harm(settings, stack):
    assert stop(settings.state, make=stack()) == []
    make = stack(first=())
    start(settings, make=make)
    assert stop(settings.state, make=make) == ["first service"]
    assert stop(settings.state, make=make) == []


def test_two_commands_do_not_work_on_one_stack_at_once(settings):
    with (
        alone(settings.state),
        pytest.raises(StackBusy, match="another toile up"),
        alone(settings.state, patience_s=0.0),
    ):
        pass


def test_a_taken_port_is_told_with_who_has_it_and_what_to_do(settings, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        one = service(tmp_path, "page", listening=(Listening("127.0.0.1", port, "--port"),))
        with pytest.raises(
            PortTaken, match=rf"port {port} .*\(process {os.getpid()}\).*another port with --port"
        ):
            start(settings, make=lambda settings: [one])


def test_the_state_is_read_as_it_was_written_and_is_for_its_owner_alone(settings, tmp_path):
    settings = replace(settings, state=tmp_path, inner_ports=(1, 2))
    state = StackState(settings, {"first": identity_of(os.getpid())})
    state.write()
    assert read_state(tmp_path) == state
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600
