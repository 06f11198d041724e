"""What each part of a recipe does, every part off in turn, as a table: `python bench/ablation.py --data DIR`.

DIR holds content/ and style/ with the pictures of `bench/front.py`. All variants paint the same pairs and are
scored with one mask and against one cloth, those that `toile` finds. A row is kept in OUT/ablation.csv as
soon as its picture is painted, and not painted again: stop it at any time and run it again. Seconds are the
processor's, so that a machine that is busy with other work counts the same.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from front import COLUMNS, chosen_pairs, scores_of
from PIL import Image

from configs.backbones import split_layer
from configs.loading import load_recipe
from configs.recipe import OptimisePart, Recipe
from nst_core.design import Painted, Prepared
from nst_core.engine import Engine

SCORES = tuple(name for name in COLUMNS if name != "seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with content/ and style/")
    parser.add_argument(
        "--out", type=Path, default=Path("ablation"), help="rows and pictures; taken up again"
    )
    parser.add_argument("--recipe", default="duggal")
    parser.add_argument("--size-px", type=int, default=256)
    parser.add_argument("--pairs", type=int, default=2, help="of the 80 of the front")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    table = asked.out / "ablation.csv"
    engine, house = Engine(threads=asked.threads), load_recipe("toile")
    pairs, names = chosen_pairs(asked.data, asked.pairs), variants(load_recipe(asked.recipe), asked.size_px)
    there = set() if not table.is_file() else {tuple(row[:4]) for row in read_rows(table)}
    for pair in pairs:
        job = pair.job(asked.size_px)
        seen = engine.prepare(job, house)
        for label, recipe in names.items():
            key = (asked.recipe, label, pair.name, str(asked.size_px))
            if key in there:
                continue
            prepared = engine.prepare(job, recipe)
            image, seconds = painted(engine, prepared, recipe)
            Image.fromarray(image).save(picture_of(asked.out, key))
            scores = scores_of(image, seen)
            with table.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file).writerow([*key, *(scores[name] for name in SCORES), f"{seconds:.2f}"])
            print(f"{label:24} {pair.name:50} {seconds:6.1f} s", flush=True)
    keys = {(asked.recipe, label, pair.name, str(asked.size_px)) for pair in pairs for label in names}
    print_table([row for row in read_rows(table) if tuple(row[:4]) in keys])
    return 0


def variants(recipe: Recipe, size_px: int) -> dict[str, Recipe]:
    """Return the recipe and, for each of its parts that ``PARTS`` knows, the recipe without it."""
    if recipe.optimise is None:
        raise SystemExit(f"{recipe.name} takes no steps: there is nothing to switch off")
    found = {"all parts": recipe}
    for name, without in PARTS.items():
        changed = without(recipe, recipe.optimise, size_px)
        if changed is not None:
            found[f"no {name}"] = changed
    return found


def _without_term(key: str) -> Callable[[Recipe, OptimisePart, int], Recipe | None]:
    def without(recipe: Recipe, part: OptimisePart, size_px: int) -> Recipe | None:
        del size_px
        return None if getattr(part, key) is None else _with(recipe, part, {key: None})

    return without


def _without_coarse_layers(recipe: Recipe, part: OptimisePart, size_px: int) -> Recipe | None:
    """The layers at full size share the weight of all."""
    del size_px
    if part.style is None:
        return None
    full = {name: weight for name, weight in part.style.layers.items() if split_layer(name)[1] == 1}
    if len(full) == len(part.style.layers):
        return None
    share = sum(part.style.layers.values()) / sum(full.values())
    layers = {name: weight * share for name, weight in full.items()}
    return _with(recipe, part, {"style": type(part.style)(**{**part.style.model_dump(), "layers": layers})})


def _without_adaptive_rate(recipe: Recipe, part: OptimisePart, size_px: int) -> Recipe | None:
    del size_px
    if getattr(part.optimiser, "decay", "none") == "none":
        return None
    return _with(recipe, part, {"optimiser": part.optimiser.model_copy(update={"decay": "none"})})


def _without_progress(recipe: Recipe, part: OptimisePart, size_px: int) -> Recipe | None:
    """As many steps in all, every one of them at the design's own size."""
    coarser = [side for side in part.scales_px if side < size_px]
    if not coarser:
        return None
    return _with(recipe, part, {"scales_px": (), "steps": part.steps * (1 + len(coarser))})


def _without_mask(recipe: Recipe, part: OptimisePart, size_px: int) -> Recipe | None:
    del size_px
    if recipe.garment is None or part.style is None or recipe.cloth is not None:
        return None
    whole = _with(recipe, part, {"style": part.style.model_copy(update={"region": "picture"})})
    return whole.model_copy(update={"garment": None})


PARTS: Mapping[str, Callable[[Recipe, OptimisePart, int], Recipe | None]] = {
    "dynamic weights": _without_term("balance"),
    "secondary content": _without_term("secondary_content"),
    "combined image": _without_term("combined"),
    "motif": _without_term("motif"),
    "multi-scale losses": _without_coarse_layers,
    "total variation": _without_term("tv"),
    "adaptive rate": _without_adaptive_rate,
    "coarse to fine": _without_progress,
    "spatial mask": _without_mask,
}


def _with(recipe: Recipe, part: OptimisePart, changes: Mapping[str, Any]) -> Recipe:
    return recipe.model_copy(update={"optimise": part.model_copy(update=dict(changes))})


def painted(engine: Engine, prepared: Prepared, recipe: Recipe) -> tuple[Any, float]:
    """Return the picture ``(H, W, 3)`` uint8 and the processor's seconds, scores included."""
    began = time.process_time()
    [result] = engine.paint([prepared], recipe)
    if not isinstance(result, Painted):
        raise SystemExit(f"{recipe.name} could not paint {prepared.design_id}: {result}")
    return result.image, time.process_time() - began


def read_rows(table: Path) -> Iterator[list[str]]:
    """Yield (recipe, variant, pair, size, scores …, seconds) of every picture there is."""
    with table.open(newline="", encoding="utf-8") as file:
        yield from csv.reader(file)


def picture_of(out: Path, key: tuple[str, ...]) -> Path:
    return out / f"{'-'.join(key).replace(' ', '-')}.png"


def print_table(rows: list[list[str]]) -> None:
    """Print the means over all pairs as a Markdown table."""
    frame = pd.DataFrame(rows, columns=["recipe", "variant", "pair", "size_px", *SCORES, "seconds"])
    numbers = frame[[*SCORES, "seconds"]].replace("", np.nan).astype(float)
    means = numbers.groupby(frame["variant"], sort=False).mean()
    print(
        f"| {frame['recipe'].iloc[0]}, {frame['pair'].nunique()} pairs | " + " | ".join(means.columns) + " |"
    )
    print("|---" * (len(means.columns) + 1) + "|")
    for name, row in means.iterrows():
        print(f"| {name} | " + " | ".join(f"{row[one]:.3f}" for one in SCORES) + f" | {row['seconds']:.1f} |")


if __name__ == "__main__":
    raise SystemExit(main())
