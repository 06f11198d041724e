"""Prefect without its own talk: the command line shows the progress, and errors as one message."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.cli.reporting import aside, waiting


@contextmanager
def quiet_prefect() -> Iterator[None]:
    """Import Prefect inside this: it reads its settings then.

    What the user has set in the environment stays; ``toile --debug`` leaves Prefect as talkative as it is.
    """
    if os.environ.get("TOILE_DEBUG", "0") in ("", "0", "false"):
        os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
        os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    show_warnings()
    with waiting("starting"):
        yield


def show_warnings() -> None:
    """Show our own warnings above the progress bar instead of through it."""
    from rich.logging import RichHandler

    own = logging.getLogger()
    if not any(isinstance(handler, RichHandler) for handler in own.handlers):
        handler = RichHandler(console=aside(), show_time=False, show_path=False, markup=False)
        handler.setLevel(logging.WARNING)
        own.addHandler(handler)
