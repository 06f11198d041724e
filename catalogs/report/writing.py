"""Writing a batch's report: its manifest is read, designs chosen, pictures gathered, two objects written."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs import frugal
from catalogs.errors import NotFound
from catalogs.frozen import read_frozen
from catalogs.layout import (
    batch_manifest_key,
    colorway_sheet_key,
    contact_sheet_key,
    manifest_key,
    report_key,
    summary_key,
)
from catalogs.manifest import COLORWAY_SCORES, OK, SCORES, TILE_SCORES
from catalogs.publication import read_manifest
from catalogs.refusals import PlanRefused
from catalogs.report import colorway_sheet
from catalogs.report.colorways import ByColorway, by_colorway, in_their_own_colours
from catalogs.report.figures import DESIGN_PX, Album
from catalogs.report.funnel_section import COLUMNS as FUNNEL_COLUMNS
from catalogs.report.funnel_section import funnel_section, without_promoted
from catalogs.report.medians import medians, write_medians
from catalogs.report.page import Chosen, Heading, build_page, titles_of
from catalogs.report.pictures import Pictures
from catalogs.report.ranking import best_first, rank_scores
from catalogs.report.sheet import contact_sheet
from catalogs.report.shown import load_cells
from catalogs.report.since import Since, cost_of, earlier_nights, since
from catalogs.report.words import duration
from catalogs.report.yardage import are_yardage, is_yardage
from catalogs.storage import Storage
from configs.batch import Batch

BEST, WORST = 60, 20
SHEET_BEST, SHEET_WORST = 24, 8
LISTED = 1000
# Of designs by colorway, a design's own colours among the columns.
COLORWAY_DESIGNS, COLORWAY_COLUMNS = 30, 25
MAX_PICTURE_BYTES = 12_000_000
_OWN_COLUMNS = (
    "design_id", "status", "error_code", "error", "content_id", "style_id", "recipe", "size_px", "seed",
    "content_key", "style_key", "content_title", "style_title", "content_licence", "content_source",
    "style_licence", "credit", "style_source", "content_attribution_line", "style_attribution_line",
    "image_key", "thumb_key", "flags", "seconds", "device",
    "engine_version", "maker", "repeat", "further_styles", "palette_id", "colorway", "colorway_colours",
    *SCORES, *TILE_SCORES, *COLORWAY_SCORES,
)  # fmt: skip
_COLUMNS = tuple(dict.fromkeys((*_OWN_COLUMNS, *FUNNEL_COLUMNS)))


@dataclass(frozen=True)
class ReportKeys:
    """Where the page and the contact sheets are; of a batch without colorways none is by colorway."""

    page: str
    contact_sheet: str
    colorways: str | None = None


def written_keys(storage: Storage, batch_id: str) -> dict[str, str]:
    """Return what a run says of a batch's report, by name; ``colorways`` where there is such a sheet."""
    keys = {"report": report_key(batch_id), "contact_sheet": contact_sheet_key(batch_id)}
    by_colorway = colorway_sheet_key(batch_id)
    return keys | ({"colorways": by_colorway} if storage.exists(by_colorway) else {})


def write_report(storage: Storage, batch_id: str, *, best: int = BEST, worst: int = WORST) -> ReportKeys:
    """Write ``reports/<batch_id>/index.html`` and ``contact_sheet.png`` from the batch's manifest, and
    ``colorways.png`` of a batch that has colorways.

    Of a funnel the pictures leave out what has a finished final, which shows the pair better.

    The page holds everything it shows (thumbnails as data URIs, at most 12 MB of them), opens from disk, and
    asks no other host for anything. Up to ``best + worst`` garments are shown all, best first; of more, the
    best and the worst; likewise of yardage, in sections of its own. The tables list the first 1,000 by
    rank; the rest is in the manifest. Safe to run again: all objects are written over.

    Args:
        storage: where the batch is, published or not.
        batch_id: the batch.
        best: designs shown from the top of the ranking.
        worst: designs shown from its bottom.

    Raises:
        NotFound: the batch has no manifest yet.
        ManifestRefused: the manifest cannot be read.
        StorageError: the storage fails; an image that is gone only leaves its place empty.
    """
    rows = read_manifest(storage, batch_id, columns=_COLUMNS, published=False)
    ok = frugal.chosen(rows, pc.equal(rows.column("status"), OK))
    chosen = _chosen_of_each_sort(without_promoted(ok), best=best, worst=worst)
    batch = _frozen_batch(storage, batch_id)
    heading = _heading(storage, batch_id, batch)
    changes = _changes(storage, batch_id, batch, rows, ok)
    new = [] if changes is None else [row for row, _ in changes.best_new]
    shown = [*new, *(row for one in chosen for row in (*one.best, *one.worst))]
    pictures = load_cells(shown, storage.read, side_px=DESIGN_PX)
    colorways = by_colorway(ok, designs=COLORWAY_DESIGNS, columns=COLORWAY_COLUMNS)
    if colorways is not None:
        pictures = _with_colorways(storage, colorways, pictures)
    album = Album(pictures, max_bytes=MAX_PICTURE_BYTES)
    page = build_page(heading, rows, chosen, album, colorways, changes, funnel_section(rows))
    sheet = contact_sheet(
        _sections(chosen),
        storage.read,
        title=heading.title or batch_id,
        subtitle=_subtitle(rows, ok),
        pictures=pictures,
    )
    written = ReportKeys(report_key(batch_id), contact_sheet_key(batch_id))
    storage.write_atomic(written.contact_sheet, sheet, content_type="image/png")
    if colorways is not None:
        written = replace(written, colorways=colorway_sheet_key(batch_id))
        by_colour = colorway_sheet.colorway_sheet(
            colorways, pictures, title=heading.title or batch_id, subtitle=_subtitle(rows, ok)
        )
        storage.write_atomic(colorway_sheet_key(batch_id), by_colour, content_type="image/png")
    else:
        storage.delete(colorway_sheet_key(batch_id))  # of an earlier run, which had colorways
    storage.write_atomic(written.page, page.encode(), content_type="text/html; charset=utf-8")
    return written


def _changes(
    storage: Storage, batch_id: str, batch: Batch | None, rows: pa.Table, ok: pa.Table
) -> Since | None:
    """Return what changed since last night, and leave this night's medians for the next."""
    changes = None if batch is None else since(storage, rows, earlier_nights(storage, batch_id, batch))
    cost = cost_of(ok) if changes is None else changes.cost
    write_medians(storage, batch_id, medians(in_their_own_colours(ok)), cost)
    return changes


def _chosen_of_each_sort(ok: pa.Table, *, best: int, worst: int) -> list[Chosen]:
    """Return what is shown of garments and of new cloth, of each that is there."""
    tiles = pa.array(are_yardage(ok))
    sorts = ((frugal.chosen(ok, pc.invert(tiles)), False), (frugal.chosen(ok, tiles), True))
    return [_chosen(rows, is_cloth=cloth, best=best, worst=worst) for rows, cloth in sorts if len(rows)]


def _with_colorways(storage: Storage, shown: ByColorway, pictures: Pictures) -> Pictures:
    """Return the pictures with those of designs by colorway, as large as a cell of the sheet."""
    rows = [row for line in shown.rows for row in line if row is not None]
    side = colorway_sheet.MOST_PX
    # Two tiles of yardage are as long as one garment.
    for side_px, wanted in ((side, False), (side // 2, True)):
        sort = [row for row in rows if is_yardage(row) == wanted]
        pictures = load_cells(sort, storage.read, side_px=side_px, known=pictures)
    return pictures


def _chosen(finished: pa.Table, *, is_cloth: bool, best: int, worst: int) -> Chosen:
    ok = in_their_own_colours(finished)
    ranks = rank_scores(ok)
    order, unranked = _order(ok)
    if len(order) <= best + worst:
        top, bottom = order, order[:0]
    else:
        ranked = order[: len(order) - len(unranked)]
        top = order[:best]
        bottom = ranked[::-1][: min(worst, max(0, len(ranked) - best))]
    listed = _order(finished)[0][:LISTED]
    return Chosen(
        is_cloth,
        ok,
        *_taken(ok, ranks, top),
        *_taken(ok, ranks, bottom),
        *_taken(finished, rank_scores(finished), listed),
        len(finished),
    )


def _order(ok: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of all rows, best first, and at their end those that have no rank."""
    ranked = best_first(ok)
    unranked = np.setdiff1d(np.arange(len(ok)), ranked)
    return np.concatenate([ranked, unranked]), unranked


def _taken(
    ok: pa.Table, ranks: NDArray[np.float64], positions: NDArray[np.int64]
) -> tuple[list[dict[str, Any]], list[float]]:
    rows: list[dict[str, Any]] = ok.take(pa.array(positions, pa.int64())).to_pylist()
    return rows, [float(rank) for rank in ranks[positions]]


def _sections(chosen: list[Chosen]) -> dict[str, list[dict[str, Any]]]:
    sections = {}
    for one in chosen:
        titles = titles_of(one, alone=len(chosen) == 1)
        if len(one.ok) <= SHEET_BEST + SHEET_WORST:
            sections[titles.all] = one.best
        else:
            lowest = one.worst or one.best[::-1]
            sections[titles.best] = one.best[:SHEET_BEST]
            sections[f"{titles.worst}, lowest first"] = lowest[:SHEET_WORST]
    return sections


def _subtitle(rows: pa.Table, ok: pa.Table) -> str:
    seconds = pc.sum(ok.column("seconds")).as_py() or 0.0
    counts = pc.value_counts(rows.column("status")).to_pylist()
    found = {entry["values"]: entry["counts"] for entry in counts}
    return (
        f"{len(rows):,} planned · {found.get('ok', 0):,} finished · {found.get('failed', 0):,} failed · "
        f"{found.get('skipped', 0):,} skipped · {duration(seconds)} of painting"
    )


def _heading(storage: Storage, batch_id: str, batch: Batch | None) -> Heading:
    published = _published_at(storage, batch_id)
    return Heading(
        batch_id=batch_id,
        title="" if batch is None else batch.title,
        description="" if batch is None else batch.description,
        root=storage.root,
        manifest_key=manifest_key(batch_id) if published else batch_manifest_key(batch_id),
        published_at_utc=published,
    )


def _published_at(storage: Storage, batch_id: str) -> str | None:
    try:
        summary = json.loads(storage.read(summary_key(batch_id)))
    except (NotFound, ValueError):
        return None
    moment = summary.get("published_at_utc") if isinstance(summary, dict) else None
    return str(moment) if moment else None


def _frozen_batch(storage: Storage, batch_id: str) -> Batch | None:
    # Its words are decoration: a report is written without them where the config is gone or old.
    try:
        return read_frozen(storage, batch_id).batch
    except (NotFound, PlanRefused):
        return None
