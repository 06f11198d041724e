"""The page's tables: scores with their spread, failures by reason, licences and credits, all designs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from catalogs.report.figures import link_to
from catalogs.report.ranking import MEASURES, Measure
from catalogs.report.words import MAX_REASON_CHARS, escaped, figure, rank, remedy

MAX_REASONS = 4
MAX_LICENCES = 200
MAX_LINE_CHARS = 600
BINS = 28
_WIDTH, _HEIGHT = 168, 26


def scores(ok: pa.Table) -> str:
    """Return a row for each measure: median, the middle nine tenths, target, and a histogram."""
    lines = "".join(_measure(measure, _finite(ok, measure.name)) for measure in MEASURES)
    return _table(("measure", "n:median", "n:5 – 95 %", "target", "", "what it says"), lines)


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
    shown = "".join(lines[:MAX_LICENCES])
    more = len(lines) - MAX_LICENCES
    note = f'<p class="note">{more:,} more are in the manifest.</p>' if more > 0 else ""
    return _table(("used as", "licence", "credit", "source", "n:images", "n:designs"), shown) + note


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
        f'<tr><td class="text">{escaped(line, at_most=MAX_LINE_CHARS)}</td>{_number(f"{count:,}")}</tr>'
        for line, count in ordered[:MAX_LICENCES]
    ]
    more = len(ordered) - MAX_LICENCES
    note = f'<p class="note">{more:,} more are in the manifest.</p>' if more > 0 else ""
    return _table(("to be named beside the design", "n:designs"), "".join(lines)) + note


def all_designs(rows: Sequence[dict[str, Any]], ranks: Sequence[float]) -> str:
    """Return one line a design, as given."""
    lines = "".join(_line(row, score) for row, score in zip(rows, ranks, strict=True))
    heads = (
        "n:rank", "garment", "textile", "recipe", "n:px", "n:seed", "n:motif", "n:relief", "n:speckle",
        "n:gmd", "n:held out", "n:s", "flags", "design",
    )  # fmt: skip
    return _table(heads, lines)


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
        f'<tr><td>{measure.name}</td><td class="n"><b>{figure(float(median))}</b></td>'
        f'<td class="n">{figure(float(low))} – {figure(float(high))}</td><td>{judged}</td>'
        f'<td>{_histogram(values, measure, float(median))}</td><td class="text">{measure.says}</td></tr>'
    )


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
        f"{_short_id(entry['design_id_min'])}</small></li>"
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
    grouped = ok.group_by(by).aggregate([(name, "count_distinct"), ("design_id", "count")]).to_pylist()
    grouped.sort(key=lambda entry: (-entry["design_id_count"], *(entry[column] or "" for column in by)))
    lines = []
    for entry in grouped:
        words = (_text(entry[column] if column else "") for column in columns)
        counts = (_number(f"{entry[count]:,}") for count in (f"{name}_count_distinct", "design_id_count"))
        lines.append(f"<tr><td>{kind}</td>{''.join(words)}{''.join(counts)}</tr>")
    return lines


def _line(row: dict[str, Any], score: float) -> str:
    cells = [
        _number(rank(score)),
        _text(row["content_title"] or row["content_id"]),
        _text(row["style_title"] or row["style_id"]),
        f"<td>{escaped(row['recipe'])}</td>",
        *(_number(str(row[name])) for name in ("size_px", "seed")),
        *(_number(figure(row[name])) for name in ("motif", "relief", "speckle", "gmd", "gmd_heldout")),
        _number(figure(row["seconds"], 1)),
        f'<td class="flag">{escaped(", ".join(row["flags"] or ()))}</td>',
        f"<td>{link_to(row['image_key'], _short_id(row['design_id']))}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _text(text: object) -> str:
    return f'<td class="text"><bdi>{escaped(text, at_most=80)}</bdi></td>'


def _number(text: str) -> str:
    return f'<td class="n">{text}</td>'


def _short_id(design_id: object) -> str:
    return f"<code>{escaped(design_id)[:12]}</code>"


def _table(heads: Sequence[str], lines: str) -> str:
    cells = "".join(
        f'<th class="n">{head[2:]}</th>' if head.startswith("n:") else f"<th>{head}</th>" for head in heads
    )
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></div>'


def _finite(rows: pa.Table, name: str) -> NDArray[np.float64]:
    values = np.asarray(rows.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    return values[np.isfinite(values)]


def _times(count: int) -> str:
    return f"{count:,} times, " if count > 1 else ""


def _code_spans(text: str) -> str:
    parts = escaped(text, at_most=MAX_REASON_CHARS).split("`")
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))
