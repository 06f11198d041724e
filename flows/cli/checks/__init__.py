"""What ``toile doctor`` looks at, in the order of its table."""

from __future__ import annotations

from flows.cli.checks.finding import Check, Finding, guarded
from flows.cli.checks.machine import device, disk, memory, python, threads, torch_pair
from flows.cli.checks.settings import configs, prefect_api, weights
from flows.cli.checks.storage import catalogs, networks, signing, storage

__all__ = ["Check", "Finding", "every_check"]


def every_check(root: str, wanted_device: str) -> list[tuple[str, Check]]:
    """Return the checks with their names; what one of them did not foresee is a problem in the table."""
    checks: list[tuple[str, Check]] = [
        ("python", python),
        ("torch", torch_pair),
        ("device", lambda: device(wanted_device)),
        ("threads", threads),
        ("memory", memory),
        ("weights", weights),
        ("configs", configs),
        ("storage", lambda: storage(root)),
        ("catalogs", lambda: catalogs(root)),
        ("networks", lambda: networks(root)),
        ("signing", signing),
        ("Prefect API", prefect_api),
        ("disk", lambda: disk(root)),
    ]
    return [(name, guarded(name, check)) for name, check in checks]
