"""What is refused for safety's sake; the pages say it in these sentences.

::

    GalleryError
    ├── Refused               refused            a status of HTTP and a sentence
    │   ├── SignInNeeded      sign_in_needed     401: nobody is known yet, a page leads to the sign-in page
    │   ├── NotAllowed        not_allowed        403: known, but a viewer
    │   ├── Forged            forged             403: not sent by a page of this gallery
    │   └── TooMany           too_many           429: again after ``wait_s``
    └── StartRefused          gallery_refused    it would let in whom nobody knows, or a file of it is wrong
"""

from __future__ import annotations

from typing import ClassVar

from catalogs.gallery.errors import GalleryError


class Refused(GalleryError):
    """A request that is not answered as it asks."""

    code: str = "refused"
    status: ClassVar[int] = 400


class SignInNeeded(Refused):
    """Nobody is known yet."""

    code: str = "sign_in_needed"
    status: ClassVar[int] = 401


class NotAllowed(Refused):
    """Somebody is known who may read, not write."""

    code: str = "not_allowed"
    status: ClassVar[int] = 403


class Forged(Refused):
    """A change that no page of this gallery sent."""

    code: str = "forged"
    status: ClassVar[int] = 403


class TooMany(Refused):
    """Asked too often; ``wait_s`` is how long to wait."""

    code: str = "too_many"
    status: ClassVar[int] = 429

    def __init__(self, message: str, *, wait_s: float, code: str | None = None) -> None:
        super().__init__(message, code=code, wait_s=wait_s)
        self.wait_s = wait_s


class StartRefused(GalleryError):
    """A gallery that would not be safe, or a file of its own that is wrong."""

    code: str = "gallery_refused"
