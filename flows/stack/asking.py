"""Questions to a Prefect server over HTTP, without loading Prefect, which takes seconds."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

from flows.errors import ServerAway
from flows.stack.environment import AUTH_OF_CLIENT, AUTH_OF_SERVER

_BUSY = 503
_ASK_AGAIN_S = 0.5
# A server on the own machine or network is never asked through a proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(api: str, path: str, body: object = None, *, timeout_s: float = 10.0) -> Any:
    """Return a Prefect server's answer: GET without a body, POST with one.

    A server whose database is locked for a moment says so (503), has done nothing, and is asked again.

    Raises:
        ServerAway: it does not answer, refuses, or says what is no JSON.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{api}{path}", data=data, headers={"Content-Type": "application/json"})
    password = os.environ.get(AUTH_OF_SERVER) or os.environ.get(AUTH_OF_CLIENT)
    if password:
        request.add_header("Authorization", f"Basic {base64.b64encode(password.encode()).decode()}")
    until = time.monotonic() + timeout_s
    while True:
        try:
            with _direct.open(request, timeout=timeout_s) as answer:
                return json.loads(answer.read() or b"null")
        except (OSError, ValueError) as error:
            code = error.code if isinstance(error, urllib.error.HTTPError) else 0
            if code == _BUSY and time.monotonic() < until:
                time.sleep(_ASK_AGAIN_S)
                continue
            told = f"says {error}" if code else f"does not answer ({error})"
            raise ServerAway(
                f"the Prefect server at {api} {told}; toile up starts one, PREFECT_API_URL names another"
            ) from error
