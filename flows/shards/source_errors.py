"""What can be amiss with a file that a design is made from; each becomes the row of its designs."""

from __future__ import annotations

from nst_core.errors import EngineError


class SourceMissing(EngineError):
    """An image that the catalog names is not in the storage any more."""

    code: str = "missing_image"


class SourceDenied(EngineError):
    """The storage refuses this one image."""

    code: str = "image_denied"


class SourceChanged(EngineError):
    """An image has other bytes than when the batch was planned."""

    code: str = "changed_since_planned"


class LicenceEnded(EngineError):
    """A licence that held when the batch was planned has ended since."""

    code: str = "rights_expired"
