"""The services of compose.yaml as processes of this machine: their commands, environment and rights.

Where bubblewrap is installed, each sees a read-only system, a /tmp and volumes of its own, and is the user
that compose.yaml names. Hosts are 127.0.0.1, and ports those that are free.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.stack.ports import free_ports
from flows.stack.team_files import USER, write_team_files
from tests.flows.stack.small_services import until

REPOSITORY = Path(__file__).parents[3]
SERVICES: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
POSTGRES = Path("/usr/lib/postgresql")
# What compose.yaml says, and which of these ports' numbers mean the same here.
PORTS = ("4200", "8333", "5432")
INNER = ("master", "filer", "volume")


@dataclass
class Containers:
    """A team's services in one folder, which any user of this machine may enter."""

    folder: Path
    ports: dict[str, int] = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = free_ports(len(PORTS) + 2 * len(INNER) + 3, "127.0.0.1")
        self.ports = dict(zip(PORTS, found, strict=False))
        self.inner = found[len(PORTS) :]
        write_team_files(self.secrets)
        for path in self.secrets.iterdir():
            text = self._here(path.read_text())
            path.chmod(0o644)
            path.write_text(text)
        for name in SERVICES:
            for place in ("tmp", "data"):
                (self.folder / name / place).mkdir(parents=True)

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports['4200']}/api"

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def environment(self, name: str, more: dict[str, str] | None = None) -> dict[str, str]:
        """Return all that a container is told."""
        told = {key: self._here(value, name) for key, value in SERVICES[name].get("environment", {}).items()}
        beside_python = str(Path(sys.executable).parent)
        told |= {
            "PATH": os.pathsep.join((beside_python, os.environ["PATH"])),
            "HOME": str(self.folder / name / "tmp"),
            "TMPDIR": str(self.folder / name / "tmp"),
            "PYTHONPATH": str(REPOSITORY),
            "PREFECT_WORKER_WEBSERVER_PORT": str(self.inner[-2 if name == "keeper" else -1]),
        }
        told.setdefault("PREFECT_HOME", str(self.folder / name / "tmp/prefect"))
        return told | (more or {})

    def start(self, name: str, more: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a service; ``more`` is told to it beside what compose.yaml says."""
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*self._walls(name), *self._command(name)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment(name, more) if name != "database" else {"PATH": os.environ["PATH"]},
                cwd=self.folder / name / "tmp",
                start_new_session=True,
            )
        return self.running[name]

    def start_and_wait(self, name: str, port: str, path: str) -> None:
        """Start a service and wait until it calls itself healthy."""
        self.start(name)
        until(lambda: self._is_well(name, f"http://127.0.0.1:{self.ports[port]}{path}"), seconds=240)

    def run(self, name: str) -> None:
        """Do what a service that ends does."""
        process = self.start(name)
        assert process.wait(240) == 0, self.log(name).read_text()[-3000:]

    def kill(self, name: str) -> None:
        """Kill a service and whatever it started."""
        process = self.running.pop(name)
        _kill_all(process.pid)
        process.wait(30)

    def dump(self) -> bytes:
        """Return everything that the database holds, as text."""
        here = ["--host=127.0.0.1", f"--port={self.ports['5432']}", f"--username={USER}", USER]
        secret = {"PGPASSWORD": (self.secrets / "database-password").read_text()}
        dump = [str(_postgres() / "pg_dump"), *here]
        return subprocess.run(dump, check=True, env=os.environ | secret, capture_output=True).stdout

    def stop(self) -> None:
        for name in reversed(list(self.running)):
            self.kill(name)
        for port in (self.ports["8333"], *self.inner):
            for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                path.unlink(missing_ok=True)

    def make_database(self) -> None:
        """Do what the image of PostgreSQL does at its first start, and start it."""
        data, program = self.folder / "database/data", _postgres()
        walls, log = self._walls("database"), self.log("database").open("ab")
        own = SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"].split()
        password = f"--pwfile={self.secrets / 'database-password'}"
        init = [*walls, str(program / "initdb"), "-D", str(data), "-U", USER, password, *own]
        with log:
            made = subprocess.run(init, stdout=log, stderr=log, timeout=120)
            assert made.returncode == 0, self.log("database").read_text()
            self.start("database")
            here = ["-h", "127.0.0.1", "-p", str(self.ports["5432"]), "-U", USER]
            ready = [str(program / "pg_isready"), *here]
            until(lambda: subprocess.run(ready, stdout=log).returncode == 0, seconds=60)
            secret = {"PGPASSWORD": (self.secrets / "database-password").read_text()}
            create = [str(program / "createdb"), *here, USER]
            subprocess.run(create, check=True, env=os.environ | secret, timeout=60)

    def _command(self, name: str) -> list[str]:
        if name == "database":
            here = ["-h", "127.0.0.1", "-p", str(self.ports["5432"]), "-k", str(self.folder / name / "tmp")]
            return [str(_postgres() / "postgres"), "-D", str(self.folder / name / "data"), *here]
        command = [self._here(word, name) for word in SERVICES[name]["command"]]
        if name == "store":
            kinds = [f"{part}.port{kind}" for part in INNER for kind in ("", ".grpc")]
            command += [f"-{kind}={port}" for kind, port in zip(kinds, self.inner, strict=False)]
            command.append(f"-s3.port.grpc={self.inner[-3]}")
        if name == "bucket":
            master, filer = (f"{self.inner[at]}.{self.inner[at + 1]}" for at in (0, 2))
            command[-1] = command[-1].replace(":9333", f":{master}").replace(":8888", f":{filer}")
        # nobody else is to be let in, not even where compose.yaml lets a container's network in
        return [word.replace("0.0.0.0", "127.0.0.1") for word in command]

    def _here(self, text: str, name: str = "") -> str:
        """Return a text of compose.yaml, or of a secret, with the hosts, ports and paths of this machine."""
        text = re.sub(r"(?<=[/@])(server|store|database)(?=:\d)", "127.0.0.1", text)
        text = re.sub(r"\$\{TOILE_PORT:-(\d+)\}", r"\1", text)
        text = re.sub(r"(?<![\w-])(4200|8333|5432)(?![\w-])", lambda found: str(self.ports[found[1]]), text)
        places = {
            "/run/secrets": self.secrets,
            "/etc/toile/configs": REPOSITORY / "configs",
            "/etc/toile": self.secrets,
            "/data": self.folder / name / "data",
            "/tmp": self.folder / name / "tmp",
        }
        place = rf"(?<![\w/])({'|'.join(places)})(?=/|$)"
        return re.sub(place, lambda found: str(places[found[1]]), text)

    def _walls(self, name: str) -> list[str]:
        own, user = self.folder / name, SERVICES[name]["user"].partition(":")[0]
        if not can_wall():
            if name != "database" or os.geteuid() != 0:
                return []
            for path in (own, *own.iterdir()):
                os.chown(path, int(user), int(user))
            return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        kept = [one for path in (self.secrets, REPOSITORY) for one in ("--ro-bind", str(path), str(path))]
        house, users = self.folder / "house", self.folder / "passwd"
        house.mkdir(exist_ok=True)
        # PostgreSQL wants a user with a name
        users.write_text(f"root:x:0:0::/root:/bin/sh\ntoile:x:{user}:{user}::/nonexistent:/bin/false\n")
        return [
            *("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", *kept),
            *("--bind", str(own), str(own), "--bind", str(house), str(house)),
            *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--uid", user, "--gid", user),
            *("--ro-bind", str(users), "/etc/passwd"),
            *("--cap-drop", "ALL", "--die-with-parent", "--new-session"),
        ]

    def _is_well(self, name: str, address: str) -> bool:
        assert self.running[name].poll() is None, self.log(name).read_text()[-3000:]
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


@functools.cache
def can_wall() -> bool:
    """Say whether bubblewrap is here and may make namespaces."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", "--ro-bind", "/", "/", "--unshare-user", "--unshare-pid", "--uid", "999", "true"]
    return subprocess.run(trial, capture_output=True).returncode == 0


def _postgres() -> Path:
    found = sorted(POSTGRES.glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL's server is not installed (Debian: postgresql)")
    return found[-1].parent


def _kill_all(pid: int) -> None:
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    for child in children.stdout.split():
        _kill_all(int(child))
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def drawn(containers: Containers) -> list[str]:
    """Return every secret of the team's files."""
    read = {path.name: path.read_text() for path in containers.secrets.iterdir()}
    keys = [one["credentials"][0]["secretKey"] for one in json.loads(read["store.json"])["identities"]]
    entrance = tomllib.loads(read["prefect-client.toml"])["profiles"]["house"]["PREFECT_API_AUTH_STRING"]
    return [read["database-password"], entrance, entrance.partition(":")[2], *keys]
