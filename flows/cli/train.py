"""``toile train``: a network learns from photos and textiles, and goes on where it was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.exits import Exit
from flows.cli.options import AsJson, Device, Root, address, full_root, open_root
from flows.cli.reporting import Command, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from catalogs.storage import Storage
    from flows.training.asked import Asked

app = family()


@app.command(
    "train",
    cls=Command,
    epilog="Example: toile train johnson --style ikat --minutes 30, or toile train adain --root s3://designs",
)
def train(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Name or path of a recipe that has a network: block.")
    ],
    style: Annotated[
        list[str] | None, typer.Option("--style", metavar="ID", help="A textile to learn; may come often.")
    ] = None,
    shared: Annotated[
        bool, typer.Option("--shared", help="Train the file that all styles share, also where it is there.")
    ] = False,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0, help="For each file; then it ends with what it has.")
    ] = 0.0,
    steps: Annotated[int, typer.Option("--steps", min=0, help="For each file; else as the recipe says.")] = 0,
    anew: Annotated[
        bool, typer.Option("--anew", help="Drop what was begun, and train again what is there.")
    ] = False,
    no_compare: Annotated[
        bool, typer.Option("--no-compare", help="No scores beside optimised designs in the card.")
    ] = False,
    unlicensed: Annotated[
        bool, typer.Option("--unlicensed", help="Also images whose licence cell is empty.")
    ] = False,
    content_catalog: Annotated[
        str, typer.Option("--content-catalog", metavar="KEY", help="Photos; else content/catalog.")
    ] = "",
    style_catalog: Annotated[
        str, typer.Option("--style-catalog", metavar="KEY", help="Textiles; else style/catalog.")
    ] = "",
    device: Device = "auto",
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Train a network, and write weights, card, learning curve and sample picture under models/.

    What is finished is left alone, what was cut off goes on from its last checkpoint: give the same command
    again. Where a network has a file that all styles share and it is not there yet, that is trained first.
    """
    from flows.training.asked import Asked, networks_of

    asked = Asked(
        recipe=recipe,
        styles=tuple(dict.fromkeys(style or ())),
        shared=shared,
        minutes=minutes,
        steps=steps,
        anew=anew,
        compare=not no_compare,
        unlicensed=unlicensed,
        content_catalog=content_catalog,
        style_catalog=style_catalog,
    )
    networks_of(asked)  # what is wrong with it is told before torch is loaded
    _carry_out(asked, open_root(root), full_root(root), device, as_json=as_json)


def _carry_out(asked: Asked, storage: Storage, root: str, device: str, *, as_json: bool) -> None:
    with waiting("starting"):
        from flows.cli.prefect_quietly import show_warnings
        from flows.training.carrying_out import train_asked
        from flows.training.watching import Lines

    show_warnings(with_tracebacks=False)
    try:
        done = train_asked(asked, root, device=device, listener=Lines(say))
    except KeyboardInterrupt:
        say(f"stopped; the last checkpoint is kept, and `{asked.command}` goes on from there")
        raise typer.Exit(Exit.INTERRUPTED) from None
    if as_json:
        print_json(done)
        return
    for one in done:
        tell(f"weights {address(storage, one['weights'])}")
        tell(f"card    {address(storage, one['card'])}")
