"""``toile recipes``: which recipes there are, what one is, and the schema that editors complete from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson
from flows.cli.paper_tables import figure
from flows.cli.reporting import Command, console, family, print_json, tell

if TYPE_CHECKING:
    from configs.recipe import PaperFigures, Recipe

app = family("Recipes: named ways to paint.")
_SHOWN = {"backbone", "cloth", "garment", "optimise", "controls"}


@app.command("list", cls=Command, epilog="Example: toile recipes list")
def list_them(as_json: AsJson = False) -> None:
    """List the recipes that are found by name."""
    from rich.table import Table

    from configs.loading import list_recipes, load_recipe

    recipes = [load_recipe(name) for name in list_recipes()]
    if as_json:
        print_json([{"name": recipe.name, "title": recipe.title, "does": does(recipe)} for recipe in recipes])
        return
    table = Table("recipe", "title", "what it does", box=None, pad_edge=False)
    for recipe in recipes:
        table.add_row(recipe.name, recipe.title, does(recipe))
    console().print(table)


@app.command("show", cls=Command, epilog="Example: toile recipes show gatys; toile recipes show ./mine.yaml")
def show(
    name: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Name of a recipe, or path of its YAML file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a recipe with every default filled in, and the paper's figures beside ours."""
    import yaml

    from configs.loading import load_recipe, recipe_hash

    recipe = load_recipe(name)
    if as_json:
        print_json({**recipe.model_dump(mode="json"), "recipe_hash": recipe_hash(recipe)})
        return
    tell(f"{recipe.name}: {recipe.title}" if recipe.title else recipe.name)
    tell(f"recipe hash {recipe_hash(recipe)[:16]}…\n")
    if recipe.description:
        console().print(f"{recipe.description.strip()}\n", markup=False, highlight=False)
    parts = recipe.model_dump(mode="json", include=_SHOWN | ({"network"} if recipe.network else set()))
    tell(yaml.safe_dump(parts, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100))
    if recipe.paper is not None:
        _show_paper(recipe.paper)


@app.command("schema", cls=Command, epilog="Example: toile recipes schema recipe > recipe.schema.json")
def schema(
    kind: Annotated[str, typer.Argument(help="recipe, batch or storage.")] = "recipe",
) -> None:
    """Print the JSON Schema of a kind of config file, which editors complete from."""
    from configs.schema import json_schema

    print_json(json_schema(kind))


def does(recipe: Recipe) -> str:
    """Say in a few words what a recipe does."""
    told = [f"lays {recipe.cloth.maker} cloth"] if recipe.cloth is not None else []
    if recipe.optimise is not None:
        optimiser = {"lbfgs": "L-BFGS", "adam": "Adam", "adadelta": "Adadelta"}.get(
            recipe.optimise.optimiser.method, recipe.optimise.optimiser.method
        )
        told.append(f"{recipe.optimise.steps} {optimiser} steps from the {recipe.optimise.start}")
    if recipe.network is not None:
        told.append(f"one pass through {recipe.network.model_name} of the {recipe.network.sees}")
    told.append("the garment only" if recipe.garment is not None else "the whole picture")
    return ", ".join(told)


def _show_paper(paper: PaperFigures) -> None:
    from rich.table import Table

    tell(f"{paper.title}\n{paper.source}\n")
    table = Table("", "the paper", "here", box=None, pad_edge=False)
    for line in dict.fromkeys((*paper.figures, *paper.ours)):
        table.add_row(line, figure(paper.figures, line), figure(paper.ours, line))
    console().print(table)
