"""A request: what a merchandiser asks for of designs that are there, as a small JSON file in the bucket."""

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field, StringConstraints

from configs.colorways import Palettes
from configs.fields import Broken, Part, Whole, at

Kind = Literal["hires", "colorways", "more_like", "repeat"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# Of `more_like`, where nobody says.
USUAL_LIMIT = 12
# Control characters, line separators and marks that turn the direction of writing: none belongs into a line.
_NO_MARKS = "^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"

DesignId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Words = Annotated[str, StringConstraints(max_length=1000, pattern=_NO_MARKS)]
Short = Annotated[str, StringConstraints(max_length=200, pattern=_NO_MARKS)]
ColorwayName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_NO_MARKS)]

# What each kind may say besides designs, who and when.
_MAY_SAY: dict[str, tuple[str, ...]] = {
    "hires": ("size_px",),
    "colorways": ("colorways", "palettes", "size_px"),
    "more_like": ("category", "style_kind", "limit", "size_px"),
    "repeat": ("size_px",),
}
_WISHES = tuple(dict.fromkeys(name for names in _MAY_SAY.values() for name in names))


class Request(Part):
    """What is asked for: a design larger, in other colours, more like it, or its cloth by the yard."""

    kind: Kind = Field(
        description="hires: the designs at another size; colorways: in other colours; more_like: their "
        "textile on more garments, or their garment in more textiles; repeat: their cloth as yardage."
    )
    designs: Annotated[tuple[DesignId, ...], Field(min_length=1, max_length=50)] = Field(
        description="The designs that it is about, by design_id."
    )
    asked_by: Annotated[Short, Field(min_length=1)] = Field(description="Who asks, as people know them.")
    asked_at_utc: AwareDatetime = Field(description="When, with its zone.")
    note: Words = Field("", description="For people; at most 1,000 characters on one line.")
    size_px: Whole | None = Field(
        None, ge=32, le=8192, description="Long side of what is made; hires needs it, the rest keeps its own."
    )
    colorways: Annotated[tuple[ColorwayName, ...], Field(max_length=24)] = Field(
        (), description="Palettes by the names that they have in the design's batch."
    )
    palettes: Annotated[Palettes, Field(max_length=24)] = Field(
        default={}, description="Palettes of its own: name → colours, '#8a3b12'.", validate_default=True
    )
    category: Short = Field("", description="more_like: the same textile on garments of this category.")
    style_kind: Short = Field("", description="more_like: the same garment in textiles of this kind.")
    limit: Whole | None = Field(
        None,
        ge=1,
        le=500,
        description=f"more_like: at most so many designs; {USUAL_LIMIT} if unsaid.",
    )

    @classmethod
    def broken_rules(cls, raw: object) -> Iterator[Broken]:
        """Yield what a kind needs and lacks, and what it says that another kind would heed."""
        kind = at(raw, "kind")
        if kind not in KINDS:
            return
        for name in _WISHES:
            if at(raw, name) and name not in _MAY_SAY[kind]:
                told = " or ".join(one for one in KINDS if name in _MAY_SAY[one])
                yield Broken((name,), f"belongs to {told}, and kind is {kind}", got=at(raw, name))
        if kind == "hires" and not at(raw, "size_px"):
            yield Broken(("size_px",), "hires needs the size that is wanted, px")
        if kind == "colorways" and not at(raw, "colorways") and not at(raw, "palettes"):
            yield Broken(("colorways",), "name palettes, or give some of your own in palettes")
        if kind == "more_like" and bool(at(raw, "category")) == bool(at(raw, "style_kind")):
            yield Broken(
                ("category",),
                "more_like needs either category (this textile on these garments) or style_kind (this "
                "garment in these textiles)",
            )
        designs = at(raw, "designs")
        if isinstance(designs, list | tuple) and len({repr(one) for one in designs}) < len(designs):
            yield Broken(("designs",), "names a design twice")
