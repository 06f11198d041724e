"""Warnings beside a progress bar: one line each, and Prefect's own talk left out."""

from __future__ import annotations

import logging

import pytest

from flows.cli.prefect_quietly import show_warnings


@pytest.fixture(autouse=True)
def _no_other_handler(monkeypatch):
    """A Prefect that another test has loaded writes to consoles of its own."""
    for logger in (logging.getLogger(), *logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            monkeypatch.setattr(logger, "handlers", [])


def test_a_traceback_becomes_one_line(capsys):
    show_warnings(with_tracebacks=False)
    try:
        raise ZeroDivisionError("a mask of no width")
    except ZeroDivisionError:
        logging.getLogger("flows.shards.shard").exception("design %s failed", "4f1c")
    assert capsys.readouterr().err == "error: design 4f1c failed (ZeroDivisionError: a mask of no width)\n"


def test_debug_keeps_it(capsys):
    show_warnings(with_tracebacks=True)
    try:
        raise ZeroDivisionError("a mask of no width")
    except ZeroDivisionError:
        logging.getLogger("flows.shards.shard").exception("design %s failed", "4f1c")
    assert "Traceback" in capsys.readouterr().err


# what is said outside a run cannot be sent to a server
@pytest.mark.filterwarnings("ignore:Logger 'prefect.flow_runs' attempted to send logs")
def test_notes_and_prefect_are_not_shown_and_nothing_is_shown_twice(capsys):
    show_warnings(with_tracebacks=False)
    show_warnings(with_tracebacks=False)
    logging.getLogger("flows.shards.shard").info("a note")
    logging.getLogger("prefect.flow_runs").error("Finished in state Failed()")
    logging.getLogger("flows.shards.shard").warning("a warning")
    assert capsys.readouterr().err == "warning: a warning\n"
