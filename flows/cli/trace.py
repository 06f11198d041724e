"""``toile trace``: how fast optimisers bring the losses of a pair down, as CSV and as a plot."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson, Device
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from configs.recipe import Recipe
    from flows.studies.trace import Trace

app = family()


class Start(StrEnum):
    """Where a trace may start."""

    CONTENT = "content"
    NOISE = "noise"


@app.command(
    "trace",
    cls=Command,
    epilog="Example: toile trace gatys --content tee.jpg --style ikat.png --out traces",
)
def trace(
    recipe: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE...", help="Recipes by name or path; one stands for all of its losses."
        ),
    ],
    content: Annotated[Path, typer.Option("--content", help="The garment's image file.")],
    style: Annotated[Path, typer.Option("--style", help="The textile's image file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for trace.csv, trace.png and the pictures.")],
    size_px: Annotated[int, typer.Option("--size-px", min=32, max=2048, help="Long side.")] = 256,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Of every optimiser; else as each recipe says.")
    ] = None,
    start: Annotated[
        Start | None, typer.Option("--start", help="Of every optimiser; else as the recipe says.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of a start from noise.")] = 0,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Paint one pair by several optimisers and show loss against time.

    A single RECIPE is traced beside every recipe that has its losses and another optimiser: gatys stands for
    gatys, gatys-adadelta, gatys-adam and gatys-gd.
    """
    recipes = _recipes(recipe, steps, start)
    files = [_read(path) for path in (content, style)]
    with waiting("loading the network") as update:
        from nst_core.codec import encode_png
        from nst_core.design import DesignJob
        from nst_core.engine import Engine

        job = DesignJob("trace", files[0], content.name, files[1], style.name, size_px, seed)
        from flows.studies.trace import to_csv
        from flows.studies.trace import trace as traced

        engine = Engine(device=device)
        traces: list[Trace] = []
        for one in traced(recipes, job, engine, on_step=lambda name, step: update(f"{name}: step {step}")):
            traces.append(one)
            if one.image is not None:
                write_file(out / f"{one.recipe}.png", encode_png(one.image))
            if one.refusal:
                say(f"{one.recipe}: {one.refusal}")
        write_file(out / "trace.csv", to_csv(traces).encode())
        write_file(out / "trace.png", _plot(traces, f"{content.name} × {style.name}, {size_px} px"))
    _show(traces, out, as_json=as_json)


def _recipes(names: list[str], steps: int | None, start: Start | None) -> list[Recipe]:
    from configs.loading import list_recipes, load_recipe
    from flows.studies.trace import require_same_losses, siblings

    recipes = [load_recipe(name) for name in names]
    if len(recipes) == 1:
        recipes = siblings(recipes[0], [load_recipe(name) for name in list_recipes()])
    require_same_losses(recipes)
    changes = {"steps": steps, "start": None if start is None else start.value}
    wanted = {key: value for key, value in changes.items() if value is not None}
    return [
        one.model_copy(update={"optimise": one.optimise.model_copy(update=wanted)})
        for one in recipes
        if one.optimise is not None
    ]


def _read(path: Path) -> bytes:
    from configs.errors import ConfigError

    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; name an image file") from error


def _plot(traces: list[Trace], title: str) -> bytes:
    from catalogs.report.plot import line_plot

    curves = {one.recipe: [(seconds, loss) for _step, seconds, loss in one.points] for one in traces}
    return line_plot(curves, title=title, across="seconds", up="loss")


def _show(traces: list[Trace], out: Path, *, as_json: bool) -> None:
    files = {"csv": str(out / "trace.csv"), "plot": str(out / "trace.png")}
    rows = [
        {"recipe": one.recipe, "steps": last[0] + 1, "seconds": last[1], "first_loss": one.points[0][2],
         "last_loss": last[2] if last[2] == last[2] else None}
        for one in traces
        if (last := one.points[-1])
    ]  # fmt: skip
    if as_json:
        print_json({**files, "traces": rows})
        return
    from rich.table import Table

    table = Table("recipe", "steps", "seconds", "first loss", "last loss", box=None, pad_edge=False)
    for row in rows:
        last_loss = "not finite" if row["last_loss"] is None else f"{row['last_loss']:.4g}"
        table.add_row(
            str(row["recipe"]),
            str(row["steps"]),
            f"{row['seconds']:.1f}",
            f"{row['first_loss']:.4g}",
            last_loss,
        )
    console().print(table)
    tell(f"plot   {files['plot']}\npoints {files['csv']}")
