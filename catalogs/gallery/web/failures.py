"""What failed tonight and why, in words: by cause, with what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from catalogs.gallery.failing import Cause, causes_of
from catalogs.gallery.finding import Tile
from catalogs.gallery.house import House
from catalogs.gallery.web.rendering import Here, page
from catalogs.gallery.web.runs import run_page
from catalogs.manifest import FAILED, SKIPPED
from catalogs.report.words import MAX_REASON_CHARS, plain

router = APIRouter()
# Of these a person chooses one; the names of others can be typed.
_MOST_BATCHES = 200


@dataclass(frozen=True)
class ToldCause:
    """A cause as the page shows it.

    Attributes:
        cause: why.
        says: its sentence, fit to be shown.
        examples: the first designs of it.
        run: address of the flow run that tried the first one; "" where no pages of Prefect are known.
    """

    cause: Cause
    says: str
    examples: tuple[Tile, ...]
    run: str


@router.get("/failures")
def failures(request: Request, house: Here, batch: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Answer what is not there of a batch, the newest one where none is named."""
    standing = house.watch.standing
    chosen = batch or standing.latest
    told = causes_of(house.collection, chosen)
    return page(
        request,
        "failures.html",
        batch=chosen,
        is_known=chosen in standing.batches,
        batches=_offered(standing.batches, chosen),
        told=told,
        failed=_told(house, told.because_failed),
        skipped=_told(house, told.because_skipped),
        wall_of={
            status: "/?" + urlencode({"status": status, "listed": chosen}) for status in (FAILED, SKIPPED)
        },
    )


def _offered(batches: Sequence[str], chosen: str) -> list[str]:
    offered = list(batches[:_MOST_BATCHES])
    return offered if chosen in offered or chosen not in batches else [*offered, chosen]


def _told(house: House, causes: Sequence[Cause]) -> list[ToldCause]:
    wanted = [number for cause in causes for number in cause.examples]
    tiles = {tile.number: tile for tile in house.finder.tiles(wanted)}
    found = []
    for cause in causes:
        examples = tuple(tiles[number] for number in cause.examples if number in tiles)
        says = plain(cause.says, at_most=MAX_REASON_CHARS)
        found.append(ToldCause(cause, says, examples, _run(house, examples)))
    return found


def _run(house: House, examples: Sequence[Tile]) -> str:
    found = house.collection.find(examples[0].design_id) if examples else None
    if found is None or not house.settings.prefect_page:
        return ""
    return run_page(house, house.collection.details(found, ("prefect_run_id",)).get("prefect_run_id"))
