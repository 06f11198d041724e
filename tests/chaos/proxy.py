"""An S3 server's bad days: a proxy that refuses, stalls, cuts and breaks off what goes through it."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
_BUSY = b"<Error><Code>SlowDown</Code><Message>chaos</Message></Error>"


@dataclass(frozen=True)
class Weather:
    """How often what goes wrong, as shares of the requests.

    Attributes:
        errors: answered 500 or 503, half of them each.
        cut: bodies of answers that end in their middle.
        resets: connections broken off before an answer.
        stalls: answers that come ``stall_s`` later.
    """

    errors: float = 0.1
    cut: float = 0.01
    resets: float = 0.02
    stalls: float = 0.005
    stall_s: float = 30.0


@dataclass
class FaultyProxy:
    """Passes requests on to the S3 server at ``port`` on this machine, or not; ``met`` counts what it did.

    Attributes:
        refuses: told each request's signature, the status and the code that it is refused with, or None.
        ahead_s: by so much the server's clock is ahead, in what its answers say.
    """

    port: int
    weather: Weather
    seed: int = 0
    refuses: Callable[[str], tuple[int, str] | None] = lambda _signature: None
    ahead_s: float = 0.0
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def draw(self) -> str:
        """Return what happens to the next request: ``ok`` or one of the weather's words."""
        with self._lock:
            at = self._random.random()
            for name in ("errors", "cut", "resets", "stalls"):
                share = getattr(self.weather, name)
                if at < share:
                    break
                at -= share
            else:
                name = "ok"
            self.met[name] += 1
            return name


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell what went wrong, but not of clients that were killed while they were answered."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[FaultyProxy]

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        refused = self.proxy.refuses(self.headers.get("Authorization", ""))
        if refused is not None:
            self.proxy.met[refused[1]] += 1
            self._answer(refused[0], [], f"<Error><Code>{refused[1]}</Code></Error>".encode())
            return
        fate = self.proxy.draw()
        if fate == "errors":
            self._answer(random.choice((500, 503)), [], _BUSY)
            return
        if fate == "resets":
            # closed with a reset instead of an orderly end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        if fate == "stalls":
            time.sleep(self.proxy.weather.stall_s)
        try:
            status, headers, data = self._ask(body)
        except (OSError, http.client.HTTPException):  # the server itself is away
            self._answer(503, [], _BUSY)
            return
        self._answer(status, headers, data, cut=fate == "cut")

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the server's answer; the signature covers the Host that the client named, which stays."""
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in {*_HOP_BY_HOP, "expect"}:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            headers = [pair for pair in answer.getheaders() if pair[0].lower() not in _HOP_BY_HOP]
            return answer.status, [self._by_its_clock(*pair) for pair in headers], answer.read()
        finally:
            connection.close()

    def _by_its_clock(self, name: str, value: str) -> tuple[str, str]:
        if not self.proxy.ahead_s or name.lower() not in {"date", "last-modified"}:
            return name, value
        shown = parsedate_to_datetime(value) + timedelta(seconds=self.proxy.ahead_s)
        return name, format_datetime(shown, usegmt=True)

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        told = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in told:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.close_connection = True

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _pass_on  # noqa: N815 (http.server's names)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the counts are kept."""
