"""Receivers of notices on this machine: a web page that takes JSON, and a mail server."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def webhook(*, status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield an address with a secret in it, and the JSON bodies that were sent there."""
    received: list[dict[str, Any]] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks/s3cr3t-path", received
        finally:
            server.shutdown()


@contextmanager
def mail_server() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a mail server without TLS or passwords, and the mails that it took."""
    received: list[str] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split()[0].upper()
                if word == "DATA":
                    self.say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    received.append("".join(lines))
                self.say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], received
        finally:
            server.shutdown()
