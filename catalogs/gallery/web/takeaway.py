"""What people take away, as downloads that are written while they are sent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from catalogs.gallery.finding import View
from catalogs.gallery.house import House
from catalogs.gallery.takeaway import Selection, as_shown, select
from catalogs.gallery.takeaway.naming import slug
from catalogs.gallery.web.rendering import Here
from catalogs.report.sheet import contact_sheet

router = APIRouter(prefix="/takeaway")
_BLOCK_BYTES = 1 << 18
_MOST_NAME = 60
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "png": "image/png",
}
DesignIds = Annotated[
    list[Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]], Query(default_factory=list, max_length=500)
]


@router.get("/line-sheet")
def line_sheet(
    request: Request, house: Here, ids: DesignIds, paper: Literal["a4", "letter"] = "a4"
) -> Response:
    """Answer a PDF file with nine designs a page."""
    from catalogs.gallery.takeaway import line_sheet as sheet

    chosen = _selection(request, house, ids, "line-sheet")
    heading = sheet.Heading(_title(house, chosen), datetime.now(UTC))

    def write(into: IO[bytes]) -> None:
        sheet.line_sheet(house.storage, chosen, into, house.words, heading, paper=paper)

    return _download(_written(write), chosen, "pdf")


@router.get("/spreadsheet")
def spreadsheet(request: Request, house: Here, ids: DesignIds) -> Response:
    """Answer an XLSX file with a line a design."""
    from catalogs.gallery.takeaway.spreadsheet import spreadsheet as write_spreadsheet

    chosen = _selection(request, house, ids, "spreadsheet")

    def write(into: IO[bytes]) -> None:
        write_spreadsheet(house.storage, chosen, into, _head(house), title=_title(house, chosen))

    return _download(_written(write), chosen, "xlsx")


@router.get("/pictures")
def pictures(request: Request, house: Here, ids: DesignIds) -> Response:
    """Answer a ZIP file with the pictures as they were painted, and a table."""
    from catalogs.gallery.takeaway.archive import archive

    chosen = _selection(request, house, ids, "pictures")
    return _download(archive(house.storage, chosen, _head(house)), chosen, "zip")


@router.get("/contact-sheet")
def contact(request: Request, house: Here, ids: DesignIds) -> Response:
    """Answer a PNG file with each design beside what it was made from."""
    chosen = _selection(request, house, ids, "contact-sheet")
    rows = [piece.row for piece in chosen.pieces()]
    title, count = _title(house, chosen), house.words("takeaway.designs", count=len(rows))
    data = contact_sheet(
        {count: rows}, house.storage.read, title=title, subtitle=f"{datetime.now(UTC):%Y-%m-%d}"
    )
    return _download(iter([data]), chosen, "png")


def _selection(request: Request, house: House, ids: list[str], kind: str) -> Selection:
    view = View.of_query(request.query_params.multi_items())
    of_house = house.shelf.house()
    said = as_shown(house.shelf.read(view.list_id), of_house) if view.list_id else of_house
    return select(house.collection, house.finder, view, ids, said, kind=kind)


def _title(house: House, chosen: Selection) -> str:
    return chosen.name or house.words("takeaway.title")


def _head(house: House) -> Callable[[str], str]:
    return lambda name: house.words(f"takeaway.column.{name}")


def _written(write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """Write a file that has to be whole before its first byte is known, and yield it block by block."""
    with tempfile.TemporaryFile(prefix="toile-takeaway-") as file:
        write(file)
        file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            yield block


def _download(blocks: Iterator[bytes], chosen: Selection, ending: str) -> Response:
    name = f"{slug(chosen.name)[:_MOST_NAME] or 'designs'}--{datetime.now(UTC):%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(blocks, media_type=_TYPES[ending], headers=headers)
