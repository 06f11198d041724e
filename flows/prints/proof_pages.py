"""Proof sheets of a whole batch: the repeat of every tile, a few to a page, one page in memory at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow.compute as pc

from catalogs.errors import NotFound
from catalogs.manifest import OK
from catalogs.publication import read_manifest
from catalogs.report.colorways import in_their_own_colours
from catalogs.report.labelled import labelled_grid
from catalogs.report.yardage import are_yardage
from catalogs.storage import Storage
from flows.prints.proof import MOST_PX, yardage_of

# The four repeats of a cloth beside and below each other, and still as many px as a tile has.
ACROSS = DOWN = 2
_COLUMNS = (
    *("design_id", "status", "recipe", "content_id", "content_title", "style_id", "style_title"),
    *("further_styles", "maker", "repeat", "colorway", "seed", "size_px", "width_px", "height_px"),
    *("repeat_width_mm", "seam", "banding", "flags"),
)


@dataclass(frozen=True)
class ProofPage:
    """Some tiles of one size; a page of other designs has another name.

    Attributes:
        number: from 1, for the order in a folder.
        rows: of the manifest.
        tiles: how many of each are shown, across and down.
        across: how many repeats stand beside each other.
    """

    number: int
    rows: tuple[dict[str, Any], ...]
    tiles: tuple[int, int]
    across: int

    @property
    def name(self) -> str:
        """Return ``3x3-001-<8 hex of its designs' ids>.png``."""
        ids = "\n".join(row["design_id"] for row in self.rows)
        which = f"{self.number:03d}-{hashlib.sha256(ids.encode()).hexdigest()[:8]}"
        return f"{self.tiles[0]}x{self.tiles[1]}-{which}.png"


def proof_pages(storage: Storage, batch_id: str, *, tiles: tuple[int, int]) -> list[ProofPage]:
    """Return the pages of a batch's yardage in its own colours, cloth by cloth, a cloth's repeats together.

    Args:
        storage: where its manifest is.
        batch_id: the batch.
        tiles: how many of each tile are shown, across and down.

    Raises:
        NotFound: the batch is not finished, or painted no yardage.
        ManifestRefused: the manifest cannot be read.
    """
    table = read_manifest(storage, batch_id, columns=_COLUMNS, published=False)
    finished = in_their_own_colours(table.filter(pc.equal(table.column("status"), OK)))
    rows = finished.filter(are_yardage(finished)).to_pylist()
    if not rows:
        raise NotFound(
            f"{batch_id} painted no yardage: only tiles have a repeat; run a batch such as yardage, or one "
            f"with a yardage recipe, as toss",
            key=batch_id,
        )
    of_one_size = groupby(sorted(rows, key=_by_cloth), key=_size)
    parts = [part for _, group in of_one_size for part in _paged(list(group), tiles)]
    return [ProofPage(at, rows, tiles, across) for at, (rows, across) in enumerate(parts, 1)]


def draw_pages(
    pages: list[ProofPage],
    storage: Storage,
    *,
    is_there: Callable[[str], bool],
    write: Callable[[str, bytes], None],
) -> Iterator[ProofPage]:
    """Draw and write the pages that are not there yet, one after the other; yield each that was drawn.

    Args:
        pages: of :func:`proof_pages`.
        storage: where the tiles are.
        is_there: whether a page of this name was written before.
        write: writes one, whole or not at all.

    Raises:
        NotFound: a tile's image is gone; the pages before it stay.
        ConfigError: a sheet would be larger than a screen can show.
    """
    for page in pages:
        if not is_there(page.name):
            write(page.name, _drawn(page, storage))
            yield page


def _drawn(page: ProofPage, storage: Storage) -> bytes:
    columns, rows = page.tiles
    repeats = [yardage_of(storage, row).repeated(rows, columns) for row in page.rows]
    return labelled_grid([repeats[at : at + page.across] for at in range(0, len(repeats), page.across)])


def _paged(
    rows: list[dict[str, Any]], tiles: tuple[int, int]
) -> Iterator[tuple[tuple[dict[str, Any], ...], int]]:
    """Yield tiles of one size, as many to a page as a screen can show, and how many are beside each other."""
    across, down = (
        max(1, min(most, MOST_PX // max(1, count * side_px)))
        for most, count, side_px in zip((ACROSS, DOWN), tiles, _size(rows[0]), strict=True)
    )
    each = across * down
    for at in range(0, len(rows), each):
        yield tuple(rows[at : at + each]), across


def _size(row: dict[str, Any]) -> tuple[int, int]:
    return row["width_px"], row["height_px"]


def _by_cloth(row: dict[str, Any]) -> tuple[Any, ...]:
    # Recipes that differ in their repeat alone have names that begin alike.
    return _size(row), row["maker"], row["style_title"] or row["style_id"], row["seed"], row["recipe"]
