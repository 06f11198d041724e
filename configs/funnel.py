"""The ``funnel:`` block of a batch: quick previews of all pairs, and optimised finals of the best of them."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from configs.fields import Broken, Number, Part, Whole, at

RecipeName = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class KeepPart(Part):
    """The ``keep:`` block: which previews are promoted; a design that one of the rules keeps is promoted."""

    per_garment: Whole = Field(1, ge=0, description="The best so many of each garment; 0: this rule is off.")
    per_style: Whole = Field(1, ge=0, description="The best so many in each textile; 0: off.")
    overall: Whole = Field(0, ge=0, description="The best so many of all; 0: off.")
    by_lot: Whole = Field(
        0,
        ge=0,
        description="So many more, whatever their scores: without them the report can only tell how well "
        "previews foretell finals among the best.",
    )


class UnlikePart(Part):
    """The ``unlike:`` block: from which cosines on two designs of one garment are nearly the same.

    Both must be reached. Of designs that are nearly the same only the best may be promoted.
    """

    look: Number = Field(0.975, gt=0, le=1, description="Of their textures; lower keeps fewer alike.")
    palette: Number = Field(0.98, gt=0, le=1, description="Of their colours; likewise.")


class PassesPart(Part):
    """The ``passes:`` block: within which scores a preview counts; null asks nothing of a score.

    The defaults keep out what is lost, not what is plain: of 64 previews by ``toile-laid`` (8 garments in 8
    drawn textiles, 256 px), all good enough to choose by to one pair of eyes, 62 are within them. Narrower
    ones (motif .4, gmd .4) kept 9: folds cost stripes and checks their motif score.

    A score that a design does not have fails nobody; a preview without any score fails.
    """

    motif_min: Number | None = Field(
        None, description="Scrambled flowers have .38 and less; so have whole stripes under folds."
    )
    gmd_max: Number | None = Field(0.8, gt=0, description="`toile` has .15 to .35, laid cloth .3 to .7.")
    gmd_heldout_max: Number | None = Field(
        0.7, gt=0, description="On layers that nobody optimised: .2 is the same cloth."
    )
    relief_min: Number | None = Field(0.1, description="Below it the cloth looks pasted on.")
    speckle_min: Number | None = Field(0.6, ge=0, description="Below it the cloth is blurred.")
    speckle_max: Number | None = Field(1.2, gt=0, description="Above it there is noise.")


class FunnelPart(Part):
    """The ``funnel:`` block: the batch's ``recipes`` at its ``sizes_px`` are previews of what it promotes."""

    final_recipe: RecipeName = Field("toile", description="What the promoted are painted by: name or path.")
    final_size_px: Whole = Field(1024, ge=32, le=8192, description="Long side of the finals.")
    fall_back: RecipeName | None = Field(
        "toile",
        description="What paints a pair, at the preview's size, whose preview's scores fail; null: nothing.",
    )
    keep: KeepPart = KeepPart()
    unlike: UnlikePart = UnlikePart()
    passes: PassesPart = PassesPart()

    @property
    def recipes(self) -> tuple[str, ...]:
        """What paints finals and fallbacks, each once."""
        wanted = (self.final_recipe, self.fall_back)
        return tuple(dict.fromkeys(one for one in wanted if one is not None))


def funnel_rules(batch: object) -> Iterator[Broken]:
    """Yield what is wrong with a batch's funnel; the batch may be the mapping that it is made from."""
    funnel = at(batch, "funnel")
    if not isinstance(funnel, FunnelPart | Mapping):
        return
    yield from _own_rules(funnel)
    if at(batch, "repeats"):
        yield Broken(("repeats",), "a funnel promotes designs in their recipe's own repeat; remove repeats")
    listed = at(batch, "sizes_px")
    if isinstance(listed, list | tuple) and len(listed) > 1:
        yield Broken(("sizes_px",), "a funnel has previews of one size", got=list(listed))
    final_px = _or_usual(at(funnel, "final_size_px"), FunnelPart, "final_size_px")
    sizes = [one for one in listed or (512,) if isinstance(one, int)]
    if isinstance(final_px, int) and sizes and final_px <= max(sizes):
        yield Broken(
            ("funnel", "final_size_px"),
            f"finals are larger than their previews, whose sizes_px go up to {max(sizes)}",
            got=final_px,
        )
    says_none = isinstance(funnel, Mapping) and "fall_back" in funnel and funnel["fall_back"] is None
    fall_back = None if says_none else _or_usual(at(funnel, "fall_back"), FunnelPart, "fall_back")
    if isinstance(funnel, FunnelPart):
        fall_back = funnel.fall_back
    if fall_back is not None and fall_back in (at(batch, "recipes") or ("toile",)):
        yield Broken(
            ("funnel", "fall_back"),
            "what paints the previews cannot stand in for them; name another recipe, or null",
            got=fall_back,
        )


def _own_rules(funnel: object) -> Iterator[Broken]:
    rules = [_or_usual(at(funnel, "keep", name), KeepPart, name) for name in KeepPart.model_fields]
    if all(one == 0 for one in rules):
        yield Broken(("funnel", "keep"), "every rule is 0, so nothing would be promoted")
    low, high = at(funnel, "passes", "speckle_min"), at(funnel, "passes", "speckle_max")
    if isinstance(low, int | float) and isinstance(high, int | float) and low >= high:
        yield Broken(("funnel", "passes", "speckle_min"), f"lies below speckle_max, which is {high}", got=low)


def _or_usual(value: object, part: type[Part], name: str) -> object:
    return part.model_fields[name].default if value is None else value
