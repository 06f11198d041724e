"""Trained networks as files of the bucket, or of those that come with the installation."""

from catalogs.models.store import (
    ListedFile,
    ModelFile,
    ModelUnknown,
    model_cards,
    model_files,
    model_names,
    read_model,
    write_model,
)

__all__ = [
    "ListedFile",
    "ModelFile",
    "ModelUnknown",
    "model_cards",
    "model_files",
    "model_names",
    "read_model",
    "write_model",
]
