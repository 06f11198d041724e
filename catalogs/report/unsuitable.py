"""Textiles that a maker of new cloth could make nothing good of: maker, textile, reason."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.manifest import SKIPPED
from catalogs.report.cells import left_out, number_cell, table, text_cell
from catalogs.report.naming import motif_of, named
from catalogs.report.words import MAX_REASON_CHARS, escaped

# Which of a design's two textiles a reason is about.
OF_THE_MOTIF = frozenset({"no_two_classes", "ground_of_many_colours", "plain"})
OF_THE_TEXTILE = frozenset(
    {
        *("no_two_windows", "no_brushwork"),
        *("no_ground", "motifs_touch", "motifs_large"),
        *("composition", "repeats_itself", "runs_on"),
        "cloth_unsuitable",
    }
)
UNSUITABLE = OF_THE_MOTIF | OF_THE_TEXTILE
MAX_LINES = 200


def apart(skipped: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the skipped rows that a maker left out for their textiles, and the others."""
    codes = pa.array(sorted(UNSUITABLE), pa.string())
    found = pc.and_(
        pc.is_in(skipped.column("error_code"), value_set=codes), pc.equal(skipped.column("status"), SKIPPED)
    )
    return skipped.filter(found), skipped.filter(pc.invert(found))


def unsuitable(rows: pa.Table) -> str:
    """Return a line for each maker, textile and reason of such rows, by maker; "" for no rows."""
    if not len(rows):
        return ""
    counts: Counter[tuple[str, str, str]] = Counter()
    told: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows.select(_COLUMNS).to_pylist():
        key = (row["maker"] or "", _textile(row), row["error_code"])
        counts[key] += 1
        told.setdefault(key, row)
    lines = "".join(
        f"<tr><td>{escaped(maker)}</td>{text_cell(textile)}"
        f'<td class="text">{escaped(told[maker, textile, code]["error"], at_most=MAX_REASON_CHARS)}</td>'
        f"<td><code>{escaped(code)}</code></td>{number_cell(f'{counts[maker, textile, code]:,}')}</tr>"
        for maker, textile, code in sorted(counts)[:MAX_LINES]
    )
    heads = ("maker", "textile", "reason", "code", "n:designs left out")
    return table(heads, lines) + left_out(len(counts) - MAX_LINES)


_COLUMNS = [
    *("maker", "repeat", "content_id", "content_title", "style_id", "style_title", "further_styles"),
    *("error_code", "error"),
]


def _textile(row: dict[str, Any]) -> str:
    names, motif = named(row), motif_of(row)
    if row["error_code"] in OF_THE_MOTIF and motif is not None:
        return names.motif or str(motif["style_id"])
    return names.textile
