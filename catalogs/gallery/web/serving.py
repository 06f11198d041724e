"""The gallery on a port: uvicorn, with patience for nobody who sends nothing, and an end in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

# That a request's head may take to come.
HEAD_WITHIN_S = 15
KEEP_ALIVE_S = 30
# That answers under way have when the gallery ends: a ZIP takes its time.
END_WITHIN_S = 10
MOST_CONNECTIONS = 2000


class Impatient(H11Protocol):
    """Ends a connection on which no whole head of a request comes: each costs a file of the process."""

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head from now on."""
        super().connection_made(transport)
        self._until = self.loop.call_later(HEAD_WITHIN_S, self._end)

    def data_received(self, data: bytes) -> None:
        """Wait no longer once a request is there, and again when the next one has begun."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._wait_no_longer()
        elif self._until is None and (before is None or before.response_complete):
            self._until = self.loop.call_later(HEAD_WITHIN_S, self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def _end(self) -> None:
        self._until = None
        if not self.transport.is_closing():
            self.transport.close()

    def _wait_no_longer(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])


def serve(app: FastAPI, host: str, port: int, on_ready: Callable[[int], None]) -> bool:
    """Answer requests until SIGINT or SIGTERM; say whether it ever could.

    Args:
        app: the gallery's.
        host: address to listen on.
        port: 0 for any free one.
        on_ready: told the port when pages can be asked for.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Impatient,
        ws="none",
        lifespan="on",
        log_config=None,
        # what it would write holds the keys of links; the gallery's own lines do not
        access_log=False,
        # whose words about addresses count is for the gallery to say
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=END_WITHIN_S,
    )
    server = _Server(config, on_ready)
    # uvicorn ends in order at either and then raises it again, for whoever would take it as the end of all
    before = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    return server.started
