"""Palettes as text: GIMP's, CSV with a header, and lists with a colour and a name on each line.

A colour in a list is ``#rrggbb`` or, as CSS writes it, ``lab(L a b)`` (D50). Three bare numbers are refused:
they may be RGB or Lab. Lines that are empty or begin with ``#`` and a space, ``//`` or ``;`` are left out.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator

from nst_core.palettes.palette import Ink, Palette, refused, rgb_of_hex
from nst_core.palettes.print_lab import Rgb, rgb_of_print_lab

GPL_MAGIC = "GIMP Palette"

_NUMBER = r"[-+]?\d+(?:\.\d*)?"
_LAB = re.compile(rf"lab\(\s*({_NUMBER})%?[\s,]+({_NUMBER})[\s,]+({_NUMBER})\s*\)", re.IGNORECASE)
_GPL_COLOUR = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*))?")


def read_gpl(text: str, *, name: str) -> tuple[str, list[Ink]]:
    """Return the title and the colours of a GIMP palette.

    Raises:
        PaletteRefused: ``palette_corrupt``: a line that is no colour.
    """
    title, inks = "", []
    for number, line in _lines(text):
        if number == 1 or line.startswith("#"):
            continue
        if line.lower().startswith(("name:", "columns:")):
            title = line.partition(":")[2].strip() if line[:4].lower() == "name" else title
            continue
        found = _GPL_COLOUR.fullmatch(line)
        values = tuple(int(part) for part in found.group(1, 2, 3)) if found else ()
        if found is None or max(values) > 255:
            raise _no_colour(name, number, line, "three numbers of 0 to 255 and a name")
        red, green, blue = values
        inks.append(Ink((red, green, blue), found[4] or ""))
    return title, inks


def write_gpl(palette: Palette) -> str:
    """Return the palette as GIMP and Inkscape read it."""
    rows = ["{:3d} {:3d} {:3d}".format(*ink.rgb) + f"\t{ink.name}" for ink in palette.inks]
    return "\n".join([GPL_MAGIC, f"Name: {palette.name}", "Columns: 0", "#", *rows, ""])


def has_header(text: str) -> bool:
    """Tell whether a text begins as a CSV of colours: with ``hex``, or with ``l``, ``a`` and ``b``."""
    return _column_names(text) & {"hex"} == {"hex"} or _column_names(text) >= {"l", "a", "b"}


def read_csv(text: str, *, name: str) -> list[Ink]:
    """Return the colours of a table with the columns ``hex`` (or ``l``, ``a``, ``b``) and ``name``.

    Raises:
        PaletteRefused: ``palette_corrupt``: a row without a colour.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""))
    rows.fieldnames = [_column(column) for column in rows.fieldnames or ()]
    inks = []
    try:
        for row in rows:
            cells = {column: str(cell or "").strip() for column, cell in row.items() if column}
            if not any(cells.values()):
                continue
            said = cells["hex"] if "hex" in cells else "lab({l} {a} {b})".format_map(cells)
            rgb = rgb_of_hex(said) if "hex" in cells else _rgb_of_lab(said)
            if rgb is None:
                raise _no_colour(name, rows.line_num, said, "a colour such as #1a2b3c")
            inks.append(Ink(rgb, cells.get("name", "")))
    except csv.Error as error:
        raise refused(name, "palette_corrupt", f"line {rows.line_num} ({error})", "save it again") from error
    return inks


def write_csv(palette: Palette) -> str:
    """Return the palette as a table: name, hex."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\n")
    table.writerows([("name", "hex"), *((ink.name, ink.hex) for ink in palette.inks)])
    return out.getvalue()


def read_list(text: str, *, name: str) -> list[Ink]:
    """Return the colours of a list: on each line a colour, then perhaps its name.

    Raises:
        PaletteRefused: ``palette_unknown``: the first line is no colour; ``palette_corrupt``: a later one.
    """
    inks: list[Ink] = []
    for number, line in _lines(text):
        if line.startswith(("# ", "//", ";")) or line == "#":
            continue
        found = _LAB.match(line)
        word, _, rest = line.partition(" ") if found is None else (found[0], "", line[found.end() :])
        rest = rest if found is None else rest.removeprefix(",")
        rgb = rgb_of_hex(word.rstrip(",")) if found is None else _rgb_of_lab(word)
        if rgb is None and not inks:
            raise unknown(name)
        if rgb is None:
            raise _no_colour(name, number, line, "a colour such as #1a2b3c or lab(52 40 -20), then a name")
        inks.append(Ink(rgb, rest))
    return inks


def write_list(palette: Palette, *, as_lab: bool) -> str:
    """Return a line for each ink: its hex or its Lab (D50), and its name."""
    told = ["lab({:.4f} {:.4f} {:.4f})".format(*ink.lab) if as_lab else ink.hex for ink in palette.inks]
    return "".join(f"{colour} {ink.name}\n" for colour, ink in zip(told, palette.inks, strict=True))


def unknown(name: str) -> Exception:
    """Return the refusal of a file that is no palette at all."""
    return refused(
        name,
        "palette_unknown",
        "it is no palette that we know",
        "give an ASE, ACO or GPL file, a CSV with name,hex, or a list of #rrggbb or lab(L a b)",
    )


def _rgb_of_lab(text: str) -> Rgb | None:
    found = _LAB.fullmatch(text)
    if found is None:
        return None
    lightness, a, b = (float(part) for part in found.groups())
    return rgb_of_print_lab((lightness, a, b)) if 0 <= lightness <= 100 and math.hypot(a, b) < 250 else None


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if line.strip():
            yield number, line.strip()


def _column_names(text: str) -> set[str]:
    first = next((line for _, line in _lines(text)), "")
    return {_column(column) for column in first.split(",")}


def _column(column: str) -> str:
    return column.strip().strip('"*').lower()


def _no_colour(name: str, number: int, got: str, expected: str) -> Exception:
    shown = got if len(got) <= 40 else f"{got[:40]}…"
    return refused(name, "palette_corrupt", f"line {number} is {shown!r}", f"write {expected}")
