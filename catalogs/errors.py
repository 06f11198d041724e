"""Everything that tables, plans and storage can refuse or fail at, as one tree.

::

    CatalogError                  catalog_error          the root: catch it to turn a failure into a row
    ├── CatalogMissing            catalog_missing        no catalog of that name
    └── StorageError              storage_error          a bucket or folder failed; ``key`` says at what
        ├── KeyRefused            key_refused            a name that a folder and S3 cannot both keep
        ├── NotFound              not_found              nothing under that key
        ├── PreconditionFailed    precondition_failed    somebody else wrote first (if_absent, if_match)
        ├── StorageDenied         storage_denied         no permission, wrong credentials, a symbolic link
        ├── StorageFull           storage_full           no space or no quota left
        ├── StorageMisconfigured  storage_misconfigured  no such bucket, wrong region, root is no folder
        └── StorageUnavailable    storage_unavailable    gone or silent for now: worth a retry

``code`` is a short snake_case word for the manifest, ``retryable`` says whether the same call may succeed
later. Every error survives pickling between workers with its message and extras.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class CatalogError(Exception):
    """Something that catalogs could not do: a whole sentence, a ``code`` for the manifest, and the facts.

    Args:
        message: what happened, what was got, what to do; shown to a person as it is.
        code: short snake_case word; each class has its own.
        extras: plain values that a report may want besides the sentence.
    """

    code: str = "catalog_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None, **extras: Any) -> None:
        super().__init__(message)
        self.message = message
        self.extras = extras
        if code is not None:
            self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.message, self.code, self.extras)


class CatalogMissing(CatalogError):
    """No catalog under that name."""

    code: str = "catalog_missing"


class StorageError(CatalogError):
    """A bucket or a folder could not do what was asked; ``key`` names the object, "" the whole storage."""

    code: str = "storage_error"

    def __init__(self, message: str, *, key: str = "", code: str | None = None, **extras: Any) -> None:
        super().__init__(message, code=code, key=key, **extras)
        self.key = key


class KeyRefused(StorageError):
    """A key that a folder and an S3 bucket cannot both keep unchanged."""

    code: str = "key_refused"


class NotFound(StorageError):
    """Nothing is stored under that key."""

    code: str = "not_found"


class PreconditionFailed(StorageError):
    """The object was there already (``if_absent``) or is not the one it was (``if_match``)."""

    code: str = "precondition_failed"


class StorageDenied(StorageError):
    """The storage answered and said no: permissions, credentials, a link that leads out of the root."""

    code: str = "storage_denied"


class StorageFull(StorageError):
    """No space or no quota is left; nothing of the write was kept."""

    code: str = "storage_full"


class StorageMisconfigured(StorageError):
    """The root leads nowhere: no such bucket, another region, an unknown scheme, a file for a folder."""

    code: str = "storage_misconfigured"


class StorageUnavailable(StorageError):
    """The storage is gone, silent or overloaded for now.

    A write that ends like this may have happened or not: only the object's own content can tell.
    """

    code: str = "storage_unavailable"
    retryable: ClassVar[bool] = True


def _revive(kind: type[CatalogError], message: str, code: str, extras: Mapping[str, Any]) -> CatalogError:
    return kind(message, code=code, **extras)
