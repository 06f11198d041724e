"""The options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from catalogs.storage import Storage

Root = Annotated[
    str,
    typer.Option(
        "--root",
        envvar="TOILE_ROOT",
        metavar="URI",
        help="s3://bucket/prefix or a directory; else as storage.yaml says.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script to read.")]
BatchName = Annotated[str, typer.Argument(metavar="BATCH", help="Name of a batch, or path of its YAML file.")]
BatchOrId = Annotated[str, typer.Argument(metavar="BATCH", help="A batch's name, its file, or its id.")]
BudgetMinutes = Annotated[
    float | None,
    typer.Option("--budget-minutes", min=0.01, help="Begin no new painting after so many minutes."),
]
Deterministic = Annotated[
    bool, typer.Option("--deterministic", help="The same bytes for a design alone or in any batch; slower.")
]
Trace = Annotated[
    Path | None,
    typer.Option("--trace", metavar="FILE", help="Write what each thread did when, for ui.perfetto.dev."),
]
Ground = Annotated[
    str,
    typer.Option(
        "--ground",
        metavar="COLOUR",
        help="The cloth's own colour, which is not printed: '#f5ecd7'; auto: white, where the picture "
        "has it; none: all is printed.",
    ),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:1.")]
TaskRunnerName = Annotated[
    str,
    typer.Option(
        "--task-runner", metavar="threads|ray", help="Who paints: this machine, or a Ray cluster's machines."
    ),
]
RayAddress = Annotated[
    str,
    typer.Option(
        "--ray-address",
        metavar="HOST:PORT",
        help="Of the cluster, or auto; else RAY_ADDRESS, else one of this run's own.",
    ),
]


def full_root(root: str) -> str:
    """Return a root that means the same in every process: a directory as an absolute path."""
    return root if not root or "://" in root else str(Path(root).expanduser().absolute())


def open_root(root: str) -> Storage:
    """Return the storage at ``--root``, else the configured one.

    Raises:
        ConfigError: no root is named anywhere, or the storage file is wrong.
        StorageMisconfigured: the root leads nowhere.
    """
    from flows.equipment import equipment

    return equipment().storage(full_root(root))


def address(storage: Storage, key: str) -> str:
    """Return where an object lies, as a person would copy it."""
    return f"{storage.root.rstrip('/')}/{key}"
