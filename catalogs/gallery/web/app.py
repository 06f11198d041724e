"""The gallery as an application: routes, templates, assets, and what every answer says of itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from catalogs.gallery.house import House
from catalogs.gallery.safety.access_log import AccessLog
from catalogs.gallery.safety.addresses import Arrival
from catalogs.gallery.safety.bodies import Bodies
from catalogs.gallery.safety.guard import guarded, keep_guard
from catalogs.gallery.web import (
    choosing,
    compare,
    design,
    failures,
    pictures,
    requests,
    share,
    shortlists,
    signing_in,
    takeaway,
    tiles,
    wall,
)
from catalogs.gallery.web.problems import add_problem_pages
from catalogs.gallery.web.sealing import Sealed

STATIC = Path(__file__).parent / "static"
# A room a module; a new one is a module and its name here.
ROOMS = (
    wall,
    tiles,
    pictures,
    choosing,
    design,
    compare,
    shortlists,
    share,
    requests,
    failures,
    takeaway,
    signing_in,
)


def create_app(house: House) -> FastAPI:
    """Return the application of a house, which opens with it and closes with it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(house.open)
        yield
        await anyio.to_thread.run_sync(house.close)

    app = FastAPI(title=house.words("title"), lifespan=lifespan, openapi_url=None)
    app.state.house = house
    keep_guard(app, house)
    # pages link to the rooms that there are
    app.state.paths = frozenset(route.path for room in ROOMS for route in room.router.routes)
    # the last one is the first that a request meets
    app.add_middleware(Bodies, limits=house.settings.limits, words=house.words)
    app.add_middleware(Arrival, settings=house.settings, words=house.words)
    app.add_middleware(AccessLog)
    app.add_middleware(Sealed)
    for room in ROOMS:
        app.include_router(room.router, dependencies=[Depends(guarded)])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_problem_pages(app)
    return app
