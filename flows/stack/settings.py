"""What a stack is asked to be, and where on the disk everything of it lies."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
PORT = 4200
S3_PORT = 8333
GALLERY_PORT = 8080
POOL = "toile"
# What a service listens on where it is told to listen on all addresses.
_ANY = {"0.0.0.0": LOOPBACK, "::": "[::1]"}


@dataclass(frozen=True)
class StackSettings:
    """A stack: where its state lies, where it listens, and which bucket its runs work in.

    Attributes:
        state: the folder of databases, logs and the store's data; survives ``toile down``.
        host: the address that the server (and the pages) listen on.
        port: of Prefect's server and its pages.
        s3: whether a store (SeaweedFS) runs too; it always listens on loopback.
        s3_port: of the store.
        root: bucket or directory of the runs, as ``TOILE_ROOT``; "" where a storage file names it.
        storage_file: as ``TOILE_STORAGE``; "" for none.
        metrics_port: of what Prometheus asks, on loopback; None: nothing is counted.
        gallery_port: of the pages of published designs; None: no gallery.
        inner_ports: what services speak on among themselves, on loopback.
    """

    state: Path
    host: str = LOOPBACK
    port: int = PORT
    s3: bool = False
    s3_port: int = S3_PORT
    root: str = ""
    storage_file: str = ""
    inner_ports: tuple[int, ...] = ()
    metrics_port: int | None = None
    gallery_port: int | None = None

    @property
    def logs(self) -> Path:
        """The folder of the logs, one a service."""
        return self.state / "logs"

    @property
    def prefect_home(self) -> Path:
        """The folder of Prefect's database."""
        return self.state / "prefect"

    @property
    def store(self) -> Path:
        """The folder of the store: data, credentials, storage file."""
        return self.state / "store"

    @property
    def metrics(self) -> Path:
        """The folder in which runs count what they do."""
        return self.state / "metrics"

    @property
    def environment_file(self) -> Path:
        """What a shell sources to work with this stack."""
        return self.state / "env.sh"

    @property
    def page(self) -> str:
        """The address of Prefect's pages, from this machine."""
        return f"http://{reachable(self.host)}:{self.port}"

    @property
    def api(self) -> str:
        """The address of Prefect's API, from this machine."""
        return f"{self.page}/api"

    def as_plain(self) -> dict[str, Any]:
        """Return the fields as plain values, for JSON."""
        return asdict(self) | {"state": str(self.state)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> StackSettings:
        """Return the settings that ``as_plain`` wrote down."""
        return cls(**(plain | {"state": Path(plain["state"]), "inner_ports": tuple(plain["inner_ports"])}))


def reachable(host: str) -> str:
    """Return by what this machine reaches what listens on an address, as it stands in a URL."""
    return _ANY.get(host, f"[{host}]" if ":" in host else host)


def default_state() -> Path:
    """Return where a stack keeps its state: ``TOILE_STATE``, else a folder of this user."""
    named = os.environ.get("TOILE_STATE")
    if named:
        return Path(named).expanduser().absolute()
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser().absolute() / "toile"
