"""What all trainings of one command share: the bucket, its pictures, a device, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import torch

from catalogs.storage import Storage
from flows.equipment import equipment
from flows.patience import Patience
from flows.shards.shard import PaintingEngine
from flows.stopping import StopFlag
from flows.training.asked import Asked, Piece
from flows.training.comparing import MOST_GARMENTS, Style
from flows.training.pictures import Allowed, at_scale, read_style
from flows.training.watching import Listener
from nst_core.backbones import Backbone, load_backbone
from nst_core.design import RgbFloat
from nst_core.errors import ImageRefused, TrainingImpossible
from nst_core.networks import field_means, pixels_sha256


@dataclass(frozen=True, eq=False)
class Textiles:
    """The style images of a training: at their scale, what tells them apart, and some as files."""

    seen: Sequence[RgbFloat]
    pixels: Sequence[str]
    means: Sequence[tuple[float, ...]]
    files: Sequence[Style]


@dataclass(frozen=True, eq=False)
class Workshop:
    """What all trainings of one command share.

    Attributes:
        asked: what is wanted.
        storage: the bucket.
        contents, styles: its catalogs' rows that may be learnt from.
        device: what trains, as torch calls it.
        engine: paints what is compared.
        listener: is told.
        stop: ends the work.
        patience: with the storage.
    """

    asked: Asked
    storage: Storage
    contents: Allowed
    styles: Allowed
    device: str
    engine: PaintingEngine
    listener: Listener
    stop: StopFlag
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        patience = Patience(equipment().pace.patience_s, stop=self.stop)
        object.__setattr__(self, "patience", patience)


@lru_cache(maxsize=2)
def backbone_on(name: str, device: torch.device) -> Backbone:
    """Return what losses look through, loaded once a process.

    Raises:
        WeightsMissing, WeightsCorrupt: its weights are not on this machine.
    """
    return load_backbone(name, device=device, precision="auto")


def licences_of(piece: Piece, shop: Workshop) -> list[str]:
    """Return the licences of all photos and of a training's textiles, each once."""
    textiles = {str(shop.styles.row(style_id)["licence"]) for style_id in piece.style_ids}
    return sorted({*shop.contents.licences, *textiles} - {""})


def textiles_of(piece: Piece, shop: Workshop) -> Textiles:
    """Read the style images of a training one by one; of many those that are broken are left out.

    Raises:
        ImageRefused: a textile that was asked for by its name is broken.
        TrainingImpossible: ``no_style``, there is none.
    """
    seen: list[RgbFloat] = []
    pixels: list[str] = []
    means: list[tuple[float, ...]] = []
    files: list[Style] = []
    for style_id in piece.style_ids:
        row = shop.styles.row(style_id)
        try:
            data, picture = read_style(shop.storage, row, shop.patience)
        except ImageRefused as error:
            if style_id in shop.asked.styles:
                raise
            shop.listener.say(f"the textile {style_id!r} is left out: {error}")
            continue
        seen += at_scale([picture], piece.recipe, piece.part.train)
        pixels.append(pixels_sha256(picture.rgb))
        means.append(field_means(picture.rgb))
        if len(files) < MOST_GARMENTS:
            files.append(Style(style_id, str(row["image_key"]), data))
    if not seen:
        raise TrainingImpossible(
            f"there is no textile to train {piece.named} with; add some to the style catalog", code="no_style"
        )
    return Textiles(seen, pixels, means, files)
