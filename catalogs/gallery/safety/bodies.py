"""What a request may bring: a body of so many bytes, within so many seconds."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogs.gallery.settings import Limits
from catalogs.gallery.words import Words


class Bodies:
    """Breaks a request off whose body is too long or comes too slowly."""

    def __init__(self, app: ASGIApp, limits: Limits, words: Words) -> None:
        self._app = app
        self._limits = limits
        self._words = words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does; whoever reads the body gets an error of HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "0")
        is_too_long = not told.isdecimal() or int(told[:20]) > self._limits.body_bytes
        clock = asyncio.get_running_loop()
        until = clock.time() + self._limits.body_within_s
        came, is_whole = 0, False

        async def received() -> Message:
            nonlocal came, is_whole
            if is_whole:  # what comes now is that the browser went away
                return await receive()
            if is_too_long:
                raise self._too_long()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, self._words("signin.too_slow")) from None
            came += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if came > self._limits.body_bytes:
                raise self._too_long()
            return message

        await self._app(scope, received, send)

    def _too_long(self) -> HTTPException:
        return HTTPException(413, self._words("signin.too_long", bytes=self._limits.body_bytes))
