"""The page's tables: scores with their spread, failures by reason, licences and credits, all designs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.remedies import remedy
from catalogs.report.cells import left_out, number_cell, short_id, table, text_cell
from catalogs.report.figures import link_to
from catalogs.report.measures import Measure
from catalogs.report.naming import named
from catalogs.report.words import MAX_REASON_CHARS, escaped, figure, rank

Row = Mapping[str, Any]

MAX_REASONS = 4
MAX_LICENCES = 200
MAX_LINE_CHARS = 600
BINS = 28
_WIDTH, _HEIGHT = 168, 26


def scores(ok: pa.Table, measures: Sequence[Measure]) -> str:
    """Return a row for each measure: median, the middle nine tenths, target, and a histogram."""
    lines = "".join(_measure(measure, _finite(_made_by(ok, measure), measure.name)) for measure in measures)
    return table(("measure", "n:median", "n:5 – 95 %", "target", "", "what it says"), lines)


def by_repeat(ok: pa.Table) -> str:
    """Return a row for each repeat of a batch's tiles, "" where all have one: how well its joins vanish."""
    repeats = pc.unique(ok.column("repeat")).to_pylist()
    if len(repeats) < 2:
        return ""
    rows = ((repeat, ok.filter(pc.equal(ok.column("repeat"), repeat))) for repeat in sorted(repeats))
    lines = "".join(_repeat(repeat, tiles) for repeat, tiles in rows)
    return table(("repeat", "n:tiles", "n:seam, median", "n:5 – 95 %", "n:join shows"), lines)


def failures(rows: pa.Table) -> str:
    """Return the rows grouped by error code, most first: reasons, how often, what helps."""
    if not len(rows):
        return ""
    codes = rows.group_by("error_code").aggregate([("design_id", "count")]).to_pylist()
    codes.sort(key=lambda entry: (-entry["design_id_count"], entry["error_code"] or ""))
    return "".join(_failure(rows, entry["error_code"] or "", entry["design_id_count"]) for entry in codes)


def licences(ok: pa.Table) -> str:
    """Return who must be named and what may be done: licence, credit and source of every image used."""
    lines = _owners(ok, "garment", "content_id", ("content_licence", "", "content_source"))
    lines += _owners(ok, "textile", "style_id", ("style_licence", "credit", "style_source"))
    heads = ("used as", "licence", "credit", "source", "n:images", "n:designs")
    return table(heads, "".join(lines[:MAX_LICENCES])) + left_out(len(lines) - MAX_LICENCES)


def attributions(ok: pa.Table) -> str:
    """Return what must stand beside designs wherever they are shown, each line once; "" for nothing."""
    counts: Counter[str] = Counter()
    for column in ("content_attribution_line", "style_attribution_line"):
        for entry in pc.value_counts(ok.column(column)).to_pylist():
            if entry["values"]:
                counts[entry["values"]] += entry["counts"]
    if not counts:
        return ""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    lines = [
        f'<tr><td class="text">{escaped(line, at_most=MAX_LINE_CHARS)}</td>{number_cell(f"{count:,}")}</tr>'
        for line, count in ordered[:MAX_LICENCES]
    ]
    heads = ("to be named beside the design", "n:designs")
    return table(heads, "".join(lines)) + left_out(len(ordered) - MAX_LICENCES)


def all_garments(rows: Sequence[Row], ranks: Sequence[float]) -> str:
    """Return one line a garment, as given."""
    lines = "".join(
        _line(row, score, ("garment", "cloth"), _GARMENT_SCORES)
        for row, score in zip(rows, ranks, strict=True)
    )
    return table(_heads(("garment", "textile"), _GARMENT_SCORES), lines)


def all_cloth(rows: Sequence[Row], ranks: Sequence[float]) -> str:
    """Return one line a tile of new cloth, as given."""
    lines = "".join(
        _line(row, score, ("textile", "motif", "made"), _TILE_SCORES)
        for row, score in zip(rows, ranks, strict=True)
    )
    return table(_heads(("textile", "motif", "made"), _TILE_SCORES), lines)


_GARMENT_SCORES = {
    "motif": "motif", "relief": "relief", "speckle": "speckle", "gmd": "gmd", "held out": "gmd_heldout",
}  # fmt: skip
_TILE_SCORES = {
    "seam": "seam", "banding": "banding", "chroma speckle": "chroma_speckle", "max copy": "max_copy",
    "legibility": "legibility", "off palette": "off_palette", "novelty": "novelty", "gmd": "gmd",
}  # fmt: skip


def _heads(names: Sequence[str], columns: Mapping[str, str]) -> tuple[str, ...]:
    scored = (f"n:{name}" for name in columns)
    return ("n:rank", *names, "recipe", "n:px", "n:seed", *scored, "n:s", "flags", "design")


def _made_by(ok: pa.Table, measure: Measure) -> pa.Table:
    if not measure.makers:
        return ok
    return ok.filter(pc.is_in(ok.column("maker"), value_set=pa.array(measure.makers, pa.string())))


def _measure(measure: Measure, values: NDArray[np.float64]) -> str:
    if not len(values):
        return ""
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    judged = ""
    if measure.target:
        met = measure.met_by(float(np.round(median, 2)))
        judged = (
            f'{measure.target} <span class="{"met" if met else "short"}">{"met" if met else "not met"}</span>'
        )
    return (
        f'<tr><td>{measure.name}{_of(measure)}</td><td class="n"><b>{figure(float(median))}</b></td>'
        f'<td class="n">{figure(float(low))} – {figure(float(high))}</td><td>{judged}</td>'
        f'<td>{_histogram(values, measure, float(median))}</td><td class="text">{measure.says}</td></tr>'
    )


def _repeat(repeat: str, tiles: pa.Table) -> str:
    seams = _finite(tiles, "seam")
    low, median, high = np.quantile(seams, [0.05, 0.5, 0.95]) if len(seams) else [float("nan")] * 3
    shows = sum("seam" in (flags or ()) for flags in tiles.column("flags").to_pylist())
    numbers = (f"{len(tiles):,}", figure(float(median)), f"{figure(float(low))} – {figure(float(high))}")
    cells = "".join(map(number_cell, (*numbers, f"{shows:,}")))
    return f"<tr><td>{escaped(repeat)}</td>{cells}</tr>"


def _histogram(values: NDArray[np.float64], measure: Measure, median: float) -> str:
    edges = [
        float(values.min()),
        float(values.max()),
        *(v for v in (measure.low, measure.high) if v is not None),
    ]
    start, end = min(edges), max(edges)
    pad = 0.04 * (end - start) or 0.05
    start, end = start - pad, end + pad
    counts, _ = np.histogram(values, bins=BINS, range=(start, end))
    step = _WIDTH / BINS

    def x(value: float) -> float:
        return (value - start) / (end - start) * _WIDTH

    band = ""
    if measure.target:
        left = x(measure.low) if measure.low is not None else 0.0
        right = x(measure.high) if measure.high is not None else float(_WIDTH)
        band = f'<rect class="band" x="{left:.1f}" y="0" width="{right - left:.1f}" height="{_HEIGHT}"/>'
    bars = "".join(
        f'<rect x="{k * step:.1f}" y="{_HEIGHT - h:.1f}" width="{step - 1:.1f}" height="{h:.1f}"/>'
        for k, h in enumerate(counts / max(int(counts.max()), 1) * _HEIGHT)
        if h
    )
    mark = f'<rect class="median" x="{x(median) - 0.75:.1f}" y="0" width="1.5" height="{_HEIGHT}"/>'
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="histogram">{band}{bars}{mark}</svg>'
    )


def _failure(rows: pa.Table, code: str, count: int) -> str:
    here = rows.filter(pc.equal(pc.fill_null(rows.column("error_code"), ""), code))
    reasons = here.group_by("error").aggregate([("design_id", "count"), ("design_id", "min")]).to_pylist()
    reasons.sort(key=lambda entry: (-entry["design_id_count"], entry["error"] or ""))
    lines = "".join(
        f"<li>{escaped(entry['error'], at_most=MAX_REASON_CHARS)} <small>{_times(entry['design_id_count'])}"
        f"{short_id(entry['design_id_min'])}</small></li>"
        for entry in reasons[:MAX_REASONS]
    )
    more = len(reasons) - MAX_REASONS
    lines += f'<li class="note">and {more:,} other reasons</li>' if more > 0 else ""
    return (
        f'<div class="failure"><h3>{count:,} × <code>{escaped(code) or "without a code"}</code></h3>'
        f"<p>{_code_spans(remedy(code))}</p><ul>{lines}</ul></div>"
    )


def _owners(ok: pa.Table, kind: str, name: str, columns: tuple[str, str, str]) -> list[str]:
    by = [column for column in columns if column]
    ok = ok.filter(pc.is_valid(ok.column(name)))  # yardage has no garment
    grouped = ok.group_by(by).aggregate([(name, "count_distinct"), ("design_id", "count")]).to_pylist()
    grouped.sort(key=lambda entry: (-entry["design_id_count"], *(entry[column] or "" for column in by)))
    lines = []
    for entry in grouped:
        words = (text_cell(entry[column] if column else "") for column in columns)
        counts = (number_cell(f"{entry[count]:,}") for count in (f"{name}_count_distinct", "design_id_count"))
        lines.append(f"<tr><td>{kind}</td>{''.join(words)}{''.join(counts)}</tr>")
    return lines


def _of(measure: Measure) -> str:
    makers = ", ".join(measure.makers)
    return f'<small class="of">of {makers}</small>' if makers else ""


def _line(row: Row, score: float, said: Sequence[str], columns: Mapping[str, str]) -> str:
    names = named(row)
    cells = [
        number_cell(rank(score)),
        *(text_cell(getattr(names, part)) for part in said),
        f"<td>{escaped(row['recipe'])}</td>",
        *(number_cell(str(row[name])) for name in ("size_px", "seed")),
        *(number_cell(figure(row[name])) for name in columns.values()),
        number_cell(figure(row["seconds"], 1)),
        f'<td class="flag">{escaped(", ".join(row["flags"] or ()))}</td>',
        f"<td>{link_to(row['image_key'], short_id(row['design_id']))}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _finite(rows: pa.Table, name: str) -> NDArray[np.float64]:
    values = np.asarray(rows.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    return values[np.isfinite(values)]


def _times(count: int) -> str:
    return f"{count:,} times, " if count > 1 else ""


def _code_spans(text: str) -> str:
    parts = escaped(text, at_most=MAX_REASON_CHARS).split("`")
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))
