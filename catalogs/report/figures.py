"""Designs on the page: three pictures side by side and a caption, within a budget of bytes."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from PIL import Image

from catalogs.report.cells import short_id
from catalogs.report.colorways import ByColorway, Colorway
from catalogs.report.naming import named
from catalogs.report.pictures import Pictures
from catalogs.report.shown import Shown, captioned, cell_of
from catalogs.report.words import escaped, figure
from catalogs.report.words import rank as rank_text
from catalogs.report.yardage import is_yardage

Row = Mapping[str, Any]

DESIGN_PX, SIDE_PX, COLORWAY_PX = 320, 168, 150
OWN_COLOURS = "own colours"
QUALITY = 84
UP = "../../"  # from reports/<batch_id>/ to the root


class Album:
    """Turns pictures into HTML as long as the budget lasts; each picture is encoded once for each size.

    Args:
        pictures: by key.
        max_bytes: of all pictures in the page; after that they are named and linked, not shown.
    """

    def __init__(self, pictures: Pictures, *, max_bytes: int) -> None:
        self._pictures = pictures
        self._left = max_bytes
        self._encoded: dict[tuple[str, int], str] = {}

    def image(self, key: str | None, alt: str, *, side_px: int) -> str:
        """Return an ``<img>`` with the picture inside, or words where there is none."""
        picture = self._pictures.get(key) if key else None
        if picture is None or key is None:
            return f'<span class="gone">{escaped(alt)}: no picture</span>'
        address = self._encoded.get((key, side_px)) or _data_uri(picture, side_px)
        if len(address) > self._left:
            return f'<span class="gone">{escaped(alt)}</span>'
        self._encoded[key, side_px] = address
        self._left -= len(address)
        width, height = _fitted(picture, side_px)
        return (
            f'<img src="{address}" width="{width}" height="{height}" alt="{escaped(alt)}" loading="lazy" '
            f'decoding="async">'
        )


def designs(rows: Sequence[Row], ranks: Sequence[float], album: Album) -> str:
    """Return the figures of these rows, each with its rank score."""
    shown = (_design(row, rank, album) for row, rank in zip(rows, ranks, strict=True))
    return f'<div class="designs">{"".join(shown)}</div>'


def in_colorways(shown: ByColorway, album: Album) -> str:
    """Return a table of designs by colorway: the palettes above, a line of pictures for each design."""
    heads = "".join(f"<th>{_palette(one)}</th>" for one in shown.columns)
    lines = "".join(_colorways_of(rows, album) for rows in shown.rows)
    table = f'<table class="colorways"><thead><tr>{heads}</tr></thead>{lines}</table>'
    return f'<div class="scroll">{table}</div>'


def link_to(key: str | None, text: str) -> str:
    """Return ``text`` (HTML) as a link to an object of the same root, which works from disk."""
    return f'<a href="{UP}{quote(key)}">{text}</a>' if key else text


def _design(row: Row, rank: float, album: Album) -> str:
    cell, names = cell_of(row), named(row)
    picture = album.image(cell.design.key, cell.design.alt, side_px=DESIGN_PX)
    scores = "".join(
        f"<span>{name.replace('_', ' ')} <b>{figure(row[name])}</b></span>" for name in captioned(row)
    )
    flags = "".join(f'<span class="flag">{escaped(flag)}</span>' for flag in row.get("flags") or ())
    recipe = f"{escaped(row.get('recipe'))}, {row.get('size_px')} px, seed {row.get('seed')}"
    if stage := escaped(row.get("stage")):
        recipe += f", {stage}" + (f" after {short_id(row['follows'])}" if row.get("follows") else "")
    title = " × ".join(f"<bdi>{escaped(part)}</bdi>" for part in names.parts)
    made = f"<span>{escaped(names.made)}</span>" if names.made else ""
    # A colorway is its design once more, and has no rank of its own.
    ranked = "" if math.isnan(rank) else f"<span>rank <b>{rank_text(rank)}</b></span>"
    return (
        '<figure><div class="three">'
        f"{_source(cell.upper, album, is_cloth=is_yardage(row))}{_source(cell.lower, album, is_cloth=True)}"
        f"<div>{link_to(row.get('image_key'), picture)}</div></div>"
        f'<figcaption><span class="pair">{title}</span>'
        f'<span class="scores">{made}{ranked}{scores}{flags}</span>'
        f"<small>{recipe} · <code>{escaped(row.get('design_id'))[:12]}</code></small></figcaption></figure>"
    )


def _palette(colorway: Colorway) -> str:
    name = escaped(colorway.name, at_most=40) or OWN_COLOURS
    swatches = "".join(f'<i style="background:{colour}"></i>' for colour in colorway.colours)
    return f'<bdi>{name}</bdi><span class="palette">{swatches}</span>'


def _colorways_of(rows: Sequence[Row | None], album: Album) -> str:
    first = next(row for row in rows if row is not None)
    said = f"{escaped(first.get('recipe'))}, {first.get('size_px')} px, seed {first.get('seed')}"
    title = f"<bdi>{escaped(named(first).without_colorway)}</bdi> <small>{said}</small>"
    cells = "".join(f"<td>{_in_colorway(row, album)}</td>" for row in rows)
    return f'<tbody><tr><th class="pair" colspan="{len(rows)}">{title}</th></tr><tr>{cells}</tr></tbody>'


def _in_colorway(row: Row | None, album: Album) -> str:
    if row is None:
        return '<span class="gone">not finished</span>'
    design = cell_of(row).design
    picture = album.image(design.key, design.alt, side_px=COLORWAY_PX)
    kept = row.get("structure")
    told = "" if kept is None else f"<small>structure {figure(kept)}</small>"
    return f"{link_to(row.get('image_key'), picture)}{told}"


def _source(one: Shown | None, album: Album, *, is_cloth: bool) -> str:
    if one is None:
        return '<div class="none"></div>'
    picture = album.image(one.key, one.alt, side_px=SIDE_PX)
    return f'<div class="cloth">{picture}</div>' if is_cloth else f"<div>{picture}</div>"


def _fitted(picture: Image.Image, side_px: int) -> tuple[int, int]:
    share = min(1.0, side_px / max(picture.size))
    return max(1, round(picture.width * share)), max(1, round(picture.height * share))


def _data_uri(picture: Image.Image, side_px: int) -> str:
    small = picture.resize(_fitted(picture, side_px), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")
