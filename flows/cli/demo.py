"""``toile demo``: a catalog to try everything on, drawn by our own code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.reporting import Command, aside, family, print_json, say, tell

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

    What was drawn before is kept; a file of yours under the same name is never drawn over.
    """
    from catalogs.demo import draw_demo

    storage = open_root(root)
    with _each_picture() as on_drawn:
        summary = draw_demo(storage, seed=seed, long_side_px=long_side_px, on_drawn=on_drawn)
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


@contextmanager
def _each_picture() -> Iterator[Callable[[str], None]]:
    """Say what is being drawn: it takes half a minute."""
    console = aside()
    if not console.is_terminal:
        say("drawing the demo catalog")
        yield lambda _key: None
        return
    with console.status("drawing the demo catalog") as status:
        yield lambda key: status.update(f"drawing the demo catalog: {key}")
