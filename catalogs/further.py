"""What else than a garment and a textile goes into a design: the colours of a palette."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from catalogs.identity import palette_ingredient


@dataclass(frozen=True)
class Further:
    """What some designs of a batch have besides garment and textile.

    ``palette`` is the position, among all usable rows of the style catalog, of the image that lends its
    colours; None: the textile keeps its own.
    """

    palette: int | None = None


@dataclass(frozen=True)
class FurtherColumns:
    """The plan's columns of each ``Further``, "" where it has nothing, and its lines in the hash."""

    texts: dict[str, list[str]]
    ingredients: list[bytes]


def further_columns(further: tuple[Further, ...], styles: pd.DataFrame) -> FurtherColumns:
    """Return what the plan and the design ids say of each ``Further``.

    Args:
        further: of a batch, each once.
        styles: all usable rows of the style catalog.
    """
    named = {"palette_id": "style_id", "palette_key": "image_key", "palette_sha256": "image_sha256"}
    texts = {
        name: ["" if one.palette is None else str(styles[column].iloc[one.palette]) for one in further]
        for name, column in named.items()
    }
    return FurtherColumns(texts, [palette_ingredient(sha256) for sha256 in texts["palette_sha256"]])
