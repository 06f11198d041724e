"""Whether equal steps of the control `strength` look equally large: `python bench/strength.py --data DIR`.

DIR holds content/ and style/ with the pictures of `bench/front.py`. Every recipe paints the same pairs.
Printed is how far a strength is on the way from the photo to the full design, a share, mean over the pairs:
by features (VGG-16, each place of unit length, squared distance over five layers: LPIPS without its trained
weights), by SSIM and by GMD over the garment that `toile` finds, and their mean.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from front import Pair, chosen_pairs, scores_of
from numpy.typing import NDArray

from configs.loading import load_recipe
from configs.recipe import Recipe
from nst_core.backbones import Backbone, load_backbone
from nst_core.design import Painted, RgbImage
from nst_core.engine import Engine
from nst_core.planes import to_planes
from nst_core.strength import weakened

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)
MEASURES = ("features", "ssim_garment", "gmd")
LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with content/ and style/")
    parser.add_argument("--recipes", nargs="*", default=["toile", "gatys", "textile-tv", "duggal"])
    parser.add_argument("--pairs", type=int, default=3, help="of the 80 of the front")
    parser.add_argument("--size-px", type=int, default=192)
    parser.add_argument("--steps", type=int, help="other than the recipes' own, for a trial")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    engine, house, network = Engine(threads=asked.threads), load_recipe("toile"), load_backbone("vgg16")
    between = STRENGTHS[1:-1]
    heads = [f"{measure} {one:g}" for measure in (*MEASURES, "mean") for one in between]
    print("| recipe | " + " | ".join(heads) + " |\n" + "|---" * (len(heads) + 1) + "|")
    for name in asked.recipes:
        recipe = with_steps(load_recipe(name), asked.steps)
        ways = []
        for pair in chosen_pairs(asked.data, asked.pairs):
            seen = engine.prepare(pair.job(asked.size_px), house)
            pictures = series(engine, pair, recipe, asked.size_px)
            scores = [scores_of(picture, seen) for picture in pictures]
            far = [from_photo([look(picture, network) for picture in pictures])]
            far += [[float(one[measure]) for one in scores] for measure in MEASURES[1:]]
            ways.append([shares(one) for one in far])
        mean = np.mean(ways, axis=0)
        row = np.concatenate([*mean, mean.mean(axis=0)])
        print(f"| {name} | " + " | ".join(f"{one:.2f}" for one in row) + " |", flush=True)
    return 0


def series(engine: Engine, pair: Pair, recipe: Recipe, size_px: int) -> list[RgbImage]:
    """Return a pair at all strengths, painted as seldom as may be."""
    if recipe.cloth is not None:
        return [painted(engine, pair, at(recipe, one), size_px)[1] for one in STRENGTHS]
    content, full = painted(engine, pair, recipe, size_px)
    return [weakened(full, content, None, one) for one in STRENGTHS]


def painted(engine: Engine, pair: Pair, recipe: Recipe, size_px: int) -> tuple[RgbImage, RgbImage]:
    """Return a pair's photo and its design."""
    prepared = engine.prepare(pair.job(size_px), recipe)
    [result] = engine.paint([prepared], recipe)
    if not isinstance(result, Painted):
        raise SystemExit(f"{pair.name} by {recipe.name}: {result}")
    return prepared.content, result.image


def at(recipe: Recipe, strength: float) -> Recipe:
    controls = recipe.controls.model_copy(update={"strength": strength})
    return recipe.model_copy(update={"controls": controls})


def with_steps(recipe: Recipe, steps: int | None) -> Recipe:
    if steps is None or recipe.optimise is None:
        return recipe
    return recipe.model_copy(update={"optimise": recipe.optimise.model_copy(update={"steps": steps})})


def shares(values: Sequence[float]) -> NDArray[np.float64]:
    """Return how far the values between the first and the last are on the way from one to the other."""
    first, *between, last = values
    return (np.array(between) - first) / (last - first)


def from_photo(looks: Sequence[Sequence[torch.Tensor]]) -> list[float]:
    return [distance(looks[0], one) for one in looks]


def look(picture: RgbImage, network: Backbone) -> list[torch.Tensor]:
    features = network.features(to_planes(picture)[None], LAYERS)
    return [torch.nn.functional.normalize(features[layer].float(), dim=1, eps=1e-6) for layer in LAYERS]


def distance(one: Sequence[torch.Tensor], two: Sequence[torch.Tensor]) -> float:
    squares = [(a - b).square().sum(1).mean() for a, b in zip(one, two, strict=True)]
    return float(torch.stack(squares).mean())


if __name__ == "__main__":
    raise SystemExit(main())
