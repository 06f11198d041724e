"""Where a request comes from, and by what name the gallery is called."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from catalogs.gallery.safety.errors import StartRefused
from catalogs.gallery.settings import GallerySettings
from catalogs.gallery.words import Words

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
# Put into a request's scope by ``Arrival``.
ADDRESS, BY_PROXY = "toile.address", "toile.by_proxy"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_FORBIDDEN, _MISDIRECTED = 403, 421
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([1-9]\d{0,4}))?")
_LAST_PORT = 65_535


class Arrival:
    """Takes a proxy at its word, nobody else, and answers under the gallery's own names alone.

    Names are looked at because a page of another site may have its own name lead to this machine (DNS
    rebinding) and would then be asking as if it were ours.
    """

    def __init__(self, app: ASGIApp, settings: GallerySettings, words: Words) -> None:
        self._app = app
        self._words = words
        self._networks = networks(settings.proxy.addresses)
        self._names = frozenset(host.lower() for host in settings.hosts)
        self._is_for_one = settings.is_for_one
        proxy = settings.proxy
        told = (proxy.user_header, proxy.groups_header) if proxy.user_header else ()
        self._proxy_headers = frozenset(name.lower().encode() for name in told)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, or say what the gallery is called."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        peer = (scope.get("client") or ("", 0))[0]
        by_proxy = is_in(peer, self._networks)
        headers = Headers(scope=scope)
        if self._is_for_one and any(name in headers for name in _FORWARDED):
            await PlainTextResponse(self._words("signin.forwarded"), _FORBIDDEN)(scope, receive, send)
            return
        scope.update({ADDRESS: peer, BY_PROXY: by_proxy})  # in place: what is around this one sees it too
        if by_proxy:
            scope[ADDRESS] = self._last_seen(headers.getlist("x-forwarded-for"), peer)
            if headers.get("x-forwarded-proto", "").strip().lower() == "https":
                scope["scheme"] = "https"
        else:
            scope["headers"] = [one for one in scope["headers"] if one[0] not in self._proxy_headers]
        if not self._is_ours(headers.getlist("host")):
            await PlainTextResponse(self._words("signin.other_name"), _MISDIRECTED)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, hosts: Sequence[str]) -> bool:
        if len(hosts) != 1:
            return False
        host = hosts[0].lower()
        found = _HOST.fullmatch(host)
        if found is None or int(found[2] or 1) > _LAST_PORT:
            return False
        return host in self._names or name_of(host) in LOOPBACK_NAMES | self._names

    def _last_seen(self, forwarded: Sequence[str], peer: str) -> str:
        """Return the address that our first proxy saw; what stands before it anybody may have written."""
        for said in reversed([one.strip() for line in forwarded for one in line.split(",")]):
            if not is_in(said, self._networks):
                return said if _address(said) is not None else peer
            peer = said
        return peer


def name_of(host: str) -> str:
    """Return the name of a Host header, without the port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own."""
    found = _address(address)
    return address == "localhost" or (found is not None and found.is_loopback)


def is_in(address: str, among: Sequence[Network]) -> bool:
    """Say whether an address is in one of the networks; what is no address is in none."""
    found = _address(address)
    return found is not None and any(found in network for network in among)


def networks(addresses: Sequence[str]) -> tuple[Network, ...]:
    """Return addresses and networks, understood.

    Raises:
        StartRefused: one is neither.
    """
    try:
        return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in addresses)
    except ValueError as error:
        raise StartRefused(f"a proxy's address is one like 10.0.0.7 or 10.0.0.0/8: {error}") from error


@lru_cache(maxsize=4096)
def _address(said: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(said)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
