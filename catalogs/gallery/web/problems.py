"""What cannot be answered, as a page for people and as JSON for scripts."""

from __future__ import annotations

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from catalogs.errors import CatalogError, KeyRefused, NotFound, StorageDenied, StorageUnavailable
from catalogs.gallery.errors import EditRefused, ViewRefused
from catalogs.gallery.safety.errors import Refused, SignInNeeded, TooMany
from catalogs.gallery.web.rendering import house_of, page
from catalogs.gallery.web.sealing import headers_for
from catalogs.gallery.web.signing_in import sign_in_page

_STATUS = {
    ViewRefused: 400,
    KeyRefused: 404,
    StorageDenied: 503,
    EditRefused: 400,
    NotFound: 404,
    StorageUnavailable: 503,
}


def add_problem_pages(app: FastAPI) -> None:
    """Let an application answer what goes wrong in sentences."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, CatalogError)
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        status = 404 if error.code == "unsafe_id" else status
        status = error.status if isinstance(error, Refused) else status
        answer = _told(request, status, error.message)
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(math.ceil(error.wait_s))
        return answer

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInNeeded)
        return sign_in_page(request, error) or _told(request, error.status, error.message)

    async def unforeseen(request: Request, _: Exception) -> Response:
        # answered outside of everything that adds headers; the log has the traceback
        answer = _told(request, 500, house_of(request).words("error.unforeseen"))
        answer.headers.update(headers_for(request.scope))
        return answer

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        words = house_of(request).words
        sentence = words("error.not_found") if error.detail == "Not Found" else str(error.detail)
        return _told(request, error.status_code, sentence)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:5])
        return _told(request, 422, told)

    app.add_exception_handler(Exception, unforeseen)
    app.add_exception_handler(CatalogError, refused)
    app.add_exception_handler(SignInNeeded, unknown)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _told(request: Request, status: int, sentence: str) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": sentence}, status_code=status)
    return page(request, "problem.html", status_code=status, sentence=sentence)
