"""Prefect without its own talk: the command line shows the progress, and errors as one message."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.cli.reporting import aside, waiting

NEVER = logging.CRITICAL + 1


@contextmanager
def quiet_prefect() -> Iterator[None]:
    """Import Prefect inside this: it reads its settings then.

    Only its console is silenced: a server still gets the log of every run. ``toile --debug`` leaves Prefect
    as talkative as it is.
    """
    talkative = os.environ.get("TOILE_DEBUG", "0") not in ("", "0", "false")
    if not talkative:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", str(NEVER))
    os.environ.setdefault("DO_NOT_TRACK", "1")  # else Prefect sends usage data, and says so in between
    show_warnings()
    with waiting("starting"):
        yield
    if not talkative:
        _silence_consoles()


def show_warnings() -> None:
    """Show our own warnings above the progress bar instead of through it."""
    from rich.logging import RichHandler

    everything = logging.getLogger()
    for handler in [one for one in everything.handlers if isinstance(one, RichHandler)]:
        everything.removeHandler(handler)  # of an earlier command in this process, with a stream of its own
    handler = RichHandler(console=aside(), show_time=False, show_path=False, markup=False)
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: not record.name.startswith("prefect"))
    everything.addHandler(handler)


def _silence_consoles() -> None:
    """Silence the console of a Prefect that was loaded before, and so did not read the setting."""
    from prefect.logging.handlers import PrefectConsoleHandler

    for logger in list(logging.Logger.manager.loggerDict.values()):
        for handler in logger.handlers if isinstance(logger, logging.Logger) else ():
            if isinstance(handler, PrefectConsoleHandler):
                handler.setLevel(NEVER)
