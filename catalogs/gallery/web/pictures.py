"""Pictures, by the design's id alone: keys come from the manifest, never from an address."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from catalogs.errors import NotFound
from catalogs.gallery.web.rendering import Here

router = APIRouter()
# A design's id is a hash of all that it is made of: its picture never changes.
_FOR_EVER = "private, max-age=31536000, immutable"
_TYPES = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg"}


@router.get("/thumbs/{design_id}")
def thumb(request: Request, house: Here, design_id: str) -> Response:
    """Answer a design's thumbnail."""
    found = house.collection.find(design_id)
    return _picture(request, house, found.thumb_key if found else "")


@router.get("/images/{design_id}")
def image(request: Request, house: Here, design_id: str) -> Response:
    """Answer a design's picture as it was painted."""
    found = house.collection.find(design_id)
    return _picture(request, house, found.image_key if found else "")


def _picture(request: Request, house: Here, key: str) -> Response:
    if not key:
        raise HTTPException(404, house.words("error.no_picture"))
    tag = f'"{key}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": _FOR_EVER})
    try:
        data = house.storage.read(key)
    except NotFound:
        raise HTTPException(404, house.words("error.no_picture")) from None
    media_type = _TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    return Response(data, media_type=media_type, headers={"ETag": tag, "Cache-Control": _FOR_EVER})
