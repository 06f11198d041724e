"""Pictures, by the design's id alone: keys come from the manifest, never from an address."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from catalogs.errors import NotFound
from catalogs.gallery.collection.collection import Found
from catalogs.gallery.errors import PictureRefused
from catalogs.gallery.house import House
from catalogs.gallery.pictures import GARMENT, TEXTILE
from catalogs.gallery.web.rendering import Here

router = APIRouter()
# A design's id is a hash of all that it is made of: no picture of it ever changes.
_FOR_EVER = "private, max-age=31536000, immutable"
_TYPES = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg"}


class Side(IntEnum):
    """Longer sides, in px, that pictures are made small to."""

    TILE = 256
    CARD = 512
    SCREEN = 1024
    LARGE = 2048


@router.get("/thumbs/{design_id}")
def thumb(request: Request, house: Here, design_id: str) -> Response:
    """Answer a design's thumbnail."""
    return _stored(request, house, _found(house, design_id).thumb_key)


@router.get("/images/{design_id}")
def image(request: Request, house: Here, design_id: str, size: Side | None = None) -> Response:
    """Answer a design's picture as it was painted, or one small enough for a screen."""
    key = _found(house, design_id).image_key
    if size is None or not key:
        return _stored(request, house, key)
    return _small(request, house, f"{key} {size}", lambda: house.sources.small_design(key, size))


@router.get("/garments/{design_id}")
def garment(request: Request, house: Here, design_id: str, size: Side = Side.CARD) -> Response:
    """Answer the photo of the garment that a design is on."""
    return _source(request, house, design_id, GARMENT, size)


@router.get("/styles/{design_id}")
def style(request: Request, house: Here, design_id: str, size: Side = Side.CARD) -> Response:
    """Answer the textile that a design is made of."""
    return _source(request, house, design_id, TEXTILE, size)


def _found(house: House, design_id: str) -> Found:
    found = house.collection.find(design_id)
    if found is None:
        raise HTTPException(404, house.words("error.no_design"))
    return found


def _source(request: Request, house: House, design_id: str, kind: str, size: Side) -> Response:
    source = house.sources.source(_found(house, design_id), kind)
    if not source.key:
        raise HTTPException(404, house.words("error.no_source"))
    return _small(
        request, house, f"{source.sha256 or source.key} {size}", lambda: house.sources.small(source, size)
    )


def _small(request: Request, house: House, tag: str, make: Callable[[], bytes]) -> Response:
    try:
        return _answer(request, tag, make, "image/webp")
    except NotFound:
        raise HTTPException(404, house.words("error.no_picture")) from None
    except PictureRefused as refusal:
        raise HTTPException(404, house.words("error.bad_picture", reason=refusal.message)) from refusal


def _stored(request: Request, house: House, key: str) -> Response:
    if not key:
        raise HTTPException(404, house.words("error.no_picture"))
    media_type = _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    try:
        return _answer(request, key, lambda: house.storage.read(key), media_type)
    except NotFound:
        raise HTTPException(404, house.words("error.no_picture")) from None


def _answer(request: Request, tag: str, make: Callable[[], bytes], media_type: str) -> Response:
    headers = {"ETag": f'"{tag}"', "Cache-Control": _FOR_EVER}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(make(), media_type=media_type, headers=headers)
