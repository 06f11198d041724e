"""``toile request``: ask for more of a design, see what became of it, take up what is open."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.options import AsJson, BudgetMinutes, Device, Root, full_root, open_root
from flows.cli.reporting import Command, console, family, print_json, tell, waiting

if TYPE_CHECKING:
    from catalogs.requests import Asked

app = family("Ask for more of a design: larger, in other colours, more like it, its cloth.")

Designs = Annotated[
    list[str], typer.Argument(metavar="DESIGN...", help="Ids of designs, or their first digits (4 or more).")
]
Larger = Annotated[int, typer.Option("--size-px", min=32, max=8192, help="Long side, px.")]
SizePx = Annotated[int, typer.Option("--size-px", max=8192, help="Long side, px; else as the design's.")]
Note = Annotated[str, typer.Option("--note", help="A line for people.")]
By = Annotated[str, typer.Option("--by", help="Who asks; else your name on this machine.")]


@app.command("hires", cls=Command, epilog="Example: toile request hires 4f1c09 --size-px 768")
def hires(
    designs: Designs, size_px: Larger, root: Root = "", note: Note = "", by: By = "", as_json: AsJson = False
) -> None:
    """Ask for designs at another size."""
    _ask("hires", designs, root, as_json=as_json, size_px=size_px, note=note, by=by)


@app.command(
    "colorways",
    cls=Command,
    epilog="Example: toile request colorways 4f1c09 --colorway rust --colorway 'dusk=#1f6f8b #f4f1e6'",
)
def colorways(
    designs: Designs,
    colorway: Annotated[
        list[str],
        typer.Option("--colorway", help="Palette of the design's batch, or name=#2b1a12 #8a3b12."),
    ],
    size_px: SizePx = 0,
    root: Root = "",
    note: Note = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Ask for designs in other colours."""
    named = ", ".join(colorway)
    _ask("colorways", designs, root, as_json=as_json, colorways=named, size_px=size_px, note=note, by=by)


@app.command("more-like", cls=Command, epilog="Example: toile request more-like 4f1c09 --category dress")
def more_like(
    designs: Designs,
    category: Annotated[
        str, typer.Option("--category", help="Its textile on garments of this category.")
    ] = "",
    style_kind: Annotated[
        str, typer.Option("--style-kind", help="Its garment in textiles of this kind.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", max=500, help="At most so many; else 12.")] = 0,
    size_px: SizePx = 0,
    root: Root = "",
    note: Note = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Ask for a design's textile on more garments, or its garment in more textiles."""
    wanted = {"category": category, "style_kind": style_kind, "limit": limit, "size_px": size_px}
    _ask("more_like", designs, root, as_json=as_json, note=note, by=by, **wanted)


@app.command("repeat", cls=Command, epilog="Example: toile request repeat 4f1c09")
def repeat(
    designs: Designs,
    size_px: SizePx = 0,
    root: Root = "",
    note: Note = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Ask for the new cloth that a garment wears, as yardage."""
    _ask("repeat", designs, root, as_json=as_json, size_px=size_px, note=note, by=by)


@app.command("list", cls=Command, epilog="Example: toile request list --root s3://designs/house")
def list_them(root: Root = "", as_json: AsJson = False) -> None:
    """List what was asked for, the newest first, and what became of it."""
    from catalogs.requests import read_requests

    storage = open_root(root)
    with waiting(f"asking {storage.root}"):
        found = read_requests(storage)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    from rich.table import Table

    table = Table("request", "state", "kind", "about", "made", "asked by", "reason", box=None, pad_edge=False)
    for one in found:
        about = ", ".join(name[:8] for name in one.request.designs[:3]) if one.request else ""
        kind, by = (one.request.kind, one.request.asked_by) if one.request else ("", "")
        made = str(len(one.state.designs) or "")
        reason = one.state.reason or one.problem
        table.add_row(one.request_id, one.state.state.value, kind, about, made, by, reason[:160])
    console().print(table, markup=False, highlight=False)


@app.command("render", cls=Command, epilog="Example: toile request render --root demo-bucket")
def render(
    root: Root = "", budget_minutes: BudgetMinutes = None, device: Device = "auto", as_json: AsJson = False
) -> None:
    """Take up every open request, as the deployment render-request does."""
    from flows.cli.prefect_quietly import quiet_prefect
    from flows.cli.progress_bar import shown_progress

    open_root(root)
    with quiet_prefect():
        from flows.requests.render_request import render_request
    with shown_progress():
        told = render_request(root=full_root(root), budget_minutes=budget_minutes or 0.0, device=device)
    if as_json:
        print_json(told)
        return
    counts = [f"{len(told[name])} {name}" for name in ("done", "refused", "failed", "asked", "busy")]
    tell(", ".join(counts))


def _ask(
    kind: str, designs: list[str], root: str, *, as_json: bool, by: str, note: str, **wanted: Any
) -> None:
    from catalogs.requests import ask
    from flows.cli.show import find_design
    from flows.requests.forms import Form

    storage = open_root(root)
    with waiting(f"asking {storage.root}"):
        ids = [find_design(storage, one.strip().lower())["design_id"] for one in designs]
        form = Form(kind, ", ".join(ids), by or getpass.getuser(), note=note, **wanted)
        name = ask(storage, form.request(datetime.now(UTC)))
    if as_json:
        print_json({"request_id": name, "designs": ids})
        return
    tell(f"{name}: asked for; the deployment render-request takes it up, or `toile request render` here")


def _plain(one: Asked) -> dict[str, Any]:
    request = None if one.request is None else one.request.model_dump(mode="json", exclude_defaults=True)
    return {"request_id": one.request_id, "request": request, "problem": one.problem} | asdict(one.state)
