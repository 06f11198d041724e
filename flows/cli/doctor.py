"""``toile doctor``: is everything here that a night needs, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Device, Root, full_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

if TYPE_CHECKING:
    from flows.cli.checks import Finding

app = family()

_SIGNS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@app.command("doctor", cls=Command, epilog="Example: toile doctor --root s3://designs/house")
def doctor(root: Root = "", device: Device = "auto", as_json: AsJson = False) -> None:
    """Check torch, device, threads, memory, weights, storage, catalogs, configs, Prefect and disk.

    A table with the remedy for each problem; exit code 1 when there is one.
    """
    from flows.cli.checks import every_check
    from flows.cli.prefect_quietly import quiet_prefect

    findings: list[Finding] = []
    with quiet_prefect():
        checks = every_check(full_root(root), device)
    for name, check in checks:
        with waiting(f"looking at {name}"):
            findings += check()
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(Exit.FAILED)


def _show(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "what", "found", "remedy", box=None, pad_edge=False)
    styles = {"ok": "green", "note": "yellow", "problem": "bold red"}
    for finding in findings:
        sign = Text(_SIGNS[finding.state], styles[finding.state])
        table.add_row(sign, finding.what, Text(finding.found), Text(finding.remedy))
    console().print(table)
    problems = sum(finding.state == "problem" for finding in findings)
    tell("\neverything a run needs is here" if not problems else f"\n{problems} to mend before a run")
