"""Trained networks as files of the bucket, or of those that come with the installation."""

from catalogs.models.store import ModelFile, ModelUnknown, model_cards, read_model, write_model

__all__ = ["ModelFile", "ModelUnknown", "model_cards", "read_model", "write_model"]
