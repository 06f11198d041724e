"""The fonts of documents: which letters each can write, and whether it goes into the file."""

from __future__ import annotations

import logging
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped]

from catalogs.lettering.installed import ANY, FOLDERS, JAPANESE, KOREAN, MAIN, families, far, installed

# Where DejaVu is not installed: Vera, its ancestor, which comes with reportlab and writes Western Europe.
# Both are free to embed.
_ALWAYS = ("Vera.ttf", "VeraBd.ttf")
# Adobe's names for fonts that viewers bring along, and a codec that has the letters each is sure to write.
_LENT = (
    (JAPANESE, "HeiseiKakuGo-W5", "cp932"),
    (KOREAN, "HYSMyeongJo-Medium", "cp949"),
    (ANY, "STSong-Light", "gbk"),
)

_JOINED = re.compile("> <(F[BCDE][0-9A-F]{2})>")
_registering = threading.Lock()
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Face:
    """One font of a document.

    Attributes:
        name: as reportlab knows it.
        letters: the code points that it writes; None where ``codec`` tells.
        codec: of a font that is not embedded; "" for one that is.
        is_thickened: it is to look bold and has no bold letters of its own.
    """

    name: str
    letters: frozenset[int] | None
    codec: str = ""
    is_thickened: bool = False

    @property
    def is_embedded(self) -> bool:
        """Whether its letters are in the file."""
        return not self.codec

    def writes(self, mark: str) -> bool:
        """Say whether the font has a letter."""
        if self.letters is not None:
            return ord(mark) in self.letters
        # East Asian letters alone: what else such a codec has (Greek, box lines) is of their width there.
        if unicodedata.east_asian_width(mark) not in "WFH":
            return False
        try:
            return bool(mark.encode(self.codec))
        except UnicodeEncodeError:
            return False


class _Font(TTFont):  # type: ignore[misc]
    """A font whose Arabic letters, joined as they are seen, are found and copied as the letters they are."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802, a name of reportlab's
        super().addObjects(doc)
        for name, told in doc.idToObject.items():
            if str(name).startswith("toUnicodeCMap:"):
                told.content = _JOINED.sub(lambda found: f"> <{_apart(found[1])}>", told.content)


def _apart(code: str) -> str:
    return unicodedata.normalize("NFKC", chr(int(code, 16))).encode("utf-16-be").hex().upper()


@cache
def main_face(*, bold: bool, folders: tuple[Path, ...] = FOLDERS) -> Face:
    """Return the font that writes what it can before any other is asked."""
    there = installed(folders)
    return _embedded(there.get(MAIN.bold if bold else MAIN.plain, Path(_ALWAYS[bold])))


@cache
def face_of(mark: str, tongue: str, *, bold: bool, folders: tuple[Path, ...] = FOLDERS) -> Face | None:
    """Return the font that writes a letter; None where no font here does.

    Args:
        mark: one letter.
        tongue: of the text that it stands in, ``JAPANESE``, ``KOREAN`` or ``ANY``: they write the same sign
            of China's in shapes of their own.
        bold: whether it should be bold.
        folders: where fonts are looked for, and below.
    """
    main = main_face(bold=bold, folders=folders)
    if main.writes(mark):
        return main
    return next((face for face in _more(tongue, bold, folders) if face.writes(mark)), None)


def _more(tongue: str, bold: bool, folders: tuple[Path, ...]) -> Iterator[Face]:
    """Yield the other fonts, those of the tongue first; one is opened when it is asked for."""
    there = installed(folders)
    for family in families(tongue, folders):
        # reportlab embeds no outlines but TrueType's
        if family.is_truetype:
            file = family.bold if bold and family.bold in there else family.plain
            if face := _embedded(there[file], thick=bold and file == family.plain):
                yield face
    for _, name, codec in sorted(_LENT, key=lambda one: far(one[0], tongue)):
        yield _lent(name, codec, bold)


@cache
def _embedded(file: Path, *, thick: bool = False) -> Face:
    known = f"toile:{file}"
    with _registering:
        # A font's file is read once and kept: a document that is being made would lose its letters with it.
        if known not in pdfmetrics.getRegisteredFontNames():
            try:
                pdfmetrics.registerFont(_Font(known, str(file)))
            except TTFError as error:
                _log.warning("%s is passed over: %s", file, error)
                return Face(known, frozenset())
        font = pdfmetrics.getFont(known)
    return Face(known, frozenset(font.face.charToGlyph), is_thickened=thick)


@cache
def _lent(name: str, codec: str, bold: bool) -> Face:
    with _registering:
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(name))
    return Face(name, None, codec, is_thickened=bold)
