"""What stands beside the wall: what can be chosen, what is chosen, and the addresses that change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catalogs.gallery.collection.columns import FACETS, RANK
from catalogs.gallery.finding import Tile, View
from catalogs.gallery.finding.counts import Count
from catalogs.gallery.words import Words

# So many words of a facet are shown at once, and so many at all; text search finds the others.
SHOWN, MOST = 10, 300
# Open without being asked.
_OPEN = ("category", "season", "kind", "tint", "batch")
_TITLES = {"garment": ("content_id", "content_title"), "style": ("style_id", "style_title")}
# Of a view; no field of the page stands for them.
_CARRIED = ("listed", "list", "alike", "by", "fold")


@dataclass(frozen=True)
class Choice:
    """A word of a facet: what it is called, how many designs it would show, whether it is chosen."""

    word: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Section:
    """A facet: its first choices, and those behind "more"."""

    name: str
    label: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]
    is_open: bool


@dataclass(frozen=True)
class Chip:
    """Something chosen, and the query of the view without it."""

    label: str
    value: str
    query: str


def sections(
    view: View, counts: Mapping[str, Sequence[Count]], words: Words, batches: Sequence[str] = ()
) -> list[Section]:
    """Return the facets in which there is something to choose; chosen words are always among them.

    Args:
        view: the view.
        counts: by facet, the words with most designs first.
        words: of the page.
        batches: the newest first, the order in which people think of them.
    """
    turns = {batch: place for place, batch in enumerate(batches)}
    by_age = sorted(counts.get("batch", ()), key=lambda one: turns.get(one.word, len(turns)))
    counts = {name: by_age if name == "batch" else told for name, told in counts.items()}
    return list(_sections(view, counts, words))


def chips(view: View, tiles: Sequence[Tile], words: Words) -> list[Chip]:
    """Return everything that narrows a view, one by one.

    Args:
        view: the view.
        tiles: some of its designs: they tell what its garments and styles are called.
        words: of the page.
    """
    return list(_chips(view, tiles, words))


def hidden(view: View, shown: Sequence[Section]) -> list[tuple[str, str]]:
    """Return the parts of a view that no field of the page stands for; its form carries them along."""
    fields = {(one.name, choice.word) for one in shown for choice in (*one.first, *one.more)}
    chosen = [(name, word) for name, told in view.chosen.items() for word in told]
    plain = [(name, value) for name, value in view.pairs() if name in _CARRIED]
    return [pair for pair in chosen if pair not in fields] + plain


def without_likeness(view: View) -> View:
    """Return a view that is no longer of what is alike."""
    return replace(view, alike="", by=View().by)


def _sections(view: View, counts: Mapping[str, Sequence[Count]], words: Words) -> Iterator[Section]:
    for name, told in counts.items():
        chosen = view.chosen.get(name, ())
        known = {one.word: one.count for one in told}
        if len(known) < 2 and not chosen:
            continue
        listed = [*(one.word for one in told[:MOST]), *(word for word in chosen if word not in known)]
        listed += [word for word in chosen if word not in listed]
        choices = [
            Choice(word, words.word(name, word), known.get(word, 0), word in chosen) for word in listed
        ]
        first = [one for place, one in enumerate(choices) if place < SHOWN or one.is_chosen]
        more = [one for place, one in enumerate(choices) if place >= SHOWN and not one.is_chosen]
        is_open = name in _OPEN or bool(chosen)
        yield Section(name, words(f"facet.{name}"), tuple(first), tuple(more), is_open)


def _chips(view: View, tiles: Sequence[Tile], words: Words) -> Iterator[Chip]:
    if view.text:
        yield Chip(words("wall.chip_text"), view.text, replace(view, text="").query())
    for facet in FACETS:
        for word in view.chosen.get(facet.name, ()):
            label = _title(facet.name, word, tiles) or words.word(facet.name, word)
            yield Chip(words(f"facet.{facet.name}"), label, view.toggled(facet.name, word).query())
    for name, ends in view.ranges.items():
        left = {other: one for other, one in view.ranges.items() if other != name}
        form = "0f" if name == RANK else "2f"
        low = "" if ends.low is None else f"{ends.low:.{form}}"
        high = "" if ends.high is None else f"{ends.high:.{form}}"
        kind = "between" if low and high else "from" if low else "to"
        told = words(f"wall.chip_{kind}", low=low, high=high)
        yield Chip(words(f"facet.figure.{name}"), told, replace(view, ranges=left).query())
    if view.since:
        yield Chip(words("wall.since"), str(view.since), replace(view, since=None).query())
    if view.until:
        yield Chip(words("wall.until"), str(view.until), replace(view, until=None).query())
    if view.listed:
        yield Chip(words("wall.chip_listed"), view.listed, replace(view, listed="").query())
    if view.best_of:
        told = words(f"wall.best.{view.best_of}")
        yield Chip(words("wall.best_of"), told, replace(view, best_of="").query())


def _title(facet: str, word: str, tiles: Sequence[Tile]) -> str:
    if facet not in _TITLES:
        return ""
    column, title = _TITLES[facet]
    return next((tile.words[title] for tile in tiles if tile.words[column] == word), "")
