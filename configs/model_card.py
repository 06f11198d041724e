"""A model card: what a file of a trained network's weights is, how it came to be and how good it is."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from configs.errors import ConfigError
from configs.fields import Figures, FrozenDict, Line, Name, Number, Part, Whole
from configs.network import NetworkKind

CARD_VERSION = 1
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# A network of 4.0 channels cannot be built: whole numbers stay whole.
Architecture = Annotated[dict[str, Whole | Number | str], AfterValidator(FrozenDict)]
Scores = Annotated[dict[str, Number | None], AfterValidator(FrozenDict)]


class TrainedOn(Part):
    """The pictures that a network was trained on."""

    what: Line = Field(description="Where they come from, in words.")
    photos: Whole = Field(ge=0, description="How many, those held out not among them.")
    held_out: Whole = Field(ge=0, description="How many were kept for the scores.")
    broken: Whole = Field(0, ge=0, description="How many could not be read and were left out.")
    licence: Line = Field("", description="Of the pictures.")
    sha256: Sha256 = Field(description="Over the sha256 of each picture, in the order of their names.")


class Training(Part):
    """How a training went."""

    command: Line
    date: Line = Field(description="Of its end, UTC, ISO 8601.")
    device: Line
    torch: Line
    steps: Whole = Field(ge=0)
    minutes: Number = Field(ge=0)
    ended: Literal["steps", "patience", "minutes"] = Field(description="What ended it.")
    rolled_back: Whole = Field(0, ge=0, description="How often it left the real numbers and went back.")
    loss_first: Number
    loss_last: Number
    held_out_loss: Number
    settings: Figures = Field(description="The train: block, flat.")


class Compared(Part):
    """Medians over held-out garments: the network's designs, and those of an optimising recipe."""

    against: Name
    garments: Whole = Field(ge=1)
    size_px: Whole = Field(ge=1)
    ours: Scores
    theirs: Scores


class ModelCard(Part):
    """``card.json``: without it no weights are loaded."""

    version: Literal[1] = 1
    kind: NetworkKind
    model: Name
    style_id: str = Field("", max_length=128, description="Whose style; empty: the file that all share.")
    style_pixels_sha256: Sha256 | None = Field(
        None, description="Over the style image's size and pixels, which it was trained for."
    )
    style_means: tuple[Number, ...] = Field(
        (),
        max_length=192,
        description="Of the style image's 8 x 8 fields, three colours each, 0 to 255: the same picture drawn "
        "by another processor or read by another decoder has other pixels and the same means.",
    )
    weights_sha256: Sha256 = Field(description="Of the bytes of weights.safetensors.")
    shared_sha256: Sha256 | None = Field(
        None, description="Of the shared file that a style's own was trained beside; it works with no other."
    )
    architecture: Architecture = Field(description="What the network is built with.")
    weights: Whole = Field(ge=1, description="How many numbers.")
    bytes: Whole = Field(ge=1)
    licence: Line = Field("", description="Of these weights.")
    trained_on: TrainedOn
    training: Training
    compared: Compared | None = None
    falls_short: tuple[Line, ...] = Field((), description="What it does worse than asked, each a sentence.")

    @property
    def named(self) -> str:
        """What to call it in a sentence."""
        return f"{self.model} of {self.style_id!r}" if self.style_id else self.model


def read_card(data: bytes, *, name: str) -> ModelCard:
    """Return a card from its file's bytes.

    Raises:
        ConfigError: it is no card, or one of another version.
    """
    try:
        values = json.loads(data)
    except ValueError as error:
        raise ConfigError(f"{name} is no JSON ({error}); train the network again") from None
    version = values.get("version") if isinstance(values, dict) else None
    if version != CARD_VERSION:
        raise ConfigError(
            f"{name}: a model card of version {version}, this Toile reads {CARD_VERSION}; train the network "
            f"again with `toile train`"
        )
    try:
        return ModelCard.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{name}: {where}: {first['msg']}; train the network again") from None


def card_text(card: ModelCard) -> bytes:
    """Return a card as its file's bytes."""
    return (card.model_dump_json(indent=2) + "\n").encode()
