"""The commands in one tree; nothing heavy is imported before a command runs, so that help comes at once."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from flows.cli import (
    batches,
    catalog,
    demo,
    deploy,
    doctor,
    edges,
    export,
    gallery,
    gc,
    models,
    paper_tables,
    policy,
    recipes,
    repeat,
    reproduce,
    request,
    secrets,
    separate,
    show,
    status,
    trace,
    train,
    up,
    verify,
    weights,
    why,
)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Textile pattern generation: garments and textiles in, scored designs and a manifest out.",
    epilog="First steps: toile demo --root demo-bucket, then toile run demo --root demo-bucket. "
    "Something wrong? toile doctor. Exit codes: 0 done, 1 failed, 2 usage or config, 3 storage, "
    "4 nothing found, 5 weights.",
)


@app.callback()
def toile(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="TOILE_DEBUG", help="Show tracebacks and Prefect's own log.")
    ] = False,
) -> None:
    """Take the options that come before the command."""
    if debug:
        os.environ["TOILE_DEBUG"] = "1"  # Prefect, which is loaded later, is left talkative


app.add_typer(catalog.app, name="catalog")
for module in (batches, status, why, verify, gc, show, models, doctor, demo, paper_tables, trace, edges):
    app.add_typer(module.app)
for module in (reproduce, repeat, separate, train, up, deploy, policy, secrets):
    app.add_typer(module.app)
app.add_typer(gallery.app, name="gallery")
app.add_typer(export.app, name="export")
app.add_typer(request.app, name="request")
app.add_typer(weights.app, name="weights")
app.add_typer(recipes.app, name="recipes")
