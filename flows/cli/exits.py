"""What the exit codes of the command line mean, and which error ends in which."""

from __future__ import annotations

from enum import IntEnum

from catalogs.errors import CatalogError, CatalogMissing, NotFound, StorageError
from catalogs.refusals import CatalogExists, CatalogUnreadable, LicenceUnknown, PlanRefused, RequestRefused
from configs.errors import ConfigError
from flows.errors import (
    ClusterUnavailable,
    FlowError,
    PlanOutdated,
    SigningFailed,
    SigningUnavailable,
    StackRefused,
)
from nst_core.errors import (
    BackboneUnknown,
    EngineError,
    InksImpossible,
    PaletteRefused,
    PressRefused,
    WeightsCorrupt,
    WeightsMissing,
)


class Exit(IntEnum):
    """The exit codes; flows/README.md has them as a table."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    STORAGE = 3
    NOTHING_FOUND = 4
    WEIGHTS = 5
    BUG = 70
    INTERRUPTED = 130


# The first that fits counts: special ones stand before their parents.
_OF_ERRORS: tuple[tuple[type[Exception], Exit], ...] = (
    (ConfigError, Exit.USAGE),
    (NotFound, Exit.NOTHING_FOUND),
    (CatalogMissing, Exit.NOTHING_FOUND),
    (StorageError, Exit.STORAGE),
    (CatalogExists, Exit.USAGE),
    (CatalogUnreadable, Exit.USAGE),
    (LicenceUnknown, Exit.USAGE),
    (PlanRefused, Exit.USAGE),
    (RequestRefused, Exit.USAGE),
    (PlanOutdated, Exit.USAGE),
    (ClusterUnavailable, Exit.USAGE),
    (SigningUnavailable, Exit.USAGE),
    (SigningFailed, Exit.USAGE),
    (StackRefused, Exit.USAGE),
    (BackboneUnknown, Exit.USAGE),
    (PaletteRefused, Exit.USAGE),
    (InksImpossible, Exit.USAGE),
    (PressRefused, Exit.USAGE),
    (WeightsMissing, Exit.WEIGHTS),
    (WeightsCorrupt, Exit.WEIGHTS),
    (CatalogError, Exit.FAILED),
    (EngineError, Exit.FAILED),
    (FlowError, Exit.FAILED),
)


# Of modules that are too heavy to import for the sake of an exit code.
_OF_CODES = {"demo_refused": Exit.USAGE, "unsafe_id": Exit.USAGE, "gallery_refused": Exit.USAGE}


def exit_of(error: BaseException) -> Exit:
    """Return the exit code of an error; ``BUG`` for one that nobody foresaw."""
    if isinstance(error, CatalogError) and error.code in _OF_CODES:
        return _OF_CODES[error.code]
    for kind, code in _OF_ERRORS:
        if isinstance(error, kind):
            return code
    return Exit.BUG
