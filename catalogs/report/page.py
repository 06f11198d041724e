"""The report page: one self-contained HTML file, the same from disk and from a bucket."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs import frugal
from catalogs.manifest import FAILED, OK, SKIPPED
from catalogs.report import tables
from catalogs.report.colorways import ByColorway
from catalogs.report.figures import UP, Album, designs, in_colorways
from catalogs.report.measures import CLOTH_MEASURES, MEASURES
from catalogs.report.since import Since
from catalogs.report.since_section import since_section
from catalogs.report.unsuitable import apart, unsuitable
from catalogs.report.words import duration, escaped

# Nothing from outside, no scripts: what a title smuggles in cannot run or call home.
Section = tuple[str, str, str]
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Chosen:
    """Which designs of one sort the page shows: rows with their rank scores, ``best`` from the top, ``worst``
    from the bottom up with pictures, of those in their own colours, which are ``ok``; ``listed`` are the
    lines of the table, of all ``finished``.
    """

    is_cloth: bool
    ok: pa.Table
    best: list[dict[str, Any]]
    best_ranks: list[float]
    worst: list[dict[str, Any]]
    worst_ranks: list[float]
    listed: list[dict[str, Any]]
    listed_ranks: list[float]
    finished: int

    @property
    def everything(self) -> bool:
        """Whether ``best`` are all there are."""
        return len(self.best) == len(self.ok)


@dataclass(frozen=True)
class Titles:
    """The headings of the sections of one sort of designs."""

    all: str
    best: str
    worst: str
    scores: str


def titles_of(chosen: Chosen, *, alone: bool) -> Titles:
    """Return the headings; ``alone``: there are no designs of the other sort."""
    if chosen.is_cloth:
        return Titles("New cloth, best first", "New cloth: best", "New cloth: worst", "Scores of new cloth")
    if alone:
        return Titles("All designs, best first", "Best", "Worst", "Scores")
    return Titles("Garments, best first", "Garments: best", "Garments: worst", "Scores of garments")


@dataclass(frozen=True)
class Heading:
    """What the page says about the batch; ``published_at_utc`` is None when it was not published."""

    batch_id: str
    title: str
    description: str
    root: str
    manifest_key: str
    published_at_utc: str | None


def build_page(
    heading: Heading,
    rows: pa.Table,
    chosen: Sequence[Chosen],
    album: Album,
    colorways: ByColorway | None = None,
    changes: Since | None = None,
    funnel: str = "",
) -> str:
    """Return the page.

    Args:
        heading: the batch.
        rows: the whole manifest.
        chosen: what is shown with pictures and what is listed: garments, new cloth, those that there are.
        album: the pictures.
        colorways: the batch's designs by colorway, where it has any.
        changes: since last night, where there was one.
        funnel: the section on what became of the previews, where the batch has any.
    """
    parts = {
        name: frugal.chosen(rows, pc.equal(rows.column("status"), name)) for name in (OK, FAILED, SKIPPED)
    }
    ok, failed, skipped = (parts[name] for name in (OK, FAILED, SKIPPED))
    without_use, left_out = apart(skipped)
    sections = [
        ("since", "Since last night", since_section(changes, album) if changes is not None else ""),
        ("funnel", "Funnel", funnel),
        *(section for one in chosen for section in _pictured(one, album, alone=len(chosen) == 1)),
        ("colorways", "By colorway", _by_colorway(colorways, album)),
        *(section for one in chosen for section in _scores(one, alone=len(chosen) == 1)),
        ("failures", "Failures", tables.failures(failed)),
        ("unsuitable", "Textiles that do not suit a maker", _unsuitable(without_use)),
        ("skipped", "Skipped on purpose", tables.failures(left_out)),
        ("licences", "Licences and credits", _licences(ok)),
        ("table", "Table of designs", "".join(map(_listed, chosen))),
        ("again", "Run it again", _again(heading, len(failed))),
    ]
    if not len(ok):
        sections.insert(0, ("designs", "Designs", _NONE))
    sections = [section for section in sections if section[2]]
    nav = "".join(f'<a href="#{name}">{title}</a>' for name, title, _ in sections)
    body = "".join(f'<h2 id="{name}">{title}</h2>{content}' for name, title, content in sections)
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    title = escaped(heading.title or heading.batch_id)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><title>{title} · Toile</title>\n'
        f"<style>\n{style}</style></head>\n"
        f"<body><header><h1>{title}</h1>{_lead(heading)}{_totals(ok, len(failed), len(skipped))}"
        f"<nav>{nav}</nav></header>\n<main>{body}</main>\n{_footer(heading, ok)}</body></html>\n"
    )


def _lead(heading: Heading) -> str:
    when = (
        f"Published {escaped(heading.published_at_utc)[:16].replace('T', ' ')} UTC."
        if heading.published_at_utc
        else "Not published: too many designs failed, and the catalog before it stays."
    )
    about = f"{escaped(heading.description, at_most=600)} " if heading.description else ""
    return f'<p class="lead">{about}Batch <code>{escaped(heading.batch_id)}</code>. {when}</p>'


def _totals(ok: pa.Table, failed: int, skipped: int) -> str:
    painted = _sum(ok, "seconds")
    entries = [
        ("", f"{len(ok) + failed + skipped:,}", "planned"),
        ("ok", f"{len(ok):,}", "finished"),
        ("failed" if failed else "", f"{failed:,}", "failed"),
        ("", f"{skipped:,}", "skipped"),
    ]
    if len(ok):
        entries += [
            ("", duration(painted), "painting time"),
            ("", f"{painted / len(ok):.1f} s", "a design"),
        ]
    items = "".join(
        f'<li class="{kind}"><b>{number}</b><span>{what}</span></li>' for kind, number, what in entries
    )
    return f'<ul class="totals">{items}</ul>'


def _pictured(chosen: Chosen, album: Album, *, alone: bool) -> list[Section]:
    titles, name = titles_of(chosen, alone=alone), "cloth" if chosen.is_cloth else "designs"
    title = titles.all if chosen.everything else titles.best
    return [(name, title, _best(chosen, album)), (f"{name}-worst", titles.worst, _worst(chosen, album))]


def _best(chosen: Chosen, album: Album) -> str:
    if not chosen.best:
        return ""
    some = "" if chosen.everything else f" The {len(chosen.best)} highest ranks."
    how = _HOW_CLOTH_RANKS if chosen.is_cloth else _HOW_GARMENTS_RANK
    sheet = f' <a href="{CONTACT_SHEET}">The same on one sheet</a>.'
    return f'<p class="note">{how}{some}{sheet}</p>{designs(chosen.best, chosen.best_ranks, album)}'


CONTACT_SHEET = "contact_sheet.png"
_NONE = '<p class="note">No design of this batch was finished; the reasons are below.</p>'
_HOW_GARMENTS_RANK = (
    "Photograph and textile, then the design. The rank, 0 to 100, multiplies four measures: is the motif "
    "recognisable, are the folds visible, is the grain the cloth’s own, is the style the textile’s. "
    "A design is as good as its worst side."
)
_HOW_CLOTH_RANKS = (
    "The textile, below it the motif where there is one, then two by two tiles of the new cloth as they come "
    "from the roll. The rank, 0 to 100, multiplies what counts for the maker: do the joins vanish, does the "
    "cloth make no tracks, are its colours clean and its own, is it no copy, is the motif legible."
)


def _worst(chosen: Chosen, album: Album) -> str:
    if not chosen.worst:
        return ""
    note = f"The {len(chosen.worst)} lowest ranks, lowest first: look here for what went wrong."
    return f'<p class="note">{note}</p>{designs(chosen.worst, chosen.worst_ranks, album)}'


def _by_colorway(shown: ByColorway | None, album: Album) -> str:
    if shown is None:
        return ""
    told = [_HOW_COLORWAYS_ARE_MADE]
    if len(shown.rows) < shown.designs:
        told.append(f"The first {len(shown.rows):,} of {shown.designs:,} designs, by rank.")
    if len(shown.columns) - 1 < shown.colorways:
        told.append(f"The first {len(shown.columns) - 1:,} of {shown.colorways:,} colorways.")
    sheet = f'<a href="{COLORWAY_SHEET}">the same as one picture</a>'
    return f'<p class="note">{" ".join(told)} ({sheet})</p>{in_colorways(shown, album)}'


COLORWAY_SHEET = "colorways.png"
_HOW_COLORWAYS_ARE_MADE = (
    "Each design in its own colours, then once more in each palette, made of the same painting. Structure is "
    "how much of the motif it kept: 1, all of it."
)


def _scores(chosen: Chosen, *, alone: bool) -> list[Section]:
    measures = CLOTH_MEASURES if chosen.is_cloth else MEASURES
    name = "cloth-scores" if chosen.is_cloth else "scores"
    repeats = tables.by_repeat(chosen.ok) if chosen.is_cloth else ""
    return [(name, titles_of(chosen, alone=alone).scores, tables.scores(chosen.ok, measures) + repeats)]


def _unsuitable(rows: pa.Table) -> str:
    if not len(rows):
        return ""
    note = "Nothing good can be made of these: they were left out, and count as no failure."
    return f'<p class="note">{note}</p>{unsuitable(rows)}'


def _licences(ok: pa.Table) -> str:
    if not len(ok):
        return ""
    note = '<p class="note">Of the images in finished designs. Each design adapts all of its own.</p>'
    return note + tables.licences(ok) + tables.attributions(ok)


def _listed(chosen: Chosen) -> str:
    shown, count = len(chosen.listed), chosen.finished
    what = "tiles of new cloth" if chosen.is_cloth else "designs"
    summary = f"{shown:,} {what}" if shown == count else f"The first {shown:,} of {count:,} {what}, by rank"
    lines = tables.all_cloth if chosen.is_cloth else tables.all_garments
    table = lines(chosen.listed, chosen.listed_ranks)
    return f"<details><summary>{summary}</summary>{table}</details>"


def _again(heading: Heading, failed: int) -> str:
    batch, root = (shlex.quote(part) for part in (heading.batch_id, heading.root))
    lines = [
        ("Paint only what failed or is missing, and publish again:", f"toile retry {batch} --root {root}"),
        ("Where the batch stands:", f"toile status {batch} --root {root}"),
        ("Where a design comes from, its row and its scores:", f"toile show DESIGN --root {root}"),
    ]
    if not failed:
        lines[0] = ("Nothing failed. To look for what is missing:", lines[0][1])
    shown = "".join(f"<p>{words}</p><pre>{escaped(line, at_most=2000)}</pre>" for words, line in lines)
    return f'{shown}<p class="note">Finished designs are never painted twice.</p>'


def _footer(heading: Heading, ok: pa.Table) -> str:
    engines, devices = (_distinct(ok, name) for name in ("engine_version", "device"))
    made = f" Painted by engine {engines} on {devices}." if len(ok) else ""
    key = escaped(heading.manifest_key, at_most=400)
    return (
        f'<footer>Every row, score and hash: <a href="{UP}{key}"><code>{key}</code></a>.{made} '
        "The designs are made by an algorithm from the images named above.</footer>"
    )


def _distinct(rows: pa.Table, name: str) -> str:
    values = [str(value) for value in pc.unique(rows.column(name)).to_pylist() if value]
    return escaped(", ".join(sorted(values)[:4])) or "–"


def _sum(rows: pa.Table, name: str) -> float:
    values: NDArray[np.float64] = rows.column(name).to_numpy(zero_copy_only=False)
    return float(np.nansum(np.asarray(values, np.float64)))
