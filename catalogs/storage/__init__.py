"""Where objects live: one small protocol, a directory and an S3 bucket behind it."""

from catalogs.storage.keys import check_key, check_prefix
from catalogs.storage.opening import open_storage
from catalogs.storage.protocol import ObjectStat, Storage

__all__ = ["ObjectStat", "Storage", "check_key", "check_prefix", "open_storage"]
