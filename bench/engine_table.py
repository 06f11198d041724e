"""The rows of `bench.engines`: kept in a CSV file, joined with those of earlier runs, written as Markdown."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from configs.errors import ConfigError
from configs.loading import list_recipes, load_recipe
from configs.recipe import PaperFigures
from flows.cli.paper_tables import figure, markdown

SIZES_PX = (256, 512, 1024)
NOTHING = "–"
DIGITS = 4
MEASURED, UNTRAINED = "measured", "not trained"
SCORES = ("ssim", "ssim_garment", "gmd", "gmd_heldout", "motif", "speckle")
HEAD = (
    *("engine", "state", "designs", "CPU s", "of it painting", "wall s", "peak MB"),
    *("SSIM", "SSIM of the garment", "GMD", "held-out GMD", "motif", "speckle"),
    *("training min", "bytes a style", "bytes of all"),
    *("paper: SSIM", "paper: GMD", "paper: s", "paper: MB", "paper: training", "paper: a style"),
    "measured",
)
PREFACE = """\
# Engines side by side

Written by `python -m bench.engines` from `engines.csv`, which keeps each row until the same engine is
measured again at the same size. Every engine paints the same drawn garments in the same drawn textiles
(`toile demo`), each row in a process of its own. **CPU time counts, not wall time**: other programs were at
work beside it, as many as the load in the last column says wanted the processors when the row began. They
share caches and cores, so CPU time is longer beside them too: compare rows here with each other.

- *CPU s*, *wall s*: a whole design, from its files to its scores, median over the designs; weights are
  loaded before. *of it painting*: its steps, or its pass through the network, alone, CPU s.
- *peak MB*: resident memory of the process; Python, torch and the VGG-16 that scores are included.
- Scores: the engine's own metrics, medians, over one mask and against one cloth for all rows: the catalog's
  mask and the cloth that `toile` makes. *SSIM* is of the whole picture: those of papers paint the floor too.
- *not trained*: time and memory of fresh weights, which cost what trained ones do, and no scores.
- *training min*, *bytes a style*, *bytes of all* (the file that all styles share): from the cards of the
  weights that painted; bytes of what is not trained are those of its fresh files. What optimises is not
  trained.
- *paper*: what the papers report, on their own machines and pictures, from the recipes' `paper:` blocks; for
  Gatys and Johnson the table of Duggal et al.
"""


@dataclass(frozen=True)
class Row:
    """One engine at one size; None where there is no such number.

    Attributes:
        state: ``measured``, ``not trained`` (fresh weights), or why there is nothing.
        cpu_s, wall_s, painting_s: seconds a design, medians; the last is of the processor.
        shared_minutes, style_minutes: of training, from the cards.
        load: how many programs wanted the processors as it began.
    """

    engine: str
    size_px: int
    state: str
    designs: int | None = None
    cpu_s: float | None = None
    painting_s: float | None = None
    wall_s: float | None = None
    peak_mb: float | None = None
    ssim: float | None = None
    ssim_garment: float | None = None
    gmd: float | None = None
    gmd_heldout: float | None = None
    motif: float | None = None
    speckle: float | None = None
    shared_minutes: float | None = None
    style_minutes: float | None = None
    trained_on: str = ""
    shared_bytes: int | None = None
    style_bytes: int | None = None
    load: float | None = None
    date: str = ""
    commit: str = ""
    machine: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What a later row takes the place of."""
        return self.engine, self.size_px


def engine_names() -> list[str]:
    """Return the recipes that dress a garment in a textile as it is: those that optimise, then networks."""
    recipes = [load_recipe(name) for name in list_recipes()]
    ours = [one for one in recipes if one.kind == "garment" and not (one.cloth and one.cloth.is_new)]
    return [one.name for one in sorted(ours, key=lambda one: (one.through is not None, one.name))]


def read_rows(file: Path) -> list[Row]:
    """Return the rows of earlier runs; none where there is no file."""
    if not file.is_file():
        return []
    with file.open(newline="", encoding="utf-8") as text:
        return [row_of(line) for line in csv.DictReader(text)]


def row_of(values: Mapping[str, Any]) -> Row:
    """Return a row from texts or numbers by the names of its fields; what lacks is left out."""
    found: dict[str, Any] = {}
    for field in fields(Row):
        value, kind = values.get(field.name), str(field.type).partition(" ")[0]
        if value not in (None, ""):
            made = {"str": str, "int": int, "float": float}[kind](value)
            found[field.name] = round(made, DIGITS) if isinstance(made, float) else made
    return Row(**found)


def merged(before: Iterable[Row], measured: Iterable[Row]) -> list[Row]:
    """Return all rows, new ones in the places of those of the same engine and size, in their order."""
    found = {row.key: row for row in (*before, *measured)}
    order = {name: place for place, name in enumerate(engine_names())}
    return sorted(
        found.values(), key=lambda row: (row.size_px, order.get(row.engine, len(order)), row.engine)
    )


def write_rows(file: Path, rows: Sequence[Row]) -> None:
    """Write the CSV file and, beside it, the table in Markdown; each is whole at any time."""
    beginning = file.with_suffix(".csv.part")
    with beginning.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    os.replace(beginning, file)
    beginning = file.with_suffix(".md.part")
    beginning.write_text(table_text(rows), encoding="utf-8")
    os.replace(beginning, file.with_suffix(".md"))


def table_text(rows: Sequence[Row]) -> str:
    """Return the tables of all sizes; every engine has a line in each, also where it was not measured."""
    found = {row.key: row for row in rows}
    names = list(dict.fromkeys((*engine_names(), *(row.engine for row in rows))))
    papers = {name: paper_of(name) for name in names}
    machines = list(dict.fromkeys(row.machine for row in rows if row.machine))
    text = [PREFACE, *_machine_lines(machines)]
    for size_px in sorted({*SIZES_PX, *(row.size_px for row in rows)}):
        lines = [
            _cells(found.get((name, size_px)) or Row(name, size_px, "not measured"), papers[name], machines)
            for name in names
        ]
        text += [f"\n## {size_px} px, long side\n", markdown(HEAD, lines)]
    return "\n".join(text) + "\n"


def paper_of(name: str) -> PaperFigures | None:
    """Return what a recipe says of its paper; None where it says nothing, or is no recipe any more."""
    try:
        return load_recipe(name).paper
    except ConfigError:
        return None


def paper_cells(paper: PaperFigures | None, size_px: int) -> list[str]:
    """Return what a paper reports at a size: SSIM, GMD, seconds, MB, training, a style's weights."""
    if paper is None:
        return [NOTHING] * 6
    figures = paper.figures
    seconds = figure(figures, f"seconds at {size_px}²")
    if size_px == 512 and seconds == NOTHING:
        # Elmitwally et al.: the paper's long side, and its only time
        seconds = figure(figures, "time for 1000 steps")
    return [
        figure(figures, "ssim"),
        figure(figures, "gmd"),
        seconds,
        figure(figures, "memory in MB"),
        _with_unit(figures, {"training, minutes a style": "min", "hours a style": "h"}),
        _with_unit(figures, {"kB a style": "kB"}),
    ]


def _with_unit(figures: Mapping[str, str | float], units: Mapping[str, str]) -> str:
    for line, unit in units.items():
        if line in figures:
            number, _, rest = figure(figures, line).partition(" ")
            return f"{number} {unit} {rest}".strip()
    return NOTHING


def _machine_lines(machines: Sequence[str]) -> Iterator[str]:
    yield "Machines:\n"
    for place, machine in enumerate(machines):
        yield f"- {_letter(place)}: {machine}"


def _cells(row: Row, paper: PaperFigures | None, machines: Sequence[str]) -> list[str]:
    load = "" if row.load is None else f", load {row.load:.0f}"
    told = (
        f"{row.date}, {row.commit}, {_letter(machines.index(row.machine))}{load}" if row.machine else NOTHING
    )
    return [
        row.engine,
        row.state,
        _number(row.designs, "d"),
        *(_seconds(value) for value in (row.cpu_s, row.painting_s, row.wall_s)),
        _number(row.peak_mb, ".0f"),
        *(_number(getattr(row, name), ".2f") for name in SCORES),
        _training(row),
        _number(row.style_bytes, ",d"),
        _number(row.shared_bytes, ",d"),
        *paper_cells(paper, row.size_px),
        told,
    ]


def _training(row: Row) -> str:
    told = [] if row.shared_minutes is None else [f"{row.shared_minutes:.1f}"]
    told += [] if row.style_minutes is None else [f"{row.style_minutes:.1f} a style"]
    return f"{' + '.join(told)}, {row.trained_on}" if told else NOTHING


def _seconds(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _number(value: float | None, form: str) -> str:
    return NOTHING if value is None else format(value, form)


def _letter(place: int) -> str:
    return chr(ord("A") + place)
