"""What every answer tells the browser not to do: no script but ours, no frame, no guess at types."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        # a script that would make elements, code or addresses of scripts out of text is stopped at it
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    # pages are somebody's own, and asked for again; what may be kept longer says so itself
    "Cache-Control": "private, no-cache",
}
_YEAR_S = 31_536_000
# Said over TLS alone, where it keeps a browser from ever asking without.
OVER_TLS = {"Strict-Transport-Security": f"max-age={_YEAR_S}"}


def headers_for(scope: Scope) -> Mapping[str, str]:
    """Return what every answer to a request says."""
    return HEADERS | OVER_TLS if scope.get("scheme") == "https" else HEADERS


class Sealed:
    """Adds the headers to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in headers_for(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sealed)
