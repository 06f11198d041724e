"""What services and users of a stack are told by their environment; never a secret."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from flows.stack.processes import MARK, MARK_OF_SERVICE
from flows.stack.service import Service
from flows.stack.settings import StackSettings

# What would lead a service to another server, or to other keys, than this stack's own.
_FOREIGN_PREFECT = ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH")
_FOREIGN_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
)
# What every service is told, here and in compose.yaml.
EVERYWHERE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # results are pickles, and the bucket knows what is done
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PYTHONUNBUFFERED": "1",
}
AUTH_OF_SERVER = "PREFECT_SERVER_API_AUTH_STRING"
AUTH_OF_CLIENT = "PREFECT_API_AUTH_STRING"


def of_runs(settings: StackSettings) -> dict[str, str | None]:
    """Return what leads a run, or a shell, to this stack; None takes a variable away."""
    told: dict[str, str | None] = {"PREFECT_API_URL": settings.api}
    told["TOILE_ROOT"] = settings.root or None
    told["TOILE_STORAGE"] = settings.storage_file or None
    if settings.metrics_port is not None:
        told["TOILE_METRICS"] = str(settings.metrics)
    if settings.s3:
        told |= dict.fromkeys(_FOREIGN_KEYS)
        # the path of the file with the keys, not the keys
        told["AWS_SHARED_CREDENTIALS_FILE"] = str(settings.store / "credentials")
    return told


def of_service(settings: StackSettings, service: Service) -> dict[str, str]:
    """Return the whole environment of a service: this process's, ours above it, and the marks."""
    told: dict[str, str | None] = {**os.environ, **dict.fromkeys(_FOREIGN_PREFECT)}
    told |= {"PREFECT_HOME": str(settings.prefect_home), **EVERYWHERE, **service.environment}
    told |= {MARK: str(settings.state), MARK_OF_SERVICE: service.name}
    return _without_gaps(told)


def as_shell(settings: StackSettings, environment: Mapping[str, str] = os.environ) -> str:
    """Return the lines that a shell sources to work with this stack.

    What it has to forget is named only where it is set.
    """
    lines = []
    for name, value in of_runs(settings).items():
        if value is not None:
            lines.append(f"export {name}={shlex.quote(value)}")
        elif name in environment or name in _FOREIGN_KEYS:
            lines.append(f"unset {name}")
    return "".join(f"{line}\n" for line in lines)


def _without_gaps(told: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in told.items() if value is not None}
