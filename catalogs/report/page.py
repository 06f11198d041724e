"""The report page: one self-contained HTML file, the same from disk and from a bucket."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.manifest import FAILED, OK, SKIPPED
from catalogs.report import tables
from catalogs.report.figures import UP, Album, designs
from catalogs.report.words import duration, escaped

# Nothing from outside, no scripts: what a title smuggles in cannot run or call home.
_BEST_OF_ALL = "All designs, best first"
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class Chosen:
    """Which designs the page shows with pictures: rows with their rank scores, ``best`` from the top,
    ``worst`` from the bottom up; ``listed`` are the lines of the table of all designs."""

    best: list[dict[str, Any]]
    best_ranks: list[float]
    worst: list[dict[str, Any]]
    worst_ranks: list[float]
    listed: list[dict[str, Any]]
    listed_ranks: list[float]


@dataclass(frozen=True)
class Heading:
    """What the page says about the batch; ``published_at_utc`` is None when it was not published."""

    batch_id: str
    title: str
    description: str
    root: str
    manifest_key: str
    published_at_utc: str | None


def build_page(heading: Heading, rows: pa.Table, chosen: Chosen, album: Album) -> str:
    """Return the page.

    Args:
        heading: the batch.
        rows: the whole manifest.
        chosen: what is shown with pictures and what is listed.
        album: the pictures.
    """
    parts = {name: rows.filter(pc.equal(rows.column("status"), name)) for name in (OK, FAILED, SKIPPED)}
    ok, failed, skipped = (parts[name] for name in (OK, FAILED, SKIPPED))
    everything = len(chosen.best) == len(ok)
    sections = [
        ("designs", _BEST_OF_ALL if everything else "Best", _best(chosen, album, everything)),
        ("worst", "Worst", _worst(chosen, album)),
        ("scores", "Scores", _scores(ok)),
        ("failures", "Failures", tables.failures(failed)),
        ("skipped", "Skipped on purpose", tables.failures(skipped)),
        ("licences", "Licences and credits", _licences(ok)),
        ("table", "Table of designs", _listed(chosen, len(ok))),
        ("again", "Run it again", _again(heading, len(failed))),
    ]
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


def _best(chosen: Chosen, album: Album, everything: bool) -> str:
    if not chosen.best:
        return '<p class="note">No design of this batch was finished; the reasons are below.</p>'
    how = (
        "Photograph and textile, then the design. The rank, 0 to 100, multiplies four measures: is the motif "
        "recognisable, are the folds visible, is the grain the cloth’s own, is the style the textile’s. "
        "A design is as good as its worst side."
    )
    some = "" if everything else f" The {len(chosen.best)} highest ranks."
    return f'<p class="note">{how}{some}</p>{designs(chosen.best, chosen.best_ranks, album)}'


def _worst(chosen: Chosen, album: Album) -> str:
    if not chosen.worst:
        return ""
    note = f"The {len(chosen.worst)} lowest ranks, lowest first: look here for what went wrong."
    return f'<p class="note">{note}</p>{designs(chosen.worst, chosen.worst_ranks, album)}'


def _scores(ok: pa.Table) -> str:
    return tables.scores(ok) if len(ok) else ""


def _licences(ok: pa.Table) -> str:
    if not len(ok):
        return ""
    note = '<p class="note">Of the images in finished designs. A design is an adaptation of both.</p>'
    return note + tables.licences(ok) + tables.attributions(ok)


def _listed(chosen: Chosen, count: int) -> str:
    if not chosen.listed:
        return ""
    shown = len(chosen.listed)
    summary = f"{shown:,} designs" if shown == count else f"The first {shown:,} of {count:,} designs, by rank"
    table = tables.all_designs(chosen.listed, chosen.listed_ranks)
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
