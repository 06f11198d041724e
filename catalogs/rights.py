"""Which designs the licences of their images do not allow, judged once a catalog row, never once a design."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from catalogs.further import Further, outfits
from catalogs.selection import Chosen
from catalogs.terms import RESERVED, Adapted, common_offers, terms_of
from configs.rights import RightsPart

Reason = tuple[str, str]
_OTHER = "take another image, or a permission of your own (proprietary:<contract>)"


class Image(NamedTuple):
    """An image of a design as its catalog row has it: licence in normal form, ISO date, country codes."""

    kind: str
    id: str
    licence: str
    licence_expires: str = ""
    territories: str = ""

    def __str__(self) -> str:
        return f"the {self.kind} image {self.id!r}"


def image_problem(image: Image, rights: RightsPart, day: date) -> Reason | None:
    """Return code and sentence of why a batch may not use an image on a day; None where it may."""
    terms, licence = terms_of(image.licence), image.licence
    if not licence and rights.unlicensed == "refuse":
        return "rights_unlicensed", (
            f"{image} has no licence; write it into the {image.kind} catalog, or let the batch say "
            f"rights: {{unlicensed: allow}}"
        )
    if image.licence_expires and date.fromisoformat(image.licence_expires) < day:
        return "rights_expired", (
            f"{licence or 'the licence'} of {image} ended on {image.licence_expires}; renew it and write its "
            f"new last day into licence_expires"
        )
    if image.territories and (problem := _territory_problem(image, rights)):
        return "rights_territory", problem
    if rights.commercial and not terms.commercial:
        return "rights_noncommercial", (
            f"{image} is under {licence}, which forbids sale, and the designs are for sale; {_OTHER}, or let "
            f"the batch say rights: {{commercial: false}}"
        )
    if terms.adapted is Adapted.NEVER or (rights.derivatives and terms.adapted is Adapted.IN_HOUSE):
        forbids, house = "forbids adapted works", ""
        if terms.adapted is Adapted.IN_HOUSE:
            forbids = "forbids to share adapted works"
            house = ", or, where designs never leave the house, rights: {derivatives: false} in the batch"
        return "rights_no_derivatives", (
            f"{image} is under {licence}, which {forbids}, and a design is one; {_OTHER}{house}"
        )
    if rights.attribution == "refuse" and terms.attribution:
        return "rights_attribution", (
            f"{licence} of {image} wants its maker named, and the batch names nobody (rights: {{attribution: "
            f"refuse}}); {_OTHER}"
        )
    if rights.share_alike == "refuse" and terms.share_alike:
        return "rights_share_alike", (
            f"{licence} of {image} wants the design offered under itself, and the batch refuses that "
            f"(rights: {{share_alike: refuse}}); {_OTHER}"
        )
    return None


def together_problem(images: Iterable[Image], rights: RightsPart) -> Reason | None:
    """Return code and sentence of why images may not be in one design; None where they may.

    Share-alike holds for what is shared: designs that never leave the house need no licence of their own.
    """
    images = list(images)
    if not rights.derivatives or common_offers(image.licence for image in images) != frozenset():
        return None
    bound = [image for image in images if terms_of(image.licence).offers is not None]
    asks = ", ".join(
        f"{image} is under {image.licence or 'no licence'}"
        + (
            ", which keeps it from being offered so"
            if RESERVED in (terms_of(image.licence).offers or ())
            else ""
        )
        for image in bound
    )
    return "rights_share_alike_conflict", (
        f"a share-alike licence wants the design offered under itself, and not all images allow it: {asks}; "
        f"pair them with others"
    )


@dataclass(frozen=True)
class Refusals:
    """Why some designs may not be made: ``of`` is each design's position in ``reasons``, -1 where it may."""

    reasons: tuple[Reason, ...]
    of: NDArray[np.int32]


def refusals(
    rights: RightsPart,
    chosen: Chosen,
    contents: NDArray[np.int32],
    styles: NDArray[np.int32],
    further: NDArray[np.int32],
    *,
    day: date,
) -> Refusals:
    """Judge designs by the licences of all their images: content, style, further styles and palette.

    Args:
        rights: what the batch does with its designs.
        chosen: the catalog rows.
        contents: position of each design's garment, -1 where it has none.
        styles: of its first textile.
        further: of what else it has.
        day: contracts must hold on it.
    """
    reasons: dict[Reason, int] = {}

    def position(reason: Reason | None) -> int:
        return -1 if reason is None else reasons.setdefault(reason, len(reasons))

    garments = list(_images("content", chosen.content))
    worn, outfit_of = _outfits(chosen, styles, further)
    # The last entry is that of a design without a garment, whose position is -1.
    by_garment = [*(position(image_problem(image, rights, day)) for image in garments), -1]
    by_outfit = []
    for images in worn:
        problems = (image_problem(image, rights, day) for image in images)
        found = next((problem for problem in problems if problem), None) or together_problem(images, rights)
        by_outfit.append(position(found))
    of = np.array(by_garment, np.int32)[contents]
    of = np.where(of < 0, np.array(by_outfit, np.int32)[outfit_of], of)
    clash = _Clash(garments, worn) if rights.derivatives else None
    excluded = np.flatnonzero((of < 0) & clash(contents, outfit_of)) if clash else np.empty(0, np.int64)
    pairs, pair_of = np.unique(
        contents[excluded].astype(np.int64) * len(worn) + outfit_of[excluded], return_inverse=True
    )
    told = [
        position(together_problem((garments[pair // len(worn)], *worn[pair % len(worn)]), rights))
        for pair in pairs.tolist()
    ]
    of[excluded] = np.array(told, np.int32)[pair_of]
    return Refusals(tuple(reasons), of)


def _images(kind: str, rows: pd.DataFrame) -> Iterator[Image]:
    columns = (f"{kind}_id", "licence", "licence_expires", "territories")
    for cells in zip(*(rows[column] for column in columns), strict=True):
        yield Image(kind, *cells)


def _outfits(
    chosen: Chosen, styles: NDArray[np.int32], further: NDArray[np.int32]
) -> tuple[list[tuple[Image, ...]], NDArray[np.int64]]:
    """Return the images that garments wear, each combination once, and the combination of each design."""
    firsts = list(_images("style", chosen.style))
    if chosen.further == (Further(),):
        return [(first,) for first in firsts], styles.astype(np.int64)
    library = list(_images("style", chosen.library))
    found = outfits(styles, further, len(chosen.further))
    worn = [
        tuple(dict.fromkeys((firsts[style], *(library[at] for at in chosen.further[one].positions))))
        for style, one in zip(found.styles, found.further, strict=True)
    ]
    return worn, found.of


class _Clash:
    """Tells for many designs whether garment and outfit have licences that exclude each other.

    There are few different licences: each of their combinations is judged once.
    """

    def __init__(self, garments: Sequence[Image], worn: Sequence[tuple[Image, ...]]) -> None:
        above = [*(common_offers([image.licence]) for image in garments), None]
        below = [common_offers(image.licence for image in images) for images in worn]
        rows, columns = list(dict.fromkeys(above)), list(dict.fromkeys(below))
        judged = [
            [row is not None and column is not None and not row & column for column in columns]
            for row in rows
        ]
        self._judged = np.array(judged, np.bool_)
        self._row_of = np.array([rows.index(one) for one in above], np.int32)
        self._column_of = np.array([columns.index(one) for one in below], np.int32)

    def __call__(self, contents: NDArray[np.int32], outfits_: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self._judged[self._row_of[contents], self._column_of[outfits_]]


def _territory_problem(image: Image, rights: RightsPart) -> str | None:
    """Return why an image that is limited to some countries may not be used; None where it may."""
    covered = image.territories.split()
    beyond = [country for country in rights.territory if country not in covered]
    if rights.territory and not beyond:
        return None
    sold = f"in {', '.join(beyond)}" if beyond else "anywhere (rights: territory names no country)"
    return (
        f"{image.licence or 'the licence'} of {image} holds in {', '.join(covered)}, and the designs are "
        f"sold {sold}; {_OTHER}, or name the countries of the sale in the batch: rights: {{territory: [...]}}"
    )
