"""What a deployment is: a flow with a name, words, filled-in parameters, choices, and perhaps an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from configs.errors import ConfigError


@dataclass(frozen=True)
class Hour:
    """When a deployment runs by itself.

    UTC unless somebody wants otherwise: an hour of a clock with daylight saving comes twice or never on two
    nights a year. A night that comes twice finds everything painted.

    Attributes:
        cron: minute, hour, day of the month, month, day of the week.
        timezone: an IANA name, as Europe/Paris.
    """

    cron: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigError(
                f"--timezone: there is no time zone {self.timezone!r}; it is named as in Europe/Paris or UTC"
            ) from error


@dataclass(frozen=True)
class Deployment:
    """A flow as a server offers it.

    Attributes:
        name: of the deployment.
        flow: module and function, as ``flows.nightly.nightly_designs``: what is installed, not a file.
        description: shown above the form.
        parameters: what the form is filled in with; the rest as the flow says.
        choices: what a drop-down offers for a parameter, in place of a free field.
        hour: when it runs by itself; None: when somebody asks.
        at_once: how many of its runs may be at work; one more is cancelled, lest they pile up. None: any.
        pool: whose worker takes its runs; "": the one of all.
        tags: by which the pages filter.
    """

    name: str
    flow: str
    description: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hour: Hour | None = None
    at_once: int | None = 1
    pool: str = ""
    tags: tuple[str, ...] = ("toile",)
