"""The ``rights:`` block of a batch: what is done with its designs, and which licences that rules out."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from configs.countries import country_problem
from configs.fields import Broken, Line, Part, Switch, at

Country = Annotated[str, StringConstraints(min_length=2, max_length=2)]


class RightsPart(Part):
    """The ``rights:`` block: a pair whose images do not allow what it says is skipped, with the reason."""

    commercial: Switch = Field(
        True,
        description="Designs are for sale, which NC licences forbid; false: they are not, and such images "
        "may be used.",
    )
    derivatives: Switch = Field(
        True,
        description="Designs, which are adapted works, are shown to others, which ND licences forbid; false: "
        "they never leave the house, and images under ND 4.0 may be used.",
    )
    attribution: Literal["allow", "refuse"] = Field(
        "allow", description="refuse: no image whose maker must be named wherever the design is shown."
    )
    share_alike: Literal["allow", "refuse"] = Field(
        "allow",
        description="refuse: no image that wants the design offered to all under its own licence (SA, GPL).",
    )
    territory: tuple[Country, ...] = Field(
        (),
        description="Countries that the designs are sold in, as DE, FR; empty: anywhere, which contracts "
        "limited to some countries (column territories) do not cover.",
    )
    unlicensed: Literal["refuse", "allow"] = Field(
        "refuse", description="allow: images whose licence cell is empty too; whoever says so answers for it."
    )
    statement: Line = Field(
        "", description="Who holds the rights in the designs; written into every image, before its sources."
    )
    statement_url: Line = Field("", description="A page with the terms of use; written into every image.")


def rights_rules(rights: object) -> Iterator[Broken]:
    """Yield what is wrong between the keys of a batch's block; it may be the mapping that it is made from."""
    codes = at(rights, "territory")
    if isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes):
        if problem := country_problem(codes):
            yield Broken(("rights", "territory"), problem)
        elif len(set(codes)) < len(codes):
            yield Broken(("rights", "territory"), "names something twice", got=list(codes))
    url = at(rights, "statement_url")
    if isinstance(url, str) and url and not url.startswith(("https://", "http://")):
        yield Broken(("rights", "statement_url"), "an address begins with https://", got=url)
