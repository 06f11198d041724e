"""The options by which ``toile plan`` and ``toile run`` want a batch otherwise than its file says."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

if TYPE_CHECKING:
    from flows.overrides import Overrides

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
BudgetDesigns = Annotated[
    int | None,
    typer.Option("--budget-designs", min=1, help="Paint at most so many new ones now, the best first."),
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


def overriding(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option that overrides a batch; it takes them all as one ``overrides``."""
    options = _places(_overrides)
    places = []
    for place in _places(command):
        places += options if place.name == "overrides" else [place]

    @wraps(command)
    def taking(**given: Any) -> None:
        wanted = {option.name: given.pop(option.name) for option in options}
        command(**given, overrides=_overrides(**wanted))

    taking.__signature__ = inspect.Signature(places)  # type: ignore[attr-defined]
    taking.__annotations__ = {place.name: place.annotation for place in places}
    return taking


def _places(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return a function's parameters with their annotations read, all by keyword."""
    read = get_type_hints(function, localns={"Overrides": Any}, include_extras=True)
    return [
        place.replace(annotation=read[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, place in inspect.signature(function).parameters.items()
    ]


def _overrides(
    size_px: SizePx = None,
    recipe: RecipeName = "",
    repeats: Repeats = None,
    max_designs: MaxDesigns = None,
    budget_designs: BudgetDesigns = None,
    strength: Strength = None,
    keep_colours: KeepColours = None,
    motif_scale: MotifScale = None,
    rotation_deg: RotationDeg = None,
    palette: PaletteId = "",
    contents: ContentIds = None,
    styles: Styles = None,
    region_styles: RegionStyles = "",
    seeds: Seeds = None,
) -> Overrides:
    from flows.overrides import Overrides

    controls = {
        "strength": strength,
        "keep_colours": keep_colours,
        "motif_scale": motif_scale,
        "rotation_deg": rotation_deg,
    }
    return Overrides(
        size_px=size_px or 0,
        recipe=recipe,
        repeats=", ".join(repeats or ()),
        max_designs=max_designs or 0,
        budget_designs=budget_designs or 0,
        controls=", ".join(f"{name}={value}" for name, value in controls.items() if value is not None),
        palette=palette,
        contents=", ".join(contents or ()),
        styles=", ".join(styles or ()),
        region_styles=region_styles,
        seeds=", ".join(map(str, seeds or ())),
    )
