"""``toile doctor``: is everything here that a night needs, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Device, Root, full_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

app = family()

_SIGNS = {"ok": "ok", "note": "note", "problem": "PROBLEM"}


@app.command("doctor", cls=Command, epilog="Example: toile doctor --root s3://designs/house")
def doctor(root: Root = "", device: Device = "auto", as_json: AsJson = False) -> None:
    """Check torch, device, threads, memory, weights, storage, catalogs, configs, Prefect and disk.

    A table with the remedy for each problem; exit code 1 when there is one.
    """
    from flows.cli.checks import every_check
    from flows.cli.prefect_quietly import quiet_prefect

    findings = []
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


def _show(findings: list) -> None:
    from rich.table import Table

    table = Table("", "what", "found", "remedy", box=None, pad_edge=False)
    styles = {"ok": "green", "note": "yellow", "problem": "bold red"}
    for finding in findings:
        table.add_row(
            f"[{styles[finding.state]}]{_SIGNS[finding.state]}[/]", finding.what, finding.found, finding.remedy
        )
    console().print(table)
    problems = sum(finding.state == "problem" for finding in findings)
    tell("\neverything a run needs is here" if not problems else f"\n{problems} to mend before a run")
