"""The command line ``toile``: each command a thin front of what the other modules do."""

from __future__ import annotations

from flows.cli.app import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; the entry point ``toile``."""
    app(prog_name="toile")
