"""What a design is called: its garment, its textile, whose figures it has, and who made its cloth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogs.further import JOINED_COLUMNS, MOTIF
from catalogs.report.words import plain
from catalogs.report.yardage import is_yardage
from configs.makers import NEW_CLOTH

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """The names of a design's parts, "" for what it does not have.

    Attributes:
        garment: "" for yardage.
        textile: of several worn together all, as the manifest joins them.
        motif: the textile whose figures a maker of new cloth took.
        maker: the maker of new cloth, of yardage with its repeat; "" for a textile as it is.
        colorway: "" for its own colours.
    """

    garment: str
    textile: str
    motif: str = ""
    maker: str = ""
    colorway: str = ""

    @property
    def made(self) -> str:
        """How the cloth came to be, "" for a textile as it is in its own colours."""
        return ", ".join(part for part in (self.maker, self.colorway and f"in {self.colorway}") if part)

    @property
    def parts(self) -> tuple[str, ...]:
        """What meets in the design, in the order in which it is said."""
        return tuple(part for part in (self.garment, self.textile, self.motif) if part)

    @property
    def cloth(self) -> str:
        """The cloth in one line: ``Ikat × Waves, fill``."""
        return self._with_maker(" × ".join(part for part in (self.textile, self.motif) if part))

    @property
    def title(self) -> str:
        """The design in one line: ``Tee × Ikat``, ``Ikat × Waves, fill, half-drop``."""
        return self._with_maker(" × ".join(self.parts))

    @property
    def without_colorway(self) -> str:
        """The design in one line, whatever its colours: ``Ikat × Waves, fill, half-drop``."""
        return ", ".join(part for part in (" × ".join(self.parts), self.maker) if part)

    def _with_maker(self, said: str) -> str:
        return ", ".join(part for part in (said, self.made) if part)


def named(row: Row) -> Names:
    """Return what a design's parts are called; ids stand in for titles that are not there.

    The manifest has the joined title of a textile and its motif. Where a ``+`` in a title hides which is
    which, they stay joined.
    """
    textile, motif = plain(row.get("style_title")) or plain(row.get("style_id")), ""
    if motif_of(row) is not None and len(both := textile.split(JOINED_COLUMNS["title"])) == 2:
        textile, motif = both
    garment = "" if is_yardage(row) else plain(row.get("content_title")) or plain(row.get("content_id"))
    return Names(garment, textile, motif, _maker(row), plain(row.get("colorway")))


def named_by_ids(row: Row) -> Names:
    """Return the ids of a design's parts in place of their titles."""
    motif = motif_of(row) or {}
    ids = (plain(row.get("content_id")), plain(row.get("style_id")), plain(motif.get("style_id")))
    return Names(*ids, _maker(row), plain(row.get("colorway")))


def motif_of(row: Row) -> Mapping[str, Any] | None:
    """Return the textile whose figures a design's cloth has, as ``further_styles`` holds it; else None."""
    return next((one for one in row.get("further_styles") or () if one["region"] == MOTIF), None)


def _maker(row: Row) -> str:
    maker = plain(row.get("maker"))
    if maker not in NEW_CLOTH:
        return ""
    return f"{maker}, {plain(row.get('repeat'))}" if is_yardage(row) else maker
