"""A network's weights and card: read from the bucket, else from the installation; written card last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


@dataclass(frozen=True)
class ListedFile:
    """A network's file, as far as that is known without its weights.

    Attributes:
        model, style_id: whose it is; "" is the one that all styles share.
        card: None where it cannot be read.
        problem: what is amiss, "" where nothing is seen.
        comes_along: it is one of the installation.
    """

    model: str
    style_id: str
    card: ModelCard | None
    problem: str = ""
    comes_along: bool = False


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
    return {one.style_id: one.card for one in model_files(storage, model) if one.card is not None}


def model_files(storage: Storage, model: str) -> list[ListedFile]:
    """Return a network's files by their cards, the shared one first, then by style id, weights unread."""
    listed = {one.key: one.size for one in storage.list(model_prefix(model))}
    whole = {name for name in _style_ids(model, listed) if weights_key(model, name) in listed}
    found = {name: _of_installation(model, name) for name in _shipped_styles(model)}
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        own = pool.map(lambda name: _of_bucket(storage, model, name, listed), sorted(whole))
        found |= {one.style_id: one for one in own if one is not None}
    return [found[name] for name in sorted(found)]


def model_names(storage: Storage) -> list[str]:
    """Return the names of all networks, of the bucket and of the installation, sorted."""
    top = shipped_folder()
    shipped = [one.name for one in top.iterdir() if one.is_dir()] if top.is_dir() else []
    return sorted({name for name in (*shipped, *storage.folders(MODELS_PREFIX)) if not id_problem(name)})


def _style_ids(model: str, keys: Iterable[str]) -> Iterator[str]:
    """Yield whose cards are among the keys of a network's folder."""
    top = len(model_prefix(model))
    for key in keys:
        style_id, _, name = key[top:].rpartition("/")
        if name == CARD and (not style_id or not id_problem(style_id)):
            yield style_id


def _of_bucket(storage: Storage, model: str, style_id: str, listed: Mapping[str, int]) -> ListedFile | None:
    key = card_key(model, style_id)
    try:
        card = read_card(storage.read(key), name=key)
    except NotFound:
        return None  # removed since it was listed
    except ConfigError as error:
        return ListedFile(model, style_id, None, problem=str(error))
    size = listed[weights_key(model, style_id)]
    problem = f"its weights have {size:,} bytes, its card says {card.bytes:,}" if size != card.bytes else ""
    return ListedFile(model, style_id, card, problem=problem)


def _of_installation(model: str, style_id: str) -> ListedFile:
    name = f"{model_prefix(model, style_id)} of the installation"
    data = _shipped_file(model, style_id).joinpath(CARD).read_bytes()
    return ListedFile(model, style_id, read_card(data, name=name), comes_along=True)


def _shipped_styles(model: str) -> list[str]:
    top = shipped_folder().joinpath(model)
    names = ["", *(one.name for one in top.iterdir() if one.is_dir())] if top.is_dir() else []
    return [name for name in names if _shipped(model, name) is not None]


def shipped_folder() -> Traversable:
    """Return the folder of the networks that come with the installation; it may not be there."""
    return resources.files("catalogs.models").joinpath("shipped")


def _shipped(model: str, style_id: str) -> Traversable | None:
    folder = _shipped_file(model, style_id)
    return folder if folder.joinpath(CARD).is_file() else None


def _shipped_file(model: str, style_id: str) -> Traversable:
    folder = shipped_folder().joinpath(model)
    return folder.joinpath(style_id) if style_id else folder
