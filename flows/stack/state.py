"""What is known of a stack between two commands: its settings, and which processes are its services."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flows.errors import StackBusy, StackError
from flows.shards.process_identity import ProcessIdentity
from flows.stack.settings import StackSettings

STATE_FILE = "stack.json"
LOCK_FILE = "lock"
SCHEMA = 1


@dataclass
class StackState:
    """The settings of the last ``toile up`` and the processes that it started, in their order."""

    settings: StackSettings
    processes: dict[str, ProcessIdentity] = field(default_factory=dict)

    def running(self) -> dict[str, ProcessIdentity]:
        """Return the services whose process is alive; a later process with the same number is not one."""
        return {name: process for name, process in self.processes.items() if process.is_alive}

    def write(self) -> None:
        """Write it down, whole or not at all."""
        text = json.dumps(
            {
                "schema": SCHEMA,
                "settings": self.settings.as_plain(),
                "processes": {name: asdict(process) for name, process in self.processes.items()},
            },
            indent=2,
        )
        write_private(self.settings.state / STATE_FILE, text)


def read_state(folder: Path) -> StackState | None:
    """Return what was written down; None where no stack was ever up.

    Raises:
        StackError: the file is damaged, or of a later version.
    """
    path = folder / STATE_FILE
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["schema"] != SCHEMA:
            raise ValueError(f"schema {plain['schema']}")
        processes = {name: ProcessIdentity(**one) for name, one in plain["processes"].items()}
        return StackState(StackSettings.from_plain(plain["settings"]), processes)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(
            f"{path} cannot be understood ({error}); stop what it tells of by hand and remove it"
        ) from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, beside its place and then into it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        # born private: a moment of 0644 would be enough for a reader
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path, *, patience_s: float = 5.0) -> Iterator[None]:
    """Be the only one who starts or stops the stack of a folder, which is made where it is not there.

    Raises:
        StackBusy: another one is at it for longer than ``patience_s``.
        StackError: the folder cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("a")
    except OSError as error:
        raise StackError(
            f"{folder} cannot be written to ({error.strerror}); name another folder with --state"
        ) from error
    with file:
        until = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise StackBusy(
                        f"another toile up or toile down is at work in {folder}; try again when it has ended"
                    ) from None
                time.sleep(0.1)
        yield
