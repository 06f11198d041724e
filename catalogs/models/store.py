"""A network's weights and card: read from the bucket, else from the installation; written card last."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from catalogs.errors import CatalogError, NotFound
from catalogs.ids import id_problem
from catalogs.layout import card_key, model_prefix, weights_key
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.model_card import ModelCard, card_text, read_card

WEIGHTS, CARD = "weights.safetensors", "card.json"


class ModelUnknown(CatalogError):
    """There is no such network, in the bucket or the installation."""


@dataclass(frozen=True)
class ModelFile:
    """A file of weights with its card, as bytes, and where both were found."""

    model: str
    style_id: str
    weights: bytes
    card: bytes
    name: str


def read_model(storage: Storage, model: str, style_id: str = "") -> ModelFile:
    """Return a network's file for a style, or the one that all its styles share.

    Raises:
        ModelUnknown: it is nowhere.
    """
    key = weights_key(model, style_id)
    try:
        # the card first: it is written last, so weights that are newer than it are noticed by their sha256
        card = storage.read(card_key(model, style_id))
        return ModelFile(model, style_id, storage.read(key), card, key)
    except NotFound:
        pass
    folder = _shipped(model, style_id)
    if folder is None:
        raise ModelUnknown(
            f"there is no trained network under {model_prefix(model, style_id)}; `toile train {model}"
            f"{f' --style {style_id}' if style_id else ''}` makes it",
            code="network_untrained",
            model=model,
            style_id=style_id,
        )
    weights, card = (folder.joinpath(name).read_bytes() for name in (WEIGHTS, CARD))
    return ModelFile(model, style_id, weights, card, f"{key} of the installation")


def write_model(storage: Storage, card: ModelCard, weights: bytes) -> None:
    """Write weights, then their card: until that is there the network is the one before, or none."""
    storage.write_atomic(weights_key(card.model, card.style_id), weights)
    storage.write_atomic(
        card_key(card.model, card.style_id), card_text(card), content_type="application/json"
    )


def model_cards(storage: Storage, model: str) -> dict[str, ModelCard]:
    """Return the cards of a network's files by style id, "" for the shared one; cards that are none left out.

    The bucket's go before those of the installation.
    """
    found: dict[str, ModelCard] = {}
    top = resources.files("catalogs.models").joinpath("shipped").joinpath(model)
    if top.is_dir():
        names = ["", *(one.name for one in top.iterdir() if one.is_dir())]
        for style_id in names:
            folder = _shipped(model, style_id)
            if folder is not None:
                found[style_id] = read_card(folder.joinpath(CARD).read_bytes(), name=f"{model}/{style_id}")
    for style_id in ("", *storage.folders(model_prefix(model))):
        if id_problem(style_id) and style_id:
            continue
        try:
            key = card_key(model, style_id)
            found[style_id] = read_card(storage.read(key), name=key)
        except (NotFound, ConfigError):
            continue
    return found


def _shipped(model: str, style_id: str) -> Traversable | None:
    folder = resources.files("catalogs.models").joinpath("shipped").joinpath(model)
    if style_id:
        folder = folder.joinpath(style_id)
    return folder if folder.joinpath(CARD).is_file() else None
