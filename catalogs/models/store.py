"""A network's weights and card: read from the bucket, else from the installation; written card last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from catalogs.errors import CatalogError, NotFound
from catalogs.ids import id_problem
from catalogs.layout import MODELS_PREFIX, card_key, model_prefix, weights_key
from catalogs.storage import Storage
from configs.errors import ConfigError
from configs.model_card import ModelCard, card_text, read_card

WEIGHTS, CARD = "weights.safetensors", "card.json"
THREADS = 16


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

    The bucket's go before those of the installation, as ``read_model`` reads them.
    """
    found: dict[str, ModelCard] = {}
    top = shipped_folder().joinpath(model)
    if top.is_dir():
        for style_id in ("", *(one.name for one in top.iterdir() if one.is_dir())):
            folder = _shipped(model, style_id)
            if folder is not None:
                found[style_id] = read_card(folder.joinpath(CARD).read_bytes(), name=f"{model}/{style_id}")
    style_ids = [name for name in storage.folders(model_prefix(model)) if not id_problem(name)]
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        own = pool.map(lambda style_id: _own_card(storage, model, style_id), ("", *style_ids))
        for style_id, card in zip(("", *style_ids), own, strict=True):
            if isinstance(card, ModelCard):
                found[style_id] = card
            elif card is not None:
                found.pop(style_id, None)
    return found


def model_names(storage: Storage) -> list[str]:
    """Return the names of all networks, of the bucket and of the installation, sorted."""
    top = shipped_folder()
    shipped = [one.name for one in top.iterdir() if one.is_dir()] if top.is_dir() else []
    return sorted({name for name in (*shipped, *storage.folders(MODELS_PREFIX)) if not id_problem(name)})


def is_of_installation(storage: Storage, card: ModelCard) -> bool:
    """Say whether a network's file is one that came with the installation: the bucket has none of its own."""
    return not storage.exists(card_key(card.model, card.style_id))


def _own_card(storage: Storage, model: str, style_id: str) -> ModelCard | ConfigError | None:
    """Return a card of the bucket, what is wrong with it, or None where there is none."""
    key = card_key(model, style_id)
    try:
        return read_card(storage.read(key), name=key)
    except NotFound:
        return None
    except ConfigError as error:
        return error


def shipped_folder() -> Traversable:
    """Return the folder of the networks that come with the installation; it may not be there."""
    return resources.files("catalogs.models").joinpath("shipped")


def _shipped(model: str, style_id: str) -> Traversable | None:
    folder = shipped_folder().joinpath(model)
    if style_id:
        folder = folder.joinpath(style_id)
    return folder if folder.joinpath(CARD).is_file() else None
