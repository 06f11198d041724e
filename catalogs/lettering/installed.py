"""The fonts of this machine that free systems package, and whose shapes of a sign a text wants."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
JAPANESE, KOREAN, ANY = "ja", "ko", ""


@dataclass(frozen=True)
class Family:
    """A font family by the names of its files.

    Attributes:
        tongue: whose shapes it has.
        plain: a file.
        bold: a file; "" where the family has none.
        place: of the font in its file, where several are in one.
        is_truetype: whether its outlines are TrueType's; else PostScript's, which not every program takes.
    """

    tongue: str
    plain: str
    bold: str = ""
    place: int = 0
    is_truetype: bool = True


# Writes Latin, Greek, Cyrillic, Hebrew, Arabic and more.
MAIN = Family(ANY, "DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_MORE = (
    Family(JAPANESE, "ipagp.ttf"),
    Family(JAPANESE, "TakaoPGothic.ttf"),
    Family(KOREAN, "NanumGothic.ttf", "NanumGothicBold.ttf"),
    Family(ANY, "wqy-zenhei.ttc"),
    Family(ANY, "wqy-microhei.ttc"),
    Family(ANY, "DroidSansFallbackFull.ttf"),
    *(
        Family(tongue, "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", place, is_truetype=False)
        for tongue, place in ((JAPANESE, 0), (KOREAN, 1), (ANY, 2))
    ),
    Family(ANY, "NotoSansThai-Regular.ttf", "NotoSansThai-Bold.ttf"),
    Family(ANY, "Garuda.ttf", "Garuda-Bold.ttf"),
)


def tongue_of(text: str) -> str:
    """Return whose shapes a text wants, by the letters that only one tongue has."""
    names = {unicodedata.name(mark, "").partition(" ")[0] for mark in text if not mark.isascii()}
    return JAPANESE if names & {"HIRAGANA", "KATAKANA"} else KOREAN if "HANGUL" in names else ANY


def far(one: str, tongue: str) -> int:
    """Return how ill a font's tongue suits a text's: fonts are sorted by it, those that suit first."""
    return 0 if one == tongue else 1 if one == ANY else 2


def families(tongue: str, folders: tuple[Path, ...]) -> Iterator[Family]:
    """Yield those beside ``MAIN`` whose plain letters are below some folders, those of the tongue first."""
    there = installed(folders)
    for family in sorted(_MORE, key=lambda one: far(one.tongue, tongue)):
        if family.plain in there:
            yield family


@cache
def installed(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Return the files below some folders by their names, those of the first folder first."""
    found: dict[str, Path] = {}
    for folder in folders:
        for above, _, files in os.walk(folder):
            for file in files:
                found.setdefault(file, Path(above) / file)
    return found
