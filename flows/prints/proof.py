"""Proof sheets of yardage: the tile and its repeat as they come from the roll, and on a garment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np
from PIL import Image

from catalogs.errors import NotFound
from catalogs.layout import design_key
from catalogs.report.labelled import labelled_grid
from catalogs.report.naming import named
from catalogs.storage import Storage
from configs.cloth import Repeat
from configs.errors import ConfigError
from configs.loading import load_recipe
from nst_core.codec import decode
from nst_core.lattice import cover

if TYPE_CHECKING:
    from nst_core.design import RgbImage
    from nst_core.engine import Engine

# A sheet is looked at on a screen: no side longer.
MOST_PX = 8192
# Large enough to see the cloth on a garment, whatever the tile is.
MOCK_UP_PX = 768
DRESSING = "toile"


@dataclass(frozen=True, eq=False)
class Yardage:
    """A finished tile with what its row says of it."""

    row: dict[str, Any]
    tile: RgbImage
    repeat: Repeat

    def sheet(
        self, rows: int, columns: int, mock_up: tuple[str, RgbImage] | None = None, *, xmp: str = ""
    ) -> bytes:
        """Return a PNG: the cloth of so many tiles down and across, beside it a garment with its title.

        ``xmp``: what the design says of itself, "" for nothing.

        Raises:
            ConfigError: the sheet would be larger than a screen can show.
        """
        pictures = [self.repeated(rows, columns)]
        if mock_up is not None:
            pictures.append((mock_up[0], Image.fromarray(mock_up[1])))
        return labelled_grid([pictures], xmp=xmp)

    def repeated(self, rows: int, columns: int) -> tuple[str, Image.Image]:
        """Return the cloth of so many tiles down and across, with its caption before it.

        Raises:
            ConfigError: it would be larger than a screen can show.
        """
        height, width = rows * self.tile.shape[0], columns * self.tile.shape[1]
        if max(height, width) > MOST_PX:
            raise ConfigError(
                f"--tiles: {columns}x{rows} tiles of {self.tile.shape[1]} x {self.tile.shape[0]} px are "
                f"{width} x {height} px, and a sheet has at most {MOST_PX} a side; ask for fewer"
            )
        cloth = cover(cast(Any, self.tile), self.repeat, height_px=height, width_px=width)
        return self.caption(rows, columns), Image.fromarray(np.asarray(cloth, np.uint8))

    def caption(self, rows: int, columns: int) -> str:
        """Return what the cloth of a sheet is, in one line."""
        told = [named(self.row).title, f"{columns} x {rows} tiles"]
        if (width_mm := self.row.get("repeat_width_mm")) is not None:
            height, width = self.tile.shape[:2]
            size = f"{width_mm:g}" if height == width else f"{width_mm:g} x {width_mm * height / width:g}"
            told.append(f"{size} mm a tile")
        if (seam := self.row.get("seam")) is not None:
            told.append(f"seam {seam:.2f}")
        flags = self.row.get("flags") or ()
        return ", ".join(told) + (f" ({', '.join(flags)})" if flags else "")


def yardage_of(storage: Storage, row: dict[str, Any]) -> Yardage:
    """Return the tile of a painted design.

    Raises:
        NotFound: it was not painted, or is no yardage; the message says what to do.
        ImageRefused: its image can no longer be read.
    """
    key = design_key(row["design_id"])
    if row["status"] != "ok":
        raise NotFound(
            f"design {row['design_id']} was not painted ({row['status']}): it has no repeat", key=key
        )
    repeat = row.get("repeat")
    if repeat not in get_args(Repeat) or row.get("content_id"):
        raise NotFound(
            f"design {row['design_id']} is a garment ({row['recipe']}), whose cloth is no file of its own; "
            f"make its tile with a yardage recipe, as toss",
            key=key,
        )
    return Yardage(row, decode(storage.read(key), name=key).rgb, cast(Repeat, repeat))


def mock_up(yardage: Yardage, content: dict[str, Any], storage: Storage, engine: Engine) -> RgbImage:
    """Return a garment in a tile, in its own light, 768 px high or wide.

    Args:
        yardage: what it wears; at its true size where both widths in mm are known.
        content: the garment's row of the content catalog.
        storage: where its files are.
        engine: lays and relights.
    """
    from nst_core.design import DesignJob

    def optional(what: str) -> bytes | None:
        return storage.read(content[f"{what}_key"]) if content[f"{what}_key"] else None

    tile_mm, garment_mm = yardage.row.get("repeat_width_mm"), float(content["width_mm"])
    known = tile_mm is not None and garment_mm == garment_mm
    job = DesignJob(
        design_id=yardage.row["design_id"],
        content=storage.read(content["image_key"]),
        content_name=content["image_key"],
        style=b"",
        style_name="",
        size_px=MOCK_UP_PX,
        seed=yardage.row["seed"],
        mask=optional("mask"),
        mask_name=content["mask_key"] or None,
        protect=optional("protect"),
        protect_name=content["protect_key"] or None,
        repeat_share=tile_mm / garment_mm if known and tile_mm is not None else None,
    )
    return engine.mock_up(yardage.tile, yardage.repeat, job, load_recipe(DRESSING))
