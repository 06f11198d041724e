"""A season's palettes in one file: a table with a name and its colours on each row, or groups of an ASE."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from nst_core.errors import PaletteRefused
from nst_core.palettes.ase import MAGIC, read_groups
from nst_core.palettes.palette import Ink, Palette, one_line, palette_of, refused, rgb_of_hex
from nst_core.palettes.reading import text_of


def read_season(data: bytes, *, name: str) -> tuple[Palette, ...]:
    """Return the palettes of a CSV with the columns ``name`` and ``colours``, or of an ASE's groups.

    Colours of a table are hex, apart by spaces, semicolons or bars; what else stands before one, up to the
    separator, is no part of it and is refused. An ASE's colours that are in no group are a palette that is
    called as the file.

    Args:
        data: the file.
        name: what to call it in a refusal.

    Raises:
        PaletteRefused: no such columns, a name that is missing or comes twice, or a row or group that is no
            palette.
    """
    if data.startswith(MAGIC):
        return _grouped(data, name)
    rows = csv.DictReader(io.StringIO(text_of(data, name), newline=""))
    rows.fieldnames = [column.strip().lower() for column in rows.fieldnames or ()]
    if not {"name", "colours"} <= set(rows.fieldnames):
        remedy = "its first line must hold the columns name,colours"
        raise refused(name, "palette_unknown", "it is no table of palettes", remedy)
    found: dict[str, Palette] = {}
    for row in _rows(rows, name):
        title, said = one_line(row["name"] or ""), row["colours"] or ""
        where = f"{name}, line {rows.line_num}"
        if not title or title in found:
            raise _unnamed(title, where)
        words = [word for word in re.split(r"[\s;|,]+", said) if word]
        colours = [rgb_of_hex(word) for word in words]
        wrong = [word for word, colour in zip(words, colours, strict=True) if colour is None]
        if wrong:
            what = f"{wrong[0][:40]!r} is no colour"
            raise refused(where, "palette_corrupt", what, "write colours such as #1a2b3c")
        found[title] = palette_of((Ink(rgb) for rgb in colours if rgb), name=where, title=title)
    if not found:
        raise refused(name, "palette_empty", "it has no palettes", "write a row for each: name,colours")
    return tuple(found.values())


def _grouped(data: bytes, name: str) -> tuple[Palette, ...]:
    """Return each group of an ASE as a palette."""
    whole: dict[str, list[Ink]] = {}
    for said, inks in read_groups(data, name=name):
        title = one_line(said) or one_line(PurePosixPath(name).stem)
        if said and title in whole:
            raise _unnamed(title, name)
        whole.setdefault(title, []).extend(inks)
    if not whole:
        raise refused(name, "palette_empty", "it has no colours", "save each palette as a group")
    return tuple(
        palette_of(inks, name=f"{name}, group {title!r}", title=title) for title, inks in whole.items()
    )


def _unnamed(title: str, where: str) -> PaletteRefused:
    what = f"the palette {title!r} comes twice" if title else "a palette has no name"
    return refused(where, "palette_corrupt", what, "give each a name of its own")


def _rows(rows: csv.DictReader[str], name: str) -> Iterator[dict[str, str | None]]:
    try:
        yield from rows
    except csv.Error as error:
        raise refused(name, "palette_corrupt", f"line {rows.line_num} ({error})", "save it again") from error


def write_season(palettes: Iterable[Palette]) -> bytes:
    """Return the table that :func:`read_season` reads; inks keep their colours, not their names."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("name", "colours"))
    table.writerows((palette.name, " ".join(ink.hex for ink in palette.inks)) for palette in palettes)
    return out.getvalue().encode()
