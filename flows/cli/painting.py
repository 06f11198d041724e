"""Painting from the command line: a flow under a progress bar, then its totals and where everything is."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import address
from flows.cli.reporting import print_json, say, tell
from flows.cli.words import count, duration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from catalogs.storage import Storage


REPORTED = ("report", "contact_sheet", "colorways")


def paint(
    storage: Storage,
    flow: Callable[[], dict[str, Any]],
    *,
    again: str,
    as_json: bool,
    trace: Path | None = None,
) -> None:
    """Run a flow under a progress bar, then show its totals and where everything is.

    With ``trace`` the threads' work is written there, for a viewer.

    Raises:
        typer.Exit: interrupted.
        TooManyFailures: after saying where the report is.
    """
    from catalogs.layout import report_key
    from catalogs.refusals import TooManyFailures
    from flows.cli.progress_bar import shown_progress
    from flows.observability.trace import traced

    began = time.monotonic()
    try:
        with shown_progress(), nullcontext() if trace is None else traced(trace):
            totals = flow()
    except KeyboardInterrupt:
        say(f"stopped; finished designs are kept, and `{again}` goes on from there")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except TooManyFailures as error:
        say(f"report        {address(storage, report_key(error.extras['batch_id']))}")
        raise
    show_totals(storage, totals, began, as_json=as_json)


def _places(storage: Storage, totals: dict[str, Any]) -> dict[str, str]:
    from catalogs.layout import DESIGNS_PREFIX, manifest_key

    return {
        "pictures": address(storage, DESIGNS_PREFIX),
        "manifest": address(storage, manifest_key(totals["batch_id"])),
        **{name: address(storage, totals[name]) for name in REPORTED if totals.get(name)},
    }


def show_totals(storage: Storage, totals: dict[str, Any], began: float, *, as_json: bool) -> None:
    """Tell what a run came to, and where everything is; ``began`` by the monotonic clock."""
    totals = {**totals, **_places(storage, totals)}
    if as_json:
        print_json(totals)
        return
    _tell_totals(totals, time.monotonic() - began)


def _tell_totals(totals: dict[str, Any], seconds: float) -> None:
    told = [f"{totals['painted']:,} painted", f"{totals['there']:,} already there"]
    told += [f"{totals[name]:,} {name}" for name in ("failed", "skipped") if totals[name]]
    tell(f"{totals['batch_id']}: {totals['ok']:,} of {count(totals['planned'], 'design')} ok")
    tell(f"  {', '.join(told)}, in {duration(seconds)}")
    for code, number in totals["failures"].items():
        tell(f"  failed   {number:,} × {code}")
    for code, number in totals["skips"].items():
        tell(f"  skipped  {number:,} × {code}")
    for name in ("pictures", "manifest", *REPORTED):
        if name in totals:
            tell(f"{name.replace('_', ' '):<14}{totals[name]}")
