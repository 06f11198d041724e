"""A view: which designs, in what order. Each is an address, and each address is one view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from catalogs.gallery.collection.columns import FACET, FIGURES, RANK
from catalogs.gallery.collection.descriptors import KINDS, LOOK
from catalogs.gallery.errors import ViewRefused
from catalogs.nearest import did_you_mean

NEW = "new"
SORTS = (NEW, RANK, *FIGURES)
GROUPS = ("garment", "style", "recipe", "colorway", "batch")
BEST_OF = ("garment", "style")
UNFOLDED = "off"
# What a range may be of.
RANGED = (RANK, *FIGURES)
_MOST_TEXT, _MOST_WORDS = 200, 200


@dataclass(frozen=True)
class Range:
    """From ``low`` to ``high``, both included; None is no end."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class View:
    """What somebody looks at.

    Attributes:
        chosen: words by facet; a design has one of each facet's. Without ``status`` finished designs alone.
        ranges: of figures; a design without the figure is outside.
        since: first day of painting, UTC.
        until: last day of painting, UTC.
        text: words that titles, ids, kinds and recipes hold, all of them.
        listed: a batch whose manifest lists the design; "" for any.
        list_id: a shortlist that has the design; "" for any.
        hides_rejected: without what somebody rejected.
        sort: one of ``SORTS``, best first.
        worst_first: the other way round.
        group: one of ``GROUPS``; "" for none.
        best_of: the best one of each garment or style alone.
        alike: a design that others are alike to, most alike first; "" for none.
        by: what they are alike by.
        fold: of designs on one garment that look nearly the same, the first alone.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    text: str = ""
    listed: str = ""
    list_id: str = ""
    hides_rejected: bool = False
    sort: str = NEW
    worst_first: bool = False
    group: str = ""
    best_of: str = ""
    alike: str = ""
    by: str = LOOK
    fold: bool = True

    @classmethod
    def of_query(cls, pairs: Iterable[tuple[str, str]]) -> View:
        """Return the view of an address's pairs of name and value; names that are no part of one are left.

        Raises:
            ViewRefused: a value that cannot be, with the name and what could be.
        """
        chosen: dict[str, list[str]] = {}
        lows: dict[str, float] = {}
        highs: dict[str, float] = {}
        plain: dict[str, str] = {}
        for name, value in pairs:
            start, _, figure = name.partition("_")
            if name in FACET:
                chosen.setdefault(name, []).append(value)
            elif start in ("min", "max") and figure in RANGED:
                if value.strip():
                    (lows if start == "min" else highs)[figure] = _number(name, value)
            elif name in _PLAIN:
                plain[name] = value
        if sum(map(len, chosen.values())) > _MOST_WORDS:
            raise ViewRefused(f"an address chooses at most {_MOST_WORDS} words; choose fewer")
        sort = plain.get("sort", "") or NEW
        return cls(
            chosen={name: tuple(dict.fromkeys(words)) for name, words in sorted(chosen.items())},
            ranges={name: Range(lows.get(name), highs.get(name)) for name in sorted({*lows, *highs})},
            since=_day("since", plain.get("since", "")),
            until=_day("until", plain.get("until", "")),
            text=" ".join(plain.get("q", "")[:_MOST_TEXT].split()),
            listed=plain.get("listed", ""),
            list_id=plain.get("list", "")[:_MOST_TEXT],
            hides_rejected=bool(_one_of("rejected", plain.get("rejected", ""), ("", "hide"))),
            sort=_one_of("sort", sort.removeprefix("-"), SORTS),
            worst_first=sort.startswith("-"),
            group=_one_of("group", plain.get("group", ""), ("", *GROUPS)),
            best_of=_one_of("best_of", plain.get("best_of", ""), ("", *BEST_OF)),
            alike=plain.get("alike", ""),
            by=_one_of("by", plain.get("by", "") or LOOK, tuple(KINDS)),
            fold=not _one_of("fold", plain.get("fold", ""), ("", UNFOLDED)),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return what ``of_query`` makes this view of; nothing for what is as ever."""
        said = [(name, word) for name, words in self.chosen.items() for word in words]
        for name, one in self.ranges.items():
            said += [(f"min_{name}", f"{one.low:g}")] if one.low is not None else []
            said += [(f"max_{name}", f"{one.high:g}")] if one.high is not None else []
        sort = f"-{self.sort}" if self.worst_first else self.sort
        by = self.by if self.alike and self.by != LOOK else ""
        plain = {
            "since": str(self.since or ""),
            "until": str(self.until or ""),
            "q": self.text,
            "listed": self.listed,
            "list": self.list_id,
            "rejected": "hide" if self.hides_rejected else "",
            "sort": "" if sort == NEW else sort,
            "group": self.group,
            "best_of": self.best_of,
            "alike": self.alike,
            "by": by,
            "fold": "" if self.fold else UNFOLDED,
        }
        return said + [(name, value) for name, value in plain.items() if value]

    def query(self) -> str:
        """Return the view as the part of an address after ``?``; "" for the first page as it opens."""
        return urlencode(self.pairs())

    def toggled(self, facet: str, word: str) -> View:
        """Return the view with a word chosen, or no longer."""
        words = self.chosen.get(facet, ())
        left = tuple(one for one in words if one != word) if word in words else (*words, word)
        return self.having(facet, left)

    def having(self, facet: str, words: Sequence[str]) -> View:
        """Return the view with exactly these words of a facet."""
        chosen = {name: told for name, told in self.chosen.items() if name != facet}
        return replace(
            self, chosen=dict(sorted({**chosen, facet: tuple(words)}.items())) if words else chosen
        )


_PLAIN = (
    *("since", "until", "q", "listed", "list", "rejected", "sort", "group", "best_of", "alike", "by"),
    "fold",
)


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ViewRefused(f"{name} is a number such as 0.5, got {value[:40]!r}")
    return number


def _day(name: str, value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise ViewRefused(f"{name} is a day such as 2026-11-20, got {value[:40]!r}") from None


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value in known:
        return value
    raise ViewRefused(f"{name} cannot be {value[:40]!r}{did_you_mean(value, [one for one in known if one])}")
