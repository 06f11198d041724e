"""``toile gallery``: what was published, in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.options import AsJson, Root, open_root
from flows.cli.reporting import Command, family, print_json, say

app = family()


@app.command("gallery", cls=Command, epilog="Example: toile gallery --root demo-bucket")
def gallery(
    root: Root = "",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Of the pages.")] = 8080,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; else this machine alone.")] = (
        "127.0.0.1"
    ),
    as_json: AsJson = False,
) -> None:
    """Show what was published in a browser, and keep in step with what is published next; Ctrl-C ends it."""
    import uvicorn

    from catalogs.gallery.house import House
    from catalogs.gallery.settings import GallerySettings
    from catalogs.gallery.web.app import create_app

    storage = open_root(root)
    address = f"http://{host}:{port}"
    if as_json:
        print_json({"address": address, "root": storage.root})
    else:
        say(f"{address} shows {storage.root}")
    uvicorn.run(create_app(House.of(storage, GallerySettings())), host=host, port=port, log_level="warning")
