"""The section "Since last night" of the page."""

from __future__ import annotations

from urllib.parse import quote

from catalogs.remedies import remedy
from catalogs.report.cells import left_out, number_cell, table, text_cell
from catalogs.report.figures import Album, designs
from catalogs.report.medians import Cost
from catalogs.report.since import ENOUGH_NIGHTS, NAMED, Move, Since
from catalogs.report.words import duration, escaped, figure

MAX_MOVES = 40
_BEST_NEW = "The best of the new designs; those of earlier nights are among all of them below."
_KINDS = {"content_id": "garment", "style_id": "textile", "recipe": "recipe"}


def since_section(told: Since, album: Album) -> str:
    """Return what changed since last night as HTML: designs, cost, scores beyond their spread, failures."""
    last = f'<a href="../{quote(told.batch_id)}/index.html"><code>{escaped(told.batch_id)}</code></a>'
    lines = [f"<p>Against {last}: {_what_is_new(told)}</p>"]
    lines.append(f"<p>{_cost(told.cost, told.cost_before)}</p>")
    lines.append(_moves(told))
    if told.failures:
        lines.append(_failures(told.failures))
    if told.best_new:
        rows, ranks = zip(*told.best_new, strict=True)
        lines.append(f'<p class="note">{_BEST_NEW}</p>{designs(rows, ranks, album)}')
    return "".join(lines)


def _what_is_new(told: Since) -> str:
    said = [f"{told.new:,} new designs, {told.gone:,} that are not there any more."]
    for column, kind in _KINDS.items():
        names = told.new_names[column]
        if names:
            shown = ", ".join(f"<bdi>{escaped(name, at_most=60)}</bdi>" for name in names[:NAMED])
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            said.append(f"New {kind}{'s' if len(names) > 1 else ''}: {shown}{more}.")
    return " ".join(said)


def _cost(now: Cost, before: Cost | None) -> str:
    if not now.designs:
        return "Nothing was painted anew."
    said = f"Painting them took {duration(now.seconds)} of one device, {now.designs_an_hour:,.0f} an hour"
    if before is None or not before.designs:
        return f"{said}."
    last = f"{before.designs:,} new, {duration(before.seconds)}, {before.designs_an_hour:,.0f} an hour"
    return f"{said}; last night {last}."


def _moves(told: Since) -> str:
    if not told.compared:
        return '<p class="note">No textile was painted by the same recipe last night.</p>'
    enough = told.nights >= ENOUGH_NIGHTS
    how = f"by the steps of {told.nights} nights" if enough else "by the designs of the two nights alone"
    drops = sum(one.is_drop for one in told.moves)
    note = (
        f"Medians of each textile by each recipe: {told.compared:,} compared, {drops:,} got worse and "
        f"{len(told.moves) - drops:,} better by more than three times their usual spread, {how}."
    )
    if not told.moves:
        return f'<p class="note">{note}</p>'
    heads = ("", "textile", "recipe", "measure", "n:last night", "n:tonight", "n:usual ±", "n:designs")
    lines = "".join(_move(one) for one in told.moves[:MAX_MOVES])
    return f'<p class="note">{note}</p>{table(heads, lines)}{left_out(len(told.moves) - MAX_MOVES)}'


def _move(one: Move) -> str:
    digits = 0 if one.score == "rank" else 2
    verdict = '<td class="short">worse</td>' if one.is_drop else '<td class="met">better</td>'
    numbers = (figure(one.before, digits), figure(one.now, digits), figure(one.usual, digits + 1))
    cells = "".join(map(number_cell, (*numbers, f"{one.designs:,}")))
    score = one.score.replace("_", " ")
    return f"<tr>{verdict}{text_cell(one.style_id)}{text_cell(one.recipe)}<td>{score}</td>{cells}</tr>"


def _failures(codes: dict[str, tuple[int, int]]) -> str:
    lines = "".join(
        f"<tr><td><code>{escaped(code) or 'without a code'}</code></td>{number_cell(f'{now:,}')}"
        f"{number_cell(f'{then:,}')}{text_cell(remedy(code) if now else '', at_most=300)}</tr>"
        for code, (now, then) in codes.items()
    )
    return table(("failed", "n:tonight", "n:last night", "what helps"), lines)
