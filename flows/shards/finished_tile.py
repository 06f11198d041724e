"""A finished tile of new cloth as one file: its picture, and all that its making told about it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from nst_core.codec import decode, encode_png, read_png_text
from nst_core.design import Painted
from nst_core.scoring import Scores
from nst_core.scoring.tile import TileScores

KEYWORD = "toile:tile"
# What a tile is painted as is a matter of the design, not of the tile.
_NOT_TOLD = frozenset({"design_id", "image", "scores", "tile_scores"})
_TOLD = tuple(one.name for one in fields(Painted) if one.name not in _NOT_TOLD)


@dataclass(frozen=True)
class FinishedTile:
    """A tile as it was painted, and by what: device and precision, as a person would name them.

    Scores look at the layout that a tile was refined from, and a print's ΔE at the picture before its inks:
    both are gone when the tile is finished.
    """

    painted: Painted
    device: str
    precision: str


class TileUnreadable(Exception):
    """A file that is no finished tile of this version; it is made again."""


def tile_to_png(tile: FinishedTile) -> bytes:
    """Return a tile as a PNG that ``tile_from_png`` gives back unchanged."""
    painted = tile.painted
    told = {name: getattr(painted, name) for name in _TOLD}
    told["scores"] = asdict(painted.scores)
    told["tile_scores"] = None if painted.tile_scores is None else asdict(painted.tile_scores)
    told |= {"device": tile.device, "precision": tile.precision}
    return encode_png(painted.image, text={KEYWORD: json.dumps(told)})


def tile_from_png(data: bytes, *, name: str) -> FinishedTile:
    """Return the tile in a PNG; ``design_id`` is empty, ``name`` names the file in errors.

    Raises:
        ImageRefused: no whole PNG.
        TileUnreadable: no finished tile.
    """
    image, text = decode(data, name=name).rgb, read_png_text(data).get(KEYWORD)
    if text is None:
        raise TileUnreadable(f"{name} says nothing of how its tile was made")
    try:
        told = json.loads(text)
        scores, tile_scores = told.pop("scores"), told.pop("tile_scores")
        device, precision = told.pop("device"), told.pop("precision")
        painted = Painted(
            design_id="",
            image=image,
            scores=Scores(**_with_tuples(scores)),
            tile_scores=None if tile_scores is None else TileScores(**_with_tuples(tile_scores)),
            **_with_tuples(told),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TileUnreadable(f"{name} was written by another version: {error}") from error
    return FinishedTile(painted, device, precision)


def _with_tuples(told: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
