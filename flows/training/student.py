"""A network that is about to learn, with its lesson; what there is of it already is taken from its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from catalogs.models import ModelFile, read_model
from catalogs.storage import Storage
from configs.errors import ConfigError
from flows.training.asked import Piece
from nst_core.backbones import Backbone
from nst_core.design import RgbFloat
from nst_core.networks import KINDS, WeightsFile, read_weights
from nst_core.planes import to_planes
from nst_core.training import Lesson, Photos
from nst_core.training.lessons import LESSONS
from nst_core.training.subject import Subject

# They end a training or look at it, and change none of its steps.
_WITHOUT_SAY = ("minutes", "patience", "check_every", "against", "most_broken", "steps")
# Said otherwise: a piece has its own steps, and its block the rate of its own file.
_ELSEWHERE = {"steps", "style_steps", "style_lr"}


@dataclass(frozen=True)
class Shared:
    """The file that all styles of a network share, as it is used beside a style's own."""

    file: WeightsFile
    sha256: str
    architecture: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Student:
    """A network and what it is to learn.

    Attributes:
        module: the network.
        lesson: what it learns.
        architecture: the numbers that it is built with.
        shared: the file beside which a style's own is trained; None where there is none.
    """

    module: nn.Module
    lesson: Lesson
    architecture: Mapping[str, Any]
    shared: Shared | None


def check_kind(piece: Piece) -> None:
    """Refuse what nobody can train.

    Raises:
        ConfigError: this version has no such network, or no lesson for it.
    """
    kind = piece.part.kind
    lessons = LESSONS.get(kind)
    lesson = None if lessons is None else lessons.shared if piece.is_shared else lessons.style
    if kind not in KINDS or lesson is None:
        raise ConfigError(
            f"{piece.named} cannot be trained: this version has no lesson for it; there are those of "
            f"{', '.join(sorted(LESSONS))}"
        )


def shared_file(storage: Storage, piece: Piece) -> Shared | None:
    """Return the file that a style's own is trained beside; None where its kind has none.

    Raises:
        ModelUnknown: it is not trained yet.
        NetworkRefused: it is not what its card says.
    """
    if piece.is_shared or not piece.part.pieces.shared:
        return None
    found: ModelFile = read_model(storage, piece.model)
    file = WeightsFile(found.weights, found.card, found.name)
    card, _ = read_weights(file, piece.part.kind)
    return Shared(file, card.weights_sha256, card.architecture)


def student(
    piece: Piece,
    styles: Sequence[RgbFloat],
    *,
    shared: Shared | None,
    backbone: Backbone,
    device: torch.device,
) -> Student:
    """Return a network with its first weights, the same ones whenever it is begun.

    Args:
        piece: what is trained.
        styles: at their scale.
        shared: what it is trained beside.
        backbone: what losses look through.
        device: where it learns.
    """
    part, kind = piece.part, KINDS[piece.part.kind]
    architecture = kind.architecture(part.train) if shared is None else shared.architecture
    # the only place from which chance comes into a network's first weights
    torch.manual_seed(part.train.seed)
    module = kind.build(architecture)
    if shared is not None:
        _, tensors = read_weights(shared.file, part.kind)
        module.load_state_dict({name: values.float() for name, values in tensors.items()}, strict=False)
    module.to(device)
    planes = [to_planes(one)[None].to(device) for one in styles]
    lessons = LESSONS[part.kind]
    make = lessons.shared if piece.is_shared else lessons.style
    assert make is not None  # check_kind has seen to it
    return Student(module, make(module, Subject(part, backbone, planes)), architecture, shared)


def settings_of(piece: Piece) -> dict[str, str | float]:
    """Return what a training was told, flat, for its card."""
    flat = _flat(piece.part.train.model_dump(exclude=_ELSEWHERE), "")
    return {"steps": piece.steps, **flat, "backbone": piece.recipe.backbone}


def same_training(
    piece: Piece,
    architecture: Mapping[str, Any],
    shared: Shared | None,
    photos: Photos,
    pixels: Sequence[str],
) -> str:
    """Return what stands for settings and data in checkpoints: equal ones lead to equal weights.

    Args:
        piece, architecture, shared, photos: of the training.
        pixels: sha256 of each style image's.
    """
    told = {
        "settings": {
            name: value
            for name, value in settings_of(piece).items()
            if name.split(".")[0] not in _WITHOUT_SAY
        },
        "steps": piece.steps,
        "kind": piece.part.kind,
        "network": piece.part.model_dump(mode="json", exclude={"train", "model"}),
        "recipe": piece.recipe.model_dump(mode="json", include={"cloth", "controls", "backbone"}),
        "architecture": dict(architecture),
        "shared": "" if shared is None else shared.sha256,
        "photos": photos.sha256,
        "styles": list(pixels),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def _flat(values: Mapping[str, Any], above: str) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{above}{name}.")
        elif value is not None:
            found[f"{above}{name}"] = value if isinstance(value, int | float | str) else str(value)
    return found
