"""Trained networks in the bucket and in the installation: written card last, listed, kept by housekeeping."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalogs.keeping.garbage import tidy
from catalogs.keeping.verification import verify
from catalogs.layout import card_key, model_prefix, training_prefix, weights_key
from catalogs.models import (
    ModelUnknown,
    model_cards,
    model_files,
    model_names,
    read_model,
    store,
    write_model,
)
from catalogs.storage import ObjectStat, Storage
from catalogs.storage.directory import DirectoryStorage
from catalogs.trained import StyleWeights
from configs.model_card import ModelCard, card_text
from configs.network import NetworkPart
from configs.recipe import Recipe
from tests.cards import card_of
from tests.catalogs.wardrobe import a_batch, a_plan, paint_all, put_shop


def a_card(weights: bytes, style_id: str = "", *, kind: str = "johnson", **changes: Any) -> ModelCard:
    return card_of(kind, weights, style_id, architecture={"width": 4}, **changes)


class Watched(DirectoryStorage):
    """Notes the keys that are written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.written: list[str] = []

    def write_atomic(self, key: str, data: bytes, **options: Any) -> ObjectStat:
        self.written.append(key)
        return super().write_atomic(key, data, **options)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the installation's own networks, empty."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(store, "shipped_folder", lambda: folder)
    return folder


def ship(folder: Path, card: ModelCard, weights: bytes) -> None:
    place = folder / card.model / card.style_id
    place.mkdir(parents=True, exist_ok=True)
    (place / "weights.safetensors").write_bytes(weights)
    (place / "card.json").write_bytes(card_text(card))


def test_a_card_is_written_after_its_weights(tmp_path: Path):
    bucket = Watched(tmp_path)
    write_model(bucket, a_card(b"first", "ikat"), b"first")
    assert bucket.written == [weights_key("johnson", "ikat"), card_key("johnson", "ikat")]
    found = read_model(bucket, "johnson", "ikat")
    assert (found.weights, found.name) == (b"first", "models/johnson/ikat/weights.safetensors")


def test_a_network_that_is_nowhere_says_how_to_train_it(tmp_path: Path, shipped: Path):
    with pytest.raises(ModelUnknown, match=r"models/johnson/ikat/; `toile train johnson --style ikat`"):
        read_model(DirectoryStorage(tmp_path), "johnson", "ikat")


def test_weights_without_a_card_are_no_network(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path)
    bucket.write_atomic(weights_key("johnson", "ikat"), b"first")
    with pytest.raises(ModelUnknown):
        read_model(bucket, "johnson", "ikat")
    assert model_cards(bucket, "johnson") == {}


def test_a_card_without_weights_is_no_network(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path)
    bucket.write_atomic(card_key("johnson", "ikat"), card_text(a_card(b"first", "ikat")))
    with pytest.raises(ModelUnknown):
        read_model(bucket, "johnson", "ikat")
    assert model_cards(bucket, "johnson") == {}


def test_the_bucket_goes_before_the_installation(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path / "bucket")
    for style_id in ("ikat", "check"):
        ship(shipped, a_card(b"theirs", style_id), b"theirs")
    write_model(bucket, a_card(b"ours", "ikat"), b"ours")
    assert read_model(bucket, "johnson", "ikat").weights == b"ours"
    there = read_model(bucket, "johnson", "check")
    assert (there.weights, there.name) == (
        b"theirs",
        f"{weights_key('johnson', 'check')} of the installation",
    )
    listed = {one.style_id: one for one in model_files(bucket, "johnson")}
    assert {name: one.comes_along for name, one in listed.items()} == {"check": True, "ikat": False}
    sha256 = {name: card.weights_sha256 for name, card in model_cards(bucket, "johnson").items()}
    assert sha256["ikat"] == hashlib.sha256(b"ours").hexdigest()
    assert model_names(bucket) == ["johnson"]


def test_what_is_read_is_what_was_listed_where_the_bucket_s_card_is_none(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path / "bucket")
    ship(shipped, a_card(b"theirs", "ikat"), b"theirs")
    write_model(bucket, a_card(b"ours", "ikat"), b"ours")
    bucket.write_atomic(card_key("johnson", "ikat"), b'{"version": 9}')
    assert model_cards(bucket, "johnson") == {}
    [listed] = model_files(bucket, "johnson")
    assert "version 9" in listed.problem
    assert read_model(bucket, "johnson", "ikat").weights == b"ours"


def test_weights_that_were_cut_are_seen_in_the_list_without_reading_them(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path)
    write_model(bucket, a_card(b"whole", "ikat"), b"whole")
    bucket.write_atomic(weights_key("johnson", "ikat"), b"who")
    [listed] = model_files(bucket, "johnson")
    assert listed.problem == "its weights have 3 bytes, its card says 5"


def test_what_else_lies_beside_networks_is_none_of_them(tmp_path: Path, shipped: Path):
    bucket = DirectoryStorage(tmp_path)
    write_model(bucket, a_card(b"shared"), b"shared")
    bucket.write_atomic(f"{training_prefix('johnson', 'ikat')}card.json", b"{}")
    bucket.write_atomic(f"{training_prefix('johnson')}checkpoint.safetensors", b"half")
    bucket.write_atomic(f"{model_prefix('johnson')}README.txt", b"ours")
    assert [one.style_id for one in model_files(bucket, "johnson")] == [""]


def test_housekeeping_never_takes_networks_for_garbage(tmp_path: Path):
    bucket = DirectoryStorage(tmp_path)
    put_shop(bucket)
    plan = a_plan(bucket, a_batch())
    paint_all(bucket, plan)
    write_model(bucket, a_card(b"shared"), b"shared")
    write_model(bucket, a_card(b"own", "x"), b"own")
    bucket.write_atomic(f"{training_prefix('johnson', 'y')}checkpoint.safetensors", b"half")
    before = networks_in(bucket)
    years_later = datetime.now(UTC) + timedelta(days=900)
    for _ in range(2):
        assert not tidy(bucket, years_later, grace=timedelta(0), delete=True).blocked
    assert networks_in(bucket) == before
    assert not [flaw for flaw in verify(bucket).flaws if "models/" in " ".join(flaw.examples)]


def networks_in(bucket: Storage) -> dict[str, bytes]:
    return {one.key: bucket.read(one.key) for one in bucket.list("models/")}


MANY = Recipe(name="many", network=NetworkPart(kind="johnson-many"))


def many(weights: bytes, style_id: str = "", shared: bytes = b"") -> ModelCard:
    sha256 = hashlib.sha256(shared).hexdigest() if shared else None
    return a_card(weights, style_id, kind="johnson-many", shared_sha256=sha256)


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        ({"ikat": many(b"own", "ikat", b"trunk")}, r"no file yet that its styles share; `toile train many`"),
        (
            {"": many(b"trunk"), "ikat-7": many(b"own", "ikat-7", b"trunk")},
            r"for the style 'ikat'; the nearest that have one are 'ikat-7'; `toile train many --style ikat`",
        ),
        ({"": many(b"trunk"), "ikat": many(b"own", "ikat", b"older")}, r"beside another shared file"),
        (
            {"": a_card(b"trunk"), "ikat": many(b"own", "ikat", b"trunk")},
            r"kind johnson, and the recipe",
        ),
        ({}, r"no file yet"),
    ],
    ids=["no shared file", "another style", "an older shared file", "another kind", "nothing"],
)
def test_what_lacks_is_said_with_its_remedy(cards: dict[str, ModelCard], says: str):
    found = StyleWeights(MANY, {"johnson-many": cards})
    assert found.of(["ikat"]) == ""
    assert list(found.lacking) == ["ikat"]
    assert re.search(says, found.lacking["ikat"])


def test_a_network_of_two_files_is_named_by_both():
    cards = {"": many(b"trunk"), "ikat": many(b"own", "ikat", b"trunk")}
    found = StyleWeights(MANY, {"johnson-many": cards})
    both = (hashlib.sha256(one).hexdigest() for one in (b"trunk", b"own"))
    assert found.of(["ikat"]) == "+".join(both)
    assert not found.lacking
