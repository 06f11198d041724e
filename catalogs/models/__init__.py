"""Trained networks as files of the bucket, or of those that come with the installation."""

from catalogs.models.store import (
    ModelFile,
    ModelUnknown,
    is_of_installation,
    model_cards,
    model_names,
    read_model,
    write_model,
)

__all__ = [
    "ModelFile",
    "ModelUnknown",
    "is_of_installation",
    "model_cards",
    "model_names",
    "read_model",
    "write_model",
]
