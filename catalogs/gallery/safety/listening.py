"""Where a gallery may listen: on other addresses than this machine's own only where it knows who comes."""

from __future__ import annotations

from catalogs.gallery.safety.addresses import is_loopback, networks
from catalogs.gallery.safety.errors import StartRefused
from catalogs.gallery.settings import GallerySettings

_WAYS = (
    "give people a password (`toile gallery user add NAME`), or say which proxy knows them "
    "(`--proxy ADDRESS --proxy-user-header X-Forwarded-User`)"
)


def check_listening(host: str, settings: GallerySettings) -> None:
    """See that nobody reads or writes who is not known.

    Args:
        host: address to listen on.
        settings: of the gallery.

    Raises:
        StartRefused: others could; the message says what to do.
    """
    networks(settings.proxy.addresses)
    if settings.proxy.user_header and not settings.proxy.addresses:
        raise StartRefused(
            f"anybody could send the header {settings.proxy.user_header}: say from which address the proxy "
            "does, with --proxy"
        )
    if not settings.is_for_one:
        return
    if not is_loopback(host):
        raise StartRefused(
            f"--host {host} lets other machines in, and nothing says who comes from there: {_WAYS}; without "
            "--host the gallery is for whoever is at this machine"
        )
    if settings.hosts or settings.proxy.addresses:
        raise StartRefused(f"others come by a name or a proxy, and nothing says who they are: {_WAYS}")
