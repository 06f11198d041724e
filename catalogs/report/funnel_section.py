"""The page's section on a funnel: what became of the previews, and how well they foretold the finals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalogs.frugal import chosen
from catalogs.funnel.prediction import LEAST_PAIRS, NEEDED, RANK, Prediction, pairs_of, predictions
from catalogs.manifest import OK, SCORES_FAILED
from catalogs.report.cells import left_out, number_cell, short_id, table, text_cell
from catalogs.report.naming import named
from catalogs.report.ranking import rank_scores
from catalogs.report.words import escaped, figure, rank

LISTED = 100
# From which correlations on a score of the previews tells the order of the finals well, or at all.
WELL, PARTLY = 0.7, 0.4
COLUMNS = tuple(dict.fromkeys((*NEEDED, "followed_by", "error_code", "error")))


def without_promoted(ok: pa.Table) -> pa.Table:
    """Return finished designs but those whose final is finished, too, which shows the pair better."""
    there = pc.is_in(ok.column("followed_by"), value_set=ok.column("design_id").combine_chunks())
    return chosen(ok, pc.invert(pc.and_(there, pc.is_valid(ok.column("followed_by")))))


def funnel_section(rows: pa.Table) -> str:
    """Return the section's HTML, "" for a batch without a funnel; ``rows`` is the whole manifest."""
    if not _counts(rows)["preview"]:
        return ""
    ok = chosen(rows, pc.equal(rows.column("status"), OK))
    told = predictions(ok)
    return (
        f"<p>{_became_of(rows, ok)}</p>"
        f"<h3>Did previews foretell finals?</h3><p>{sentence(told)}</p>{_table(told)}{_promoted(ok)}"
    )


def sentence(told: Sequence[Prediction]) -> str:
    """Return in words what the correlation of the rank, by which designs are promoted, means."""
    found = next((one for one in told if one.score == RANK), None)
    if found is None or found.rho is None or found.low is None or found.high is None:
        pairs = 0 if found is None else found.pairs
        return (
            f"Nobody can tell yet: {pairs:,} finals are there with their previews, and it takes "
            f"{LEAST_PAIRS} that differ."
        )
    if found.rho >= WELL:
        verdict = "the previews that ranked higher became the better finals: the funnel chooses well."
    elif found.rho >= PARTLY:
        verdict = (
            "previews foretell finals in part: what is promoted is better than chance, and not the best."
        )
    else:
        verdict = "previews hardly foretell finals: other previews, or other limits, would serve better."
    return (
        f"By rank, over {found.pairs:,} pairs, Spearman’s correlation is <b>{figure(found.rho)}</b> (95 % "
        f"between {figure(found.low)} and {figure(found.high)}): {verdict} It is measured on what was "
        "promoted, mostly the best, among which it is lower than among all; designs promoted by lot narrow "
        "that gap."
    )


def _counts(rows: pa.Table) -> Counter[str | None]:
    """Return how many rows each stage has."""
    found = pc.value_counts(rows.column("stage")).to_pylist()
    return Counter({entry["values"]: entry["counts"] for entry in found})


def _became_of(rows: pa.Table, ok: pa.Table) -> str:
    there, planned = _counts(ok), _counts(rows)
    refused = rows.filter(pc.equal(pc.fill_null(rows.column("error_code"), ""), SCORES_FAILED))
    why = Counter(
        part.split(" ")[0] for said in refused.column("error").to_pylist() for part in _failing(said or "")
    )
    most = ", ".join(f"{escaped(name)} {count:,}" for name, count in why.most_common())
    reasons = f" (by {most})" if most else ""
    parts = [
        f"{planned['preview']:,} previews were planned; the scores of {there['preview']:,} pass, and "
        f"{len(refused):,} are not shown, as theirs fail{reasons}.",
        f"{there['fallback']:,} of {planned['fallback']:,} fallbacks were painted in their place."
        if planned["fallback"]
        else "",
        f"{planned['final']:,} finals were promoted, {there['final']:,} are finished.",
    ]
    return " ".join(part for part in parts if part)


def _failing(said: str) -> list[str]:
    """Return the scores that a sentence says to fail."""
    return [part for part in said.split("; ") if " is " in part]


def _table(told: Sequence[Prediction]) -> str:
    if not told:
        return ""
    lines = "".join(
        f"<tr>{text_cell(one.score.replace('_', ' '))}"
        + "".join(map(number_cell, (f"{one.pairs:,}", figure(one.rho), _range(one))))
        + "</tr>"
        for one in told
    )
    return table(("score", "n:pairs", "n:rank correlation", "n:95 %"), lines)


def _promoted(ok: pa.Table) -> str:
    before, after = pairs_of(ok)
    if not len(after):
        return ""
    ranks = rank_scores(ok)
    order = sorted(range(len(after)), key=lambda at: (-ranks[after[at]], int(after[at])))[:LISTED]
    lines = []
    for at in order:
        final, preview = (ok.slice(int(one[at]), 1).to_pylist()[0] for one in (after, before))
        title = " × ".join(named(final).parts)
        numbers = (rank(ranks[before[at]]), rank(ranks[after[at]]))
        ids = (short_id(preview["design_id"]), short_id(final["design_id"]))
        lines.append(
            f"<tr>{text_cell(title)}{''.join(map(number_cell, numbers))}"
            f"{''.join(f'<td>{one}</td>' for one in ids)}</tr>"
        )
    heads = ("design", "n:rank before", "n:rank of the final", "preview or fallback", "final")
    more = left_out(len(after) - len(order))
    return (
        f"<details><summary>{len(after):,} promoted</summary>{table(heads, ''.join(lines))}{more}</details>"
    )


def _range(one: Prediction) -> str:
    return "–" if one.low is None or one.high is None else f"{figure(one.low)} to {figure(one.high)}"
