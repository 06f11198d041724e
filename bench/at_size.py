"""What a larger tile gains by being laid out again: `python bench/at_size.py --data DIR --size-px 1024`.

DIR holds style/ with textiles. Each tile is painted at --preview-px and brought to --size-px interpolated,
resumed, laid out again without steps, and laid out again. Pictures of all four go to --out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from unittest import mock

import cv2
import numpy as np

from configs.loading import load_recipe
from configs.recipe import Recipe
from nst_core import at_size
from nst_core.backbones import load_backbone
from nst_core.codec import encode_png
from nst_core.design import DesignJob
from nst_core.engine import Engine
from nst_core.garment.pixels import Image, floats, unit
from nst_core.losses.gram import gram_matrix
from nst_core.planes import to_planes
from nst_core.resampling import resampled
from nst_core.scoring.gmd import GMD_LAYERS, HELDOUT_LAYERS, gram_distance
from nst_core.uprez import Enlarged

# maker, style, motif, motif_scale: at 1024 px each textile is seen in about its own pixels.
TILES = (
    ("toss", "vector_hero_leaf", None, 0.5),
    ("requilt", "fabric_dark_floral", None, 0.25),
    ("applique", "art_starry_night", "fabric_zebra", 1.0),
    ("residual", "art_great_wave", "vector_stars", 0.9),
    ("fill", "art_starry_night", "vector_hero_leaf", 1.0),
)


def main() -> None:
    args = arguments()
    engine, backbone = Engine(device="cpu", threads=1), load_backbone("vgg16")
    print("| tile | way | gmd | held out | sharpness | unlike the preview | CPU s |")
    for maker, style, motif, scale in TILES:
        if args.only and maker not in args.only:
            continue
        recipe = load_recipe(maker)
        cloth = recipe.cloth.model_copy(update={"motif_scale": scale, "candidates": 1})
        recipe = recipe.model_copy(update={"cloth": cloth})
        job = DesignJob("", None, "", read(args.data, style), style, args.preview_px, seed=1)
        if motif is not None:
            job = DesignJob(**{**job.__dict__, "motif": read(args.data, motif), "motif_name": motif})
        (painted,) = engine.paint([engine.prepare(job, recipe)], recipe)
        preview = unit(painted.image)
        textile = engine._preparation.tiles.textile(job, recipe, args.size_px)
        wanted = grams(textile, backbone)
        for way in ("interpolated", "resumed", "laid out", "laid out again"):
            began = time.process_time()
            found = in_way(way, engine, painted.image, job, recipe, args.size_px)
            spent = time.process_time() - began
            tile = floats(found.tile / np.float32(65_535))
            have = grams(tile, backbone)
            back = resampled(tile, "straight", height_px=preview.shape[0], width_px=preview.shape[1])
            figures = (
                gram_distance(have, wanted, GMD_LAYERS),
                gram_distance(have, wanted, HELDOUT_LAYERS),
                sharpness(tile) / sharpness(textile),
                float((back - preview).std() / preview.std()),
            )
            print(
                f"| {maker}, {style} | {way} |",
                " | ".join(f"{one:.2f}" for one in figures),
                f"| {spent:.0f} |",
            )
            if args.out:
                args.out.mkdir(parents=True, exist_ok=True)
                name = f"{maker}-{style}-{way.replace(' ', '-')}.png"
                (args.out / name).write_bytes(encode_png(np.rint(tile * 255).astype(np.uint8)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds style/")
    parser.add_argument("--preview-px", type=int, default=384)
    parser.add_argument("--size-px", type=int, default=1024)
    parser.add_argument("--only", nargs="*", default=[], help="makers")
    parser.add_argument("--out", type=Path, help="a folder for the pictures")
    return parser.parse_args()


def read(data: Path, name: str) -> bytes:
    return next((data / "style").glob(f"{name}.*")).read_bytes()


def in_way(way: str, engine: Engine, tile: np.ndarray, job: DesignJob, recipe: Recipe, side: int) -> Enlarged:
    """Bring a tile to a size in one of four ways; the engine's own choice is the last."""
    without = recipe.model_copy(update={"cloth": recipe.cloth.model_copy(update={"refine": None})})
    as_job = recipe if way in ("resumed", "laid out again") else without
    no_more = mock.patch.object(at_size, "LEAST_GROWTH", 1e9 if way in ("resumed", "interpolated") else 1.15)
    same = mock.patch.object(at_size, "SAME_LAYOUT", 1e9)
    with no_more, same:
        return engine.enlarge(tile, job, as_job, height_px=side, width_px=side)


def grams(image: Image, backbone):
    features = backbone.features(to_planes(image)[None], (*GMD_LAYERS, *HELDOUT_LAYERS))
    return {layer: gram_matrix(maps)[0] for layer, maps in features.items()}


def sharpness(image: Image) -> float:
    """Mean of the absolute Laplacian of the luma."""
    return float(np.abs(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_32F)).mean())


if __name__ == "__main__":
    main()
