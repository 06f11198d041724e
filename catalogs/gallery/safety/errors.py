"""What is refused for safety's sake; the pages say it in these sentences.

::

    GalleryError
    └── Refused               refused            a status of HTTP and a sentence
        ├── SignInNeeded      sign_in_needed     401: nobody is known yet, a page leads to the sign-in page
        ├── NotAllowed        not_allowed        403: known, but a viewer
        └── Forged            forged             403: not sent by a page of this gallery
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
