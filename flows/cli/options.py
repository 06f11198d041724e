"""The options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
SizePx = Annotated[
    int | None,
    typer.Option("--size-px", min=32, max=8192, help="Long side; else as the batch says."),
]
RecipeName = Annotated[str, typer.Option("--recipe", help="One recipe instead of the batch's own.")]
Repeats = Annotated[
    list[str] | None,
    typer.Option("--repeat", metavar="REPEAT", help="New cloth in this repeat; may be given again."),
]
MaxDesigns = Annotated[int | None, typer.Option("--max-designs", min=1, help="Plan at most so many.")]
BudgetMinutes = Annotated[
    float | None,
    typer.Option("--budget-minutes", min=0.01, help="Begin no new painting after so many minutes."),
]
Strength = Annotated[
    float | None,
    typer.Option("--strength", min=0, max=1, help="0 the photo, 1 the recipe as written; else as it says."),
]
KeepColours = Annotated[
    Literal["none", "luma", "lab"] | None,
    typer.Option("--keep-colours", help="The garment's own colours: luma in light and dark, lab mapped."),
]
MotifScale = Annotated[
    float | None,
    typer.Option("--motif-scale", min=0.05, max=8, help="Factor on the motif's size."),
]
RotationDeg = Annotated[
    float | None,
    typer.Option("--rotation-deg", min=-180, max=180, help="Turns the style counter-clockwise."),
]
PaletteId = Annotated[
    str, typer.Option("--palette", metavar="STYLE_ID", help="All designs in the colours of this style.")
]
ContentIds = Annotated[
    list[str] | None,
    typer.Option("--content", metavar="CONTENT_ID", help="Paint this garment alone; may be given again."),
]
Styles = Annotated[
    list[str] | None,
    typer.Option(
        "--style", metavar="STYLES", help="Wear this style, or 'ikat:0.7 + floral:0.3'; may be given again."
    ),
]
RegionStyles = Annotated[
    str, typer.Option("--regions", metavar="STYLES", help="Mapped regions wear 'red=floral blue=zebra'.")
]
Seeds = Annotated[
    list[int] | None,
    typer.Option("--seed", min=0, help="Another seed sews another quilt; may be given again."),
]
Deterministic = Annotated[
    bool, typer.Option("--deterministic", help="The same bytes for a design alone or in any batch; slower.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:1.")]


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
