"""``toile demo``: a catalog to try everything on, drawn by our own code."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, address, open_root
from flows.cli.reporting import Command, family, print_json, tell, waiting

app = family()


@app.command(
    "demo", cls=Command, epilog="Example: toile demo --root demo-bucket; toile run demo --root demo-bucket"
)
def demo(
    root: Root = "",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed draws other cloth.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Draw the demo catalog: garments with masks, and textiles.

    What is there under content/ and style/ with the same names is drawn over; other files stay.
    """
    from catalogs.demo import draw_demo
    from catalogs.storage import check_key

    storage = open_root(root)
    with waiting("drawing garments and textiles"):
        draw_demo(storage, seed=seed)
    places = {name: address(storage, check_key(f"{name}/catalog.csv")) for name in ("content", "style")}
    if as_json:
        print_json({"root": storage.root, **places})
        return
    tell(f"garments  {places['content']}")
    tell(f"textiles  {places['style']}")
