"""``toile paper-tables``: what the papers report and what their recipes reach here, as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson
from flows.cli.reporting import Command, family, print_json, tell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from configs.recipe import PaperFigures

app = family()

# The lines that papers measure all methods by; the rest of a paper's figures say how it was set.
MEASURES = ("ssim", "gmd", "seconds at 256²", "seconds at 1024²", "memory in MB")


@app.command("paper-tables", cls=Command, epilog="Example: toile paper-tables; toile paper-tables gatys")
def paper_tables(
    names: Annotated[list[str] | None, typer.Argument(metavar="[RECIPE]...", help="All by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the papers' figures beside ours: all methods in one table, then each recipe in its own."""
    from configs.loading import list_recipes, load_recipe

    recipes = [load_recipe(name) for name in names or list_recipes()]
    papers = {recipe.name: recipe.paper for recipe in recipes if recipe.paper is not None}
    if as_json:
        print_json({name: paper.model_dump(mode="json") for name, paper in papers.items()})
        return
    measured = {
        name: paper for name, paper in papers.items() if {*paper.figures, *paper.ours} & set(MEASURES)
    }
    if measured:
        tell("## Measures, paper / here\n")
        tell(markdown(("recipe", *MEASURES), [(name, *_pairs(paper)) for name, paper in measured.items()]))
    for name, paper in papers.items():
        lines = dict.fromkeys((*paper.figures, *paper.ours))
        rows = [(line, figure(paper.figures, line), figure(paper.ours, line)) for line in lines]
        tell(f"\n## {name}\n\n{paper.title}. {paper.source}\n".rstrip() + "\n")
        tell(markdown(("", "the paper", "here"), rows))


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def figure(figures: Mapping[str, str | float], line: str) -> str:
    """Return a line of a paper's figures as it is read; a dash where there is none."""
    value = figures.get(line, "–")
    return value if isinstance(value, str) else f"{value:g}"


def _pairs(paper: PaperFigures) -> list[str]:
    return [f"{figure(paper.figures, line)} / {figure(paper.ours, line)}" for line in MEASURES]
