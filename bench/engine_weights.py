"""What networks are measured with: weights and cards where they are trained, else fresh weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch

from catalogs.models import ModelFile, ModelUnknown, read_model
from catalogs.storage import Storage
from configs.loading import list_recipes, load_recipe
from configs.model_card import ModelCard, read_card
from configs.network import NetworkPart
from configs.recipe import Recipe
from nst_core.backbones.precision import choose_precision
from nst_core.design import DesignJob
from nst_core.networks import KINDS, LoadedNetwork, NetworkFiles, WeightsFile, weights_bytes


def trained(jobs: Sequence[DesignJob], part: NetworkPart, storage: Storage) -> list[DesignJob]:
    """Return the designs that a network has learnt to paint, each with its files."""
    found = []
    for job in jobs:
        try:
            files = [
                WeightsFile(one.weights, one.card, one.name)
                for one in _model_files(storage, part, Path(job.style_name).stem)
            ]
        except ModelUnknown:
            continue
        shared = files.pop(0) if part.pieces.shared else None
        networks = ((part.model_name, NetworkFiles(shared, files[0] if files else None)),)
        found.append(replace(job, networks=networks))
    return found


def from_cards(storage: Storage, part: NetworkPart, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return what the cards say of training and bytes, of styles the median; nothing where one lacks."""
    shared: list[ModelCard] = []
    styles: list[ModelCard] = []
    for style_id in dict.fromkeys(textile for _, textile in pairs):
        try:
            files = _model_files(storage, part, style_id)
        except ModelUnknown:
            continue
        cards = [read_card(one.card, name=one.name) for one in files]
        shared += cards[:1] if part.pieces.shared else []
        styles += cards[-1:] if part.pieces.style else []
    told: dict[str, Any] = {}
    for what, cards in (("shared", shared), ("style", styles)):
        if cards:
            told[f"{what}_minutes"] = median(one.training.minutes for one in cards)
            told[f"{what}_bytes"] = round(median(one.bytes for one in cards))
    devices = dict.fromkeys(one.training.device for one in (*shared, *styles))
    return told | {"trained_on": "; ".join(devices)} if devices else {}


def fresh_network(recipe: Recipe) -> LoadedNetwork:
    """Return a recipe's network as its training would begin, placed as one is that was loaded from files."""
    part = _trainer(recipe)
    torch.manual_seed(part.train.seed)
    kind = KINDS[part.kind]
    module = kind.build(kind.architecture(part.train)).requires_grad_(False).eval()
    bf16 = choose_precision("auto", torch.device("cpu")) == "bf16"
    placed = module.to(torch.bfloat16 if bf16 else torch.float32).to(memory_format=torch.channels_last)
    return LoadedNetwork(kind, placed, ())


def _trainer(recipe: Recipe) -> NetworkPart:
    """Return the block that says how a recipe's network is built: its own, or that of who trains it."""
    own = recipe.through
    assert own is not None  # asked only of recipes with one
    if own.train.style is not None or own.model_name not in list_recipes():
        return own
    return load_recipe(own.model_name).through or own


def fresh_bytes(fresh: LoadedNetwork, part: NetworkPart) -> dict[str, int]:
    """Return how large its files would be."""
    tensors = fresh.module.state_dict()
    found = {}
    for what, is_style, has in (("shared", False, part.pieces.shared), ("style", True, part.pieces.style)):
        own = {name: values for name, values in tensors.items() if fresh.kind.of_style(name) == is_style}
        if has:
            found[f"{what}_bytes"] = len(weights_bytes(own, fresh.kind.stored))
    return found


def _model_files(storage: Storage, part: NetworkPart, style_id: str) -> list[ModelFile]:
    """Return a network's files for a style, the shared one first."""
    names = [*([""] if part.pieces.shared else []), *([style_id] if part.pieces.style else [])]
    return [read_model(storage, part.model_name, name) for name in names]
