"""What the gallery refuses, as one tree under the catalogs' own.

::

    CatalogError
    └── GalleryError              gallery_error       the root
        ├── EditRefused           edit_refused        a shortlist cannot be edited so
        ├── PictureRefused        picture_refused     a file that cannot be shown as a picture
        └── ViewRefused           view_refused        an address asks for what cannot be
            └── TakeawayRefused   takeaway_refused    more designs than one file holds, or none
"""

from __future__ import annotations

from catalogs.errors import CatalogError


class GalleryError(CatalogError):
    """Something that the gallery could not do; the message is shown to a person as it is."""

    code: str = "gallery_error"


class PictureRefused(GalleryError):
    """A file that cannot be shown as a picture."""

    code: str = "picture_refused"


class ViewRefused(GalleryError):
    """An address asks for what cannot be."""

    code: str = "view_refused"


class EditRefused(GalleryError):
    """A shortlist cannot be edited so; ``code`` may be ``clock_ahead`` or ``id_taken``: take another id."""

    code: str = "edit_refused"


class TakeawayRefused(ViewRefused):
    """More designs than one file holds, or none."""

    code: str = "takeaway_refused"
