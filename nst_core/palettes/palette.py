"""An ink is a name and a colour; a palette is 2 to 24 of them, no colour twice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from configs.inks import FEWEST_INKS, MOST_INKS
from nst_core.errors import PaletteRefused
from nst_core.palettes.print_lab import Lab, Rgb, print_lab

NAME_CHARACTERS = 64

_HEX = re.compile(r"#?([0-9a-fA-F]{6})|#([0-9a-fA-F]{3})")


@dataclass(frozen=True)
class Ink:
    """One colour that is printed.

    Attributes:
        rgb: what it looks like on the cloth, sRGB, 0..255.
        name: one line of at most 64 characters; the colour's hex where none was given.
    """

    rgb: Rgb
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(self.name) or self.hex)

    @property
    def hex(self) -> str:
        """The colour as ``#rrggbb``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)

    @property
    def lab(self) -> Lab:
        """The colour in CIE Lab as a spectrophotometer tells it (D50, 2°)."""
        return print_lab(self.rgb)


@dataclass(frozen=True)
class Palette:
    """Some inks in their order, no colour twice.

    Attributes:
        inks: 2 to 24.
        name: one line; a file's own title or its name.
    """

    inks: tuple[Ink, ...]
    name: str = field(default="palette")

    def __len__(self) -> int:
        return len(self.inks)


def palette_of(
    inks: Iterable[Ink], *, name: str, title: str = "", fewest: int = FEWEST_INKS, most: int = MOST_INKS
) -> Palette:
    """Return a palette; of inks of one colour the first stays, because they would be one plate.

    Args:
        inks: in their order.
        name: of the file, for a refusal.
        title: the palette's own name; else the file's.
        fewest, most: how many different colours are taken.

    Raises:
        PaletteRefused: ``palette_too_few`` or ``palette_too_many``.
    """
    kept: dict[Rgb, Ink] = {}
    for ink in inks:
        kept.setdefault(ink.rgb, ink)
    count = len(kept)
    if count < fewest:
        got = f"{count} colour{'' if count == 1 else 's'}"
        raise refused(name, "palette_too_few", f"it has {got}", f"give {fewest} to {most} different ones")
    if count > most:
        remedy = f"at most {most} can be printed: save those that you want as a palette of their own"
        raise refused(name, "palette_too_many", f"it has {count} colours", remedy)
    return Palette(tuple(kept.values()), one_line(title) or one_line(name))


def rgb_of_hex(text: str) -> Rgb | None:
    """Return the colour that ``#rrggbb``, ``rrggbb`` or ``#rgb`` stands for; None: it is no hex."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found[1] or "".join(2 * digit for digit in found[2])
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def one_line(text: str) -> str:
    """Return a text without control characters, on one line, of at most 64 characters."""
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text[:4096])
    return " ".join(plain.split())[:NAME_CHARACTERS].rstrip()


def refused(name: str, code: str, what: str, remedy: str) -> PaletteRefused:
    """Return the refusal of a palette file: which, what is wrong with it, what to do."""
    return PaletteRefused(f"{one_line(name)}: {what}; {remedy}", code=code, name=name)
