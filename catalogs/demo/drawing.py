"""Drawing the demo catalog into a storage: what is missing, and nothing over files that are not ours."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin, UnidentifiedImageError

from catalogs.demo.wardrobe import GARMENTS, LICENCE, PAIRS, SOURCE, TEXTILES
from catalogs.errors import CatalogError, NotFound
from catalogs.storage import Storage

# Raised whenever a picture comes out differently; older pictures are then drawn again.
DRAWING = 1
CONTENT_KEY, STYLE_KEY, PAIRS_KEY = "content/catalog.csv", "style/catalog.csv", "pairs/demo.csv"
SMALLEST_PX, LARGEST_PX = 128, 2048
TEXTILE_PX = 512  # below this the weave would be lost
_TAG = "toile:demo"


class DemoRefused(CatalogError):
    """The storage holds something under a demo name that the demo did not draw."""

    code: str = "demo_refused"


@dataclass(frozen=True)
class DemoSummary:
    """What the demo catalog is and what was done for it.

    Attributes:
        garments: rows of the content catalog.
        textiles: rows of the style catalog.
        drawn: keys written by this call, in the order of writing.
        kept: keys that were there already.
        pairs: key of the CSV file with the first pairs to paint.
    """

    garments: int
    textiles: int
    drawn: tuple[str, ...]
    kept: tuple[str, ...]
    pairs: str


def draw_demo(
    storage: Storage,
    *,
    seed: int = 0,
    long_side_px: int = 640,
    on_drawn: Callable[[str], None] | None = None,
) -> DemoSummary:
    """Draw garments with masks, textiles, and their catalogs.

    Writes ``content/<id>.png``, ``content/masks/<id>.png``, ``style/<id>.png``, then both
    ``catalog.csv`` and ``pairs/demo.csv``. The same seed and size give the same bytes on one machine. Safe
    to run again: a picture that is there as it would be drawn is not drawn again, one drawn with another
    seed or size is replaced, a catalog that lists the demo's rows beside others is left alone.

    Args:
        storage: where to.
        seed: another seed lays the folds and scatters the motifs differently.
        long_side_px: of the garments, 128 to 2048; textiles are square, at least 512 px.
        on_drawn: called with the key of each picture as it is written.

    Raises:
        DemoRefused: a file under one of these names is not the demo's; nothing was written.
        ValueError: a size outside the range.
    """
    if not SMALLEST_PX <= long_side_px <= LARGEST_PX:
        raise ValueError(f"long_side_px is {SMALLEST_PX} to {LARGEST_PX}, got {long_side_px}")
    tables = _tables()
    there = _surveyed(storage, tables)
    drawn: list[str] = []

    def write(key: str, data: bytes, content_type: str) -> None:
        storage.write_atomic(key, data, content_type=content_type)
        drawn.append(key)
        if on_drawn is not None:
            on_drawn(key)

    for garment in GARMENTS:
        keys = (f"content/{garment.content_id}.png", f"content/masks/{garment.content_id}.png")
        if any(there.get(key) != _stamp(seed, long_side_px) for key in keys):
            taken = garment.photograph(random_of(seed, garment.content_id), long_side_px)
            for key, pixels in zip(keys, (taken.rgb, taken.mask), strict=True):
                write(key, _png(pixels, _stamp(seed, long_side_px), garment.title), "image/png")
    side = max(TEXTILE_PX, long_side_px)
    for textile in TEXTILES:
        key = f"style/{textile.style_id}.png"
        if there.get(key) != _stamp(seed, side):
            pixels = textile.make(random_of(seed, textile.style_id), side)
            write(key, _png(pixels, _stamp(seed, side), textile.title), "image/png")
    # The catalogs last: whoever finds one finds all its pictures.
    for key, rows in tables.items():
        if there.get(key) != "kept":
            write(key, _csv(rows), "text/csv; charset=utf-8")
    kept = tuple(sorted({*_picture_keys(), *tables} - set(drawn)))
    return DemoSummary(len(GARMENTS), len(TEXTILES), tuple(drawn), kept, PAIRS_KEY)


def _tables() -> dict[str, Sequence[Mapping[str, str]]]:
    pairs = [
        {"content_id": garment, "style_id": textile} for garment, textiles in PAIRS for textile in textiles
    ]
    return {
        CONTENT_KEY: [garment.row() for garment in GARMENTS],
        STYLE_KEY: [textile.row() for textile in TEXTILES],
        PAIRS_KEY: pairs,
    }


def _picture_keys() -> list[str]:
    keys = [f"content/{part}{garment.content_id}.png" for garment in GARMENTS for part in ("", "masks/")]
    return keys + [f"style/{textile.style_id}.png" for textile in TEXTILES]


def _surveyed(storage: Storage, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, str]:
    # What is there already, before any write: pictures with their stamp, finished tables as "kept".
    found: dict[str, str] = {}
    for key in _picture_keys():
        if (data := _read(storage, key)) is not None:
            stamp = _stamp_of(data)
            if stamp is None:
                raise DemoRefused(
                    f"{key} under {storage.root} is there and was not drawn by the demo; draw the demo "
                    f"into an empty root, or move that file",
                    key=key,
                )
            found[key] = stamp
    for key, rows in tables.items():
        for other in (key, key.replace(".csv", ".parquet")):
            if (data := _read(storage, other)) is not None:
                found[key] = _table_found(storage, other, data, rows)
    return found


def _table_found(storage: Storage, key: str, data: bytes, rows: Sequence[Mapping[str, str]]) -> str:
    try:
        listed = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        listed = []
    kept = [{name: row.get(name) for name in rows[0]} for row in listed]
    if all(dict(row) in kept for row in rows):
        return "kept"
    ids = {next(iter(row.values())) for row in rows}
    if listed and all(
        row.get("source", SOURCE) == SOURCE and row.get(next(iter(rows[0]))) in ids for row in listed
    ):
        return "older"
    raise DemoRefused(
        f"{key} under {storage.root} lists other pictures than the demo's; draw the demo into an empty root, "
        f"or move that file",
        key=key,
    )


def _read(storage: Storage, key: str) -> bytes | None:
    try:
        return storage.read(key)
    except NotFound:
        return None


def random_of(seed: int, name: str) -> np.random.Generator:
    """Return the chance by which a garment or textile is drawn, its own: one more changes no other."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _stamp(seed: int, side_px: int) -> str:
    return f"drawing {DRAWING}, seed {seed}, {side_px} px"


def _png(pixels: NDArray[np.uint8], stamp: str, title: str) -> bytes:
    text = PngImagePlugin.PngInfo()
    for name, value in _texts(title).items():
        text.add_text(name, value)
    text.add_itxt(_TAG, json.dumps({"stamp": stamp, "pixels": _digest(pixels)}))
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=6, pnginfo=text)
    return out.getvalue()


def _texts(title: str) -> dict[str, str]:
    return {"Title": title, "Author": SOURCE, "Copyright": LICENCE}


def _stamp_of(data: bytes) -> str | None:
    # The stamp counts only with the pixels that it was given for: a retouched picture is somebody's work.
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            image.load()
            tag: Any = json.loads(image.info.get(_TAG, "null"))
            pixels = np.asarray(image)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    if not isinstance(tag, dict) or tag.get("pixels") != _digest(pixels):
        return None
    return str(tag.get("stamp"))


def _digest(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


def _csv(rows: Iterable[Mapping[str, str]]) -> bytes:
    listed = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(listed[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode()
