"""A batch: which garments meet which textiles, by which recipes, at which sizes, and when to stop."""

import string
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from configs.cloth import Repeat
from configs.colorways import ColorwaysPart
from configs.controls import ControlsPart
from configs.fields import Broken, FrozenDict, Line, Name, Number, Part, Switch, Whole, at
from configs.funnel import FunnelPart, funnel_rules
from configs.retention import RetentionPart
from configs.rights import RightsPart, rights_rules

Cell = str | Whole | Number
AllowedValues = Annotated[
    dict[str, Annotated[tuple[Cell, ...], Field(min_length=1)]],
    AfterValidator(FrozenDict),
]
CatalogKey = Annotated[str, StringConstraints(min_length=1, max_length=900, pattern=r"^[^\x00-\x1f\x7f]*$")]
BATCH_ID_PLACES = ("name", "date")
TaskRunner = Literal["threads", "ray"]
# Between a recipe and the repeat that a batch crosses it with, in the names of a run's recipes.
IN_REPEAT = "@"


class Selection(Part):
    """The ``selection:`` block: how garments and textiles are paired."""

    kind: Literal["grid", "pairs", "sample"] = Field(
        "grid",
        description="grid: each garment with each textile; pairs: those of a CSV; sample: some of the grid.",
    )
    pairs_csv: CatalogKey | None = Field(
        None,
        description="For pairs: key in the bucket, else path from this file; columns content_id, style_id, "
        "if wanted palette and region_styles.",
    )
    count: Whole | None = Field(
        None, ge=1, description="For sample: how many pairs; of yardage alone: tiles."
    )
    seed: Whole = Field(0, ge=0, lt=2**63, description="For sample: another seed draws other pairs.")
    garments_each: Whole = Field(
        8,
        ge=1,
        description="For sample and max_designs: so many garments wear each new cloth that is drawn, more "
        "where there are too few cloths; textiles as they are are drawn pair by pair.",
    )


class Filters(Part):
    """The ``filters:`` block: only catalog rows whose columns hold one of the named values."""

    content: AllowedValues = Field(
        default={}, description="Column → values of the content catalog.", validate_default=True
    )
    style: AllowedValues = Field(
        default={}, description="Column → values of the style catalog.", validate_default=True
    )
    motif: AllowedValues = Field(
        default={},
        description="Column → values of the style catalog: the textiles whose figures joined cloth takes.",
        validate_default=True,
    )


class Batch(Part):
    """A night's work: every selected pair × recipe × repeat × size × seed is one design."""

    name: Name = Field(
        description="Letters, digits, dots and dashes; the file's own name where it is left out."
    )
    batch_id: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        "{name}", description="Folder of its results; {date} is the day in UTC, as 20261121."
    )
    title: Line = ""
    description: str = Field("", max_length=4000)
    selection: Selection = Selection()
    filters: Filters = Filters()
    recipes: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...], Field(min_length=1)
    ] = Field(("toile",), description="Names of recipes, or paths relative to this file.")
    repeats: tuple[Repeat, ...] = Field(
        (),
        description="New cloth in each of these, whatever the recipes say; empty: in the recipes' own.",
    )
    controls: ControlsPart = Field(
        ControlsPart(), description="What is said here goes before what the recipes say."
    )
    palette: Annotated[str, StringConstraints(max_length=128)] = Field(
        "", description="A style_id whose colours all designs take; empty: the textiles keep theirs."
    )
    styles: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...] = Field(
        (),
        description="What the garments wear, instead of the filters' textiles: a style_id, or several by "
        "their shares of the pattern, 'ikat:0.7 + floral:0.3'.",
    )
    motifs: tuple[Annotated[str, StringConstraints(min_length=1, max_length=128)], ...] = Field(
        (),
        description="The style_ids whose figures applique, residual, fill and palette take, each with each "
        "style; instead of filters.motif.",
    )
    region_styles: Annotated[str, StringConstraints(max_length=1000)] = Field(
        "",
        description="What garments with a map of regions wear there, 'red=floral blue=zebra'; those without "
        "one are left out.",
    )
    rights: RightsPart = RightsPart()
    colorways: ColorwaysPart = Field(
        ColorwaysPart(), description="The designs once more in other colours; empty: in their own alone."
    )
    sizes_px: Annotated[tuple[Annotated[Whole, Field(ge=32, le=8192)], ...], Field(min_length=1)] = Field(
        (512,), description="Long sides of the designs."
    )
    seeds: Annotated[tuple[Annotated[Whole, Field(ge=0, lt=2**63)], ...], Field(min_length=1)] = Field(
        (0,), description="One design per seed; matters to quilting, noise starts and sampling."
    )
    shard_size: Whole = Field(
        16, ge=1, le=1024, description="Designs per task: the unit of work and of retry."
    )
    deterministic: Switch = Field(
        False,
        description="true: on one machine a design has the same bytes alone and in any batch; designs are "
        "painted one by one, which is slower where many fit at once.",
    )
    max_failure_rate: Number = Field(
        0.1, ge=0, le=1, description="Above this share of failures the last published catalog stays."
    )
    max_designs: Whole | None = Field(
        None, ge=1, description="Designs above it are skipped, with a row that says so."
    )
    budget_minutes: Number | None = Field(
        None,
        gt=0,
        description="No new shard starts after it; the rest is skipped, and done by the next run. The best "
        "go first, by previews and earlier nights.",
    )
    budget_designs: Whole | None = Field(
        None, ge=1, description="New designs that one run paints, the best first; likewise."
    )
    task_runner: TaskRunner = Field(
        "threads",
        description="Who paints: threads, all devices of one machine; ray, all machines of a Ray cluster.",
    )
    funnel: FunnelPart | None = Field(
        None, description="The designs are previews; the best are painted again, larger, by another recipe."
    )
    retention: RetentionPart = Field(
        RetentionPart(), description="How long nights are kept; the newest night's words hold for all."
    )
    content_catalog: CatalogKey = Field("content/catalog", description="Key without .csv or .parquet.")
    style_catalog: CatalogKey = Field("style/catalog", description="Key without .csv or .parquet.")

    @property
    def crossed(self) -> tuple[str, ...]:
        """What a run calls its recipes: as ``recipes`` does, each with each repeat, ``toss@mirror``."""
        if not self.repeats:
            return self.recipes
        return tuple(f"{name}{IN_REPEAT}{repeat}" for name in self.recipes for repeat in self.repeats)

    @property
    def painted_by(self) -> tuple[str, ...]:
        """What a run calls all its recipes: those of ``crossed``, then what a funnel promotes with."""
        further = self.funnel.recipes if self.funnel is not None else ()
        return tuple(dict.fromkeys((*self.crossed, *further)))

    @classmethod
    def broken_rules(cls, raw: object) -> Iterator[Broken]:
        """Yield what is wrong between keys; ``raw`` may be a batch or the mapping it is made from."""
        yield from _selection_rules(at(raw, "selection"))
        yield from _styles_rules(raw)
        yield from _batch_id_rules(at(raw, "batch_id"))
        yield from rights_rules(at(raw, "rights"))
        yield from funnel_rules(raw)
        for key in ("recipes", "repeats", "sizes_px", "seeds", "styles", "motifs"):
            values = at(raw, key)
            if isinstance(values, list | tuple) and len({repr(value) for value in values}) < len(values):
                yield Broken((key,), "names something twice", got=list(values))


def _selection_rules(selection: object) -> Iterator[Broken]:
    kind = at(selection, "kind") or "grid"
    if kind == "pairs" and at(selection, "pairs_csv") is None:
        yield Broken(
            ("selection",), "kind: pairs needs pairs_csv, a CSV with the columns content_id and style_id"
        )
    if kind == "sample" and at(selection, "count") is None:
        yield Broken(("selection",), "kind: sample needs count, the number of pairs to draw")
    for key, owner in (("pairs_csv", "pairs"), ("count", "sample")):
        value = at(selection, key)
        if value is not None and kind != owner and kind in ("grid", "pairs", "sample"):
            yield Broken(("selection", key), f"belongs to kind: {owner}, and kind is {kind}", got=value)


def _styles_rules(raw: object) -> Iterator[Broken]:
    listed = at(raw, "selection", "kind") == "pairs"
    for key, column in (("styles", "style_id"), ("region_styles", "region_styles")):
        if listed and at(raw, key):
            yield Broken((key,), f"a list of pairs says this itself, in its column {column}; remove it here")
    if at(raw, "styles") and at(raw, "filters", "style"):
        yield Broken(
            ("styles",), "filters: style: chooses textiles, and this names them; leave out one of the two"
        )


def _batch_id_rules(pattern: object) -> Iterator[Broken]:
    if not isinstance(pattern, str):
        return
    try:
        pieces = list(string.Formatter().parse(pattern))
    except ValueError as error:
        yield Broken(("batch_id",), f"cannot be filled in: {error}", got=pattern)
        return
    names = [name for _, name, _, _ in pieces if name is not None]
    plain = all(not form and not conversion for _, name, form, conversion in pieces if name is not None)
    if not plain or any(name not in BATCH_ID_PLACES for name in names):
        yield Broken(("batch_id",), "unknown placeholder", got=pattern, allowed=("{name}", "{date}"))
        return
    filled = pattern.format(name="x", date="x")
    if not filled[0].isalnum() or not all(
        sign.isascii() and (sign.isalnum() or sign in "._-") for sign in filled
    ):
        yield Broken(
            ("batch_id",), "may hold letters, digits, dots, dashes and underscores only", got=pattern
        )
