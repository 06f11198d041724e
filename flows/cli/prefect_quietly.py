"""Prefect without its own talk: the command line shows the progress, and errors as one message."""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from flows.cli.reporting import say, waiting
from flows.observability.logs import begin_logs, wants_json

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
    show_warnings(with_tracebacks=talkative)
    with waiting("starting"):
        yield
    if not talkative:
        _silence_consoles()


class Brief(logging.Handler):
    """Shows warnings above the progress bar instead of through it; a traceback is one line of it."""

    def __init__(self, *, with_tracebacks: bool) -> None:
        super().__init__(logging.WARNING)
        self._with_tracebacks = with_tracebacks
        self.addFilter(lambda record: not record.name.startswith("prefect"))

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record."""
        told = f"{record.levelname.lower()}: {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and self._with_tracebacks:
            told += "\n" + "".join(traceback.format_exception(error))
        elif error is not None:
            told += f" ({type(error).__name__}: {(str(error).splitlines() or [''])[0]})"
        say(told)


def show_warnings(*, with_tracebacks: bool) -> None:
    """Let the warnings of every module reach the terminal, one by one."""
    if wants_json():
        begin_logs()
        return
    everything = logging.getLogger()
    for handler in [one for one in everything.handlers if isinstance(one, Brief)]:
        everything.removeHandler(handler)  # of an earlier command in this process
    everything.addHandler(Brief(with_tracebacks=with_tracebacks))


def _silence_consoles() -> None:
    """Silence the console of a Prefect that was loaded before, and so did not read the setting."""
    from prefect.logging.handlers import PrefectConsoleHandler

    for logger in list(logging.Logger.manager.loggerDict.values()):
        for handler in logger.handlers if isinstance(logger, logging.Logger) else ():
            if isinstance(handler, PrefectConsoleHandler):
                handler.setLevel(NEVER)
