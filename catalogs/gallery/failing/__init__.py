"""What is not there of a batch, and why: by cause, most designs first."""

from catalogs.gallery.failing.causes import Cause, Causes, causes_of

__all__ = ["Cause", "Causes", "causes_of"]
