"""What tables, plans and manifests can refuse, beside the storage errors of ``catalogs.errors``.

::

    CatalogError
    ├── CatalogUnreadable    catalog_unreadable   the file is there and is no catalog: encoding, header, size
    ├── CatalogExists        catalog_exists       a scan would overwrite a catalog
    ├── LicenceUnknown       unknown_licence      not a licence that we can read
    ├── StylesUnclear        styles_unclear       a cell of a list of pairs names styles in no way we know
    ├── PlanRefused          plan_refused         the batch asks for what the catalogs cannot give
    ├── ManifestRefused      manifest_refused     rows that do not fit the manifest's schema
    ├── RequestRefused       request_refused      a request that cannot be read, or asks for what cannot be
    └── TooManyFailures      too_many_failures    the batch failed above its rate; nothing was published
"""

from __future__ import annotations

from catalogs.errors import CatalogError


class CatalogUnreadable(CatalogError):
    """The catalog file exists and cannot be read as a table with the columns that it needs."""

    code: str = "catalog_unreadable"


class CatalogExists(CatalogError):
    """There is a catalog already, and nobody said that it may be overwritten."""

    code: str = "catalog_exists"


class LicenceUnknown(CatalogError):
    """The text names no licence that we know; the message names the nearest."""

    code: str = "unknown_licence"


class StylesUnclear(CatalogError):
    """A cell names several styles in a way that cannot be read."""

    code: str = "styles_unclear"


class PlanRefused(CatalogError):
    """The batch asks for something that the catalogs or recipes do not have."""

    code: str = "plan_refused"


class ManifestRefused(CatalogError):
    """Rows or a file that do not fit the manifest's schema."""

    code: str = "manifest_refused"


class RequestRefused(CatalogError):
    """A request's file is none, or what it asks for cannot be made; the message is for who asked."""

    code: str = "request_refused"


class TooManyFailures(CatalogError):
    """More designs failed than the batch allows; the previously published manifest stays."""

    code: str = "too_many_failures"
