"""``toile demo``: a catalog to try everything on, drawn by our own code."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.reporting import Command, aside, family, print_json, say, tell, waiting

app = family()


@app.command(
    "demo", cls=Command, epilog="Example: toile demo --root demo-bucket; toile run demo --root demo-bucket"
)
def demo(
    root: Root = "",
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed draws other folds and motifs.")
    ] = 0,
    long_side_px: Annotated[
        int, typer.Option("--long-side-px", min=128, max=2048, help="Long side of the garments' pictures.")
    ] = 640,
    as_json: AsJson = False,
) -> None:
    """Draw the demo catalog: garments with masks, textiles, and the pairs that the batch demo paints.

    What was drawn before is kept. Where a file of yours has one of the names, nothing is drawn; it is named.
    """
    from catalogs.demo import draw_demo

    storage = open_root(root)
    if not aside().is_terminal:
        say("drawing the demo catalog")
    with waiting("drawing the demo catalog") as update:
        summary = draw_demo(
            storage,
            seed=seed,
            long_side_px=long_side_px,
            on_drawn=lambda key: update(f"drawing the demo catalog: {key}"),
        )
    facts = {
        "root": storage.root,
        **asdict(summary),
        "content": address(storage, "content/catalog.csv"),
        "style": address(storage, "style/catalog.csv"),
    }
    if as_json:
        print_json(facts)
        return
    kept = f" ({len(summary.kept)} files were there already)" if summary.kept else ""
    tell(f"{summary.garments} garments and {summary.textiles} textiles{kept}")
    tell(f"garments      {facts['content']}\ntextiles      {facts['style']}")
    tell(f"pairs         {address(storage, summary.pairs)}")
