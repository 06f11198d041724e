"""The ``colorways:`` block of a batch: its designs once more, in other colours."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from configs.fields import FrozenDict, Part, Whole

Hex = Annotated[
    str,
    AfterValidator(lambda colour: f"#{colour.removeprefix('#').lower()}"),
    StringConstraints(pattern=r"^#?[0-9a-fA-F]{6}$"),
]
Colours = Annotated[tuple[Hex, ...], Field(min_length=2, max_length=24)]
Palettes = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=64)], Colours],
    AfterValidator(FrozenDict),
]
Contrast = Literal["kept", "inverted", "free"]


class ColorwaysPart(Part):
    """The ``colorways:`` block: every design also in each palette, without painting it again."""

    palettes: Palettes = Field(
        default={}, description="Name → its colours, '#8a3b12'.", validate_default=True
    )
    file: Annotated[str, StringConstraints(max_length=900)] = Field(
        "",
        description="A season's palettes, beside those named here: key in the bucket, else path from this "
        "file, of a CSV with the columns name and colours, or of an ASE whose groups are palettes.",
    )
    inks: Whole = Field(
        6, ge=2, le=24, description="How many colours of a design are told apart and exchanged."
    )
    contrast: Contrast = Field(
        "kept",
        description="kept: what was lighter stays lighter; inverted: a light ground becomes a dark one; "
        "free: colours change least.",
    )
