"""A TCP proxy in front of a real server that breaks connections as told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal

Fault = Literal["reset", "silence", "lose-answer", "cut-answer", "busy"]

_BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class FaultyNetwork:
    """Listens on a loopback port and passes bytes to and from ``upstream_port``; the next connections fail.

    ``fail_next(fault, times)`` lets the next ``times`` connections end like this:

    - ``reset``: closed before anything is passed on;
    - ``silence``: accepted, nothing is ever answered;
    - ``busy``: answered with 503;
    - ``lose-answer``: the request reaches the server, the answer is thrown away and the connection closed;
    - ``cut-answer``: the first 1000 bytes of the answer are passed on, then the connection is closed.

    Every client connection serves one request only, so that "connection" and "request" are the same.
    """

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        with self._lock:
            self._faults += [fault] * times

    def heal(self) -> None:
        with self._lock:
            self._faults.clear()

    @property
    def faults_left(self) -> int:
        with self._lock:
            return len(self._faults)

    def close(self) -> None:
        self._listener.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            _shut(connection)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed: the test is over
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            with suppress(OSError):
                self._pass_on(client)
        finally:
            with self._lock:
                self._open.discard(client)
            _shut(client)

    def _pass_on(self, client: socket.socket) -> None:
        request = _read_request(client)
        if not request:
            return
        with self._lock:
            self.connections += 1
            fault = self._faults.pop(0) if self._faults else None
        if fault == "reset":
            return
        if fault == "busy":
            client.sendall(_BUSY)
            return
        if fault == "silence":
            client.recv(1)
            return
        with socket.create_connection(("127.0.0.1", self._upstream_port)) as server:
            server.sendall(request)
            passed = 0
            while answer := server.recv(65536):
                if fault == "cut-answer":
                    client.sendall(answer[: 1000 - passed])
                    passed += len(answer)
                    if passed >= 1000:
                        return
                elif fault != "lose-answer":
                    client.sendall(answer)


def _read_request(client: socket.socket) -> bytes:
    """Read one whole HTTP request and ask for the connection to be closed after its answer."""
    request = b""
    while b"\r\n\r\n" not in request:
        more = client.recv(65536)
        if not more:
            return b""
        request += more
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    fields = {line.split(b":")[0].lower(): line.split(b":", 1)[1].strip() for line in lines[1:]}
    if fields.get(b"expect"):
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        lines = [line for line in lines if not line.lower().startswith(b"expect:")]
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        more = client.recv(65536)
        if not more:
            return b""
        body += more
    kept = [line for line in lines if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
