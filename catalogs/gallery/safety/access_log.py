"""Who asked for what: a line a request, without what addresses, headers and bodies hold."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("toile.gallery.access")
_NO_ROUTE = "-"


class AccessLog:
    """Writes a line a request: the route as the code has it, ``/thumbs/{design_id}``.

    Keys of links stand in queries and paths, so neither is written.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            visit = scope.get("state", {}).get("visit")
            log.info(
                "%s %s %s %.0f ms %r from %s",
                scope["method"] if scope["method"].isalpha() else _NO_ROUTE,
                getattr(scope.get("route"), "path", _NO_ROUTE),
                status or 500,
                (time.perf_counter() - began) * 1000,
                visit.user.name if visit else "",
                (scope.get("client") or ("?",))[0],
            )
