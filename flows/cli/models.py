"""``toile models``: which trained networks there are, what their cards say, and what is amiss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Root, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting
from flows.cli.words import count, gigabytes

if TYPE_CHECKING:
    from catalogs.models import ListedFile
    from catalogs.storage import Storage
    from configs.model_card import Compared

app = family()

# Those by which a card is judged, as a person calls them.
_SHOWN = {"gmd_heldout": "GMD", "ssim": "SSIM"}


@app.command(
    "models", cls=Command, epilog="Example: toile models --root demo-bucket; toile models johnson --check"
)
def models(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="One network, as under models/; all of them else.")
    ] = "",
    root: Root = "",
    check: Annotated[
        bool, typer.Option("--check", help="Read the weights too, and hold them against their cards.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the trained networks of the bucket and of the installation, with what their cards say.

    Exit code 5 when a file is damaged.
    """
    from catalogs.errors import NotFound
    from catalogs.models import model_files, model_names
    from catalogs.nearest import did_you_mean

    storage = open_root(root)
    with waiting(f"looking through {storage.root}"):
        there = model_names(storage)
        if model and model not in there:
            raise NotFound(
                f"there is no network {model!r} under {storage.root} or in the installation"
                f"{did_you_mean(model, there)}; `toile train` makes one",
                key=model,
            )
        found = [one for name in ([model] if model else there) for one in model_files(storage, name)]
        rows = [_facts(storage, one, check=check) for one in found]
    if as_json:
        print_json(rows)
    else:
        _show(rows, whole=bool(model))
    if any(row["problem"] for row in rows):
        raise typer.Exit(Exit.WEIGHTS)


def _facts(storage: Storage, one: ListedFile, *, check: bool) -> dict[str, Any]:
    problem = one.problem or (_problem(storage, one) if check else "")
    facts: dict[str, Any] = {
        "model": one.model,
        "style_id": one.style_id,
        "from": "installation" if one.comes_along else "bucket",
        "problem": problem,
    }
    card = one.card
    if card is None:
        return facts
    return facts | {
        "kind": card.kind,
        "bytes": card.bytes,
        "weights": card.weights,
        "weights_sha256": card.weights_sha256,
        "date": card.training.date,
        "steps": card.training.steps,
        "licence": card.licence,
        "compared": None if card.compared is None else card.compared.model_dump(mode="json"),
        "scores": "" if card.compared is None else _scores(card.compared),
        "falls_short": list(card.falls_short),
    }


def _problem(storage: Storage, one: ListedFile) -> str:
    """Return what is amiss with a file's weights; "" where they are what the card says."""
    import hashlib

    from catalogs.models import read_model

    if one.card is None:
        return one.problem
    found = hashlib.sha256(read_model(storage, one.model, one.style_id).weights).hexdigest()
    if found == one.card.weights_sha256:
        return ""
    return f"its weights are {found[:12]}…, its card says {one.card.weights_sha256[:12]}…"


def _scores(compared: Compared) -> str:
    """Say how a network stands beside the recipe that it was compared with."""
    pairs = [
        f"{word} {compared.ours[name]:.2f} to {compared.theirs[name]:.2f}"
        for name, word in _SHOWN.items()
        if compared.ours.get(name) is not None and compared.theirs.get(name) is not None
    ]
    return f"{', '.join(pairs)} of {compared.against}" if pairs else ""


def _size(size: int) -> str:
    # a style's own file may be a few kB, the shared one many MB
    return gigabytes(size) if size >= 1e6 else f"{max(1, round(size / 1e3)):,} kB"


def _show(rows: list[dict[str, Any]], *, whole: bool) -> None:
    from rich.table import Table

    if not rows:
        tell("there are no trained networks; `toile train RECIPE` makes one, for recipes with a network:")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("model", "style", "size", "trained", "steps", "beside", "from", ""):
        table.add_column(head, justify="right" if head in ("size", "steps") else "left")
    for row in rows:
        told = row["problem"] or (count(len(row["falls_short"]), "shortcoming") if row["falls_short"] else "")
        known = "bytes" in row
        table.add_row(
            row["model"],
            row["style_id"] or "(all)",
            _size(row["bytes"]) if known else "–",
            row["date"][:10] if known else "–",
            f"{row['steps']:,}" if known else "–",
            row.get("scores") or "–",
            row["from"],
            f"PROBLEM: {row['problem']}" if row["problem"] else told,
        )
    console().print(table, markup=False, highlight=False)
    for row in rows if whole else ():
        for line in row.get("falls_short", ()):
            tell(f"{row['style_id'] or 'all styles'}: {line}")
