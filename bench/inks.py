"""Inks beside plain quantisation, and colorways by the thousand.

`python bench/inks.py FOLDER` separates every picture of a folder into 4, 8 and 12 inks and prints ΔE2000, how
much of the chroma and how many regions are left, medians, beside Pillow's median cut refined by k-means.
`--colorways` instead makes 1,000 colorway images of them and prints what they cost in CPU time.
`--last-steps` makes new cloth (requilt) of every textile that suits it, in 6 and 8 inks: separated at twice
its size, merely cut, and made for them; with `--keep` the tiles lie beside each other in a folder.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.loading import load_recipe
from configs.recipe import InksPart, Recipe
from nst_core.codec import decode, encode_png
from nst_core.colour.oklab import oklab_of
from nst_core.design import DesignJob
from nst_core.engine import Engine
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Rgb, resized_rgb
from nst_core.inks import delta_e, difference, separate
from nst_core.inks.choosing import choose_inks
from nst_core.inks.colorway import colorway_of
from nst_core.inks.recolouring import ColourMove, ink_for_ink
from nst_core.inks.regions import regions_of
from nst_core.judging import design_scores
from nst_core.palettes import Ink, Palette
from nst_core.sight import Sight

COUNTS = (4, 8, 12)
COLORWAYS, DESIGNS = 1000, 50
LAST_STEPS_INKS = (6, 8)
AS_USUAL: Any = {"repeat": "straight", "width_mm": 640, "min_region_mm": 0.3}
# gmd, held out, ΔE2000 mean and p95, motif, regions.
Figures = tuple[float | None, ...]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--size-px", type=int, default=384)
    options.add_argument("--colorways", action="store_true")
    options.add_argument("--last-steps", action="store_true")
    options.add_argument("--keep", type=Path)
    chosen = options.parse_args()
    paths = sorted(path for path in chosen.folder.iterdir() if path.suffix in {".png", ".jpg"})
    if chosen.last_steps:
        _last_steps(paths, chosen.size_px, chosen.keep)
    elif chosen.colorways:
        _colorways(paths, chosen.size_px)
    else:
        _separations(paths, chosen.size_px)


def _separations(paths: list[Path], size_px: int) -> None:
    print("| inks | | ΔE mean | p95 | at twice the size: mean | p95 | chroma | regions |")
    print("|---|---|---|---|---|---|---|---|")
    for count in COUNTS:
        rows: dict[str, list[tuple[float, ...]]] = {"ours": [], "Pillow": []}
        for path in paths:
            rgb = _opened(path, size_px)
            found = separate(rgb, count=count, repeat="straight", width_mm=640, min_region_mm=0.3)
            sharp = difference(delta_e(found.composite, found.picture))
            regions = len(regions_of(found.inks, "straight").area_px)
            seen = found.at_its_size
            colourful = _chroma(found.composite) / _chroma(rgb)
            rows["ours"].append((seen.mean, seen.p95, sharp.mean, sharp.p95, colourful, regions))
            plain = Image.fromarray(rgb).quantize(
                count, method=Image.Quantize.MEDIANCUT, kmeans=8, dither=Image.Dither.NONE
            )
            composite = np.asarray(plain.convert("RGB"))
            off, colourful = difference(delta_e(composite, rgb)), _chroma(composite) / _chroma(rgb)
            regions = len(regions_of(np.asarray(plain), "straight").area_px)
            rows["Pillow"].append((off.mean, off.p95, off.mean, off.p95, colourful, regions))
        for name, values in rows.items():
            *apart, regions = np.median(np.array(values), axis=0)
            print(f"| {count} | {name} | {' | '.join(f'{value:.2f}' for value in apart)} | {regions:.0f} |")


def _colorways(paths: list[Path], size_px: int) -> None:
    random = np.random.default_rng(0)
    palettes = [
        Palette(tuple(Ink(tuple(rgb)) for rgb in random.integers(0, 256, (6, 3)).tolist()), str(index))
        for index in range(COLORWAYS // DESIGNS)
    ]
    pictures = [_square(_opened(paths[index % len(paths)], size_px)) for index in range(DESIGNS)]
    began = time.process_time()
    separated = [
        separate(one, count=6, repeat="straight", width_mm=640, min_region_mm=0.3) for one in pictures
    ]
    laid = time.process_time()
    height, width = pictures[0].shape[:2]
    for one in separated:
        for palette in palettes:
            colorway = colorway_of(one.palette, palette)
            encode_png(ink_for_ink(one.inks, colorway, height_px=height, width_px=width))
    looked_up = time.process_time()
    chosen = [choose_inks(one, 6) for one in pictures]
    for one, inks in zip(pictures, chosen, strict=True):
        for palette in palettes:
            encode_png(ColourMove(inks, colorway_of(inks, palette))(one))
    moved = time.process_time()
    print(f"{DESIGNS} designs of {width} × {height} px, {COLORWAYS} colorway images, CPU seconds:")
    print(f"into 6 inks {laid - began:.1f}; ink for ink, PNG {looked_up - laid:.1f}")
    print(f"continuous tone, choosing inks, PNG {moved - looked_up:.1f}")


def _last_steps(paths: list[Path], size_px: int, keep: Path | None) -> None:
    engine = Engine(device="cpu", threads=1)
    sight = Sight(engine.device, precision="auto", weights_dir=None)
    ways: dict[str, list[Figures]] = {"separated": [], "cut": [], "made for them": []}
    for path in paths:
        requilt = _requilt(None)
        job = DesignJob(path.stem, None, "", path.read_bytes(), path.name, size_px)
        try:
            prepared = engine.prepare(job, requilt)
        except ClothUnsuitable as error:
            print(f"{path.stem}: {error.code}")
            continue
        (settled,) = engine.paint([prepared], requilt)
        for count in LAST_STEPS_INKS:
            separated = separate(
                settled.image, count=count, repeat="straight", width_mm=640, min_region_mm=0.3
            )
            seen = resized_rgb(separated.composite, *settled.image.shape[:2])
            score = design_scores(prepared, seen, sight, most_px=None)
            off, regions = separated.at_its_size, len(regions_of(separated.inks, "straight").area_px)
            ways["separated"].append((score.gmd, score.gmd_heldout, off.mean, off.p95, score.motif, regions))
            pictures = [settled.image, seen]
            for name, steps in (("cut", 0), ("made for them", 12)):
                (one,) = engine.paint([prepared], _requilt(InksPart(count=count, steps=steps)))
                found = separate(one.image, count=count, **AS_USUAL)
                regions = len(regions_of(found.inks, "straight").area_px)
                off = one.delta_e_mean, one.delta_e_p95
                scores = one.scores.gmd, one.scores.gmd_heldout, *off, one.scores.motif, regions
                ways[name].append(scores)
                pictures.append(one.image)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.hstack(pictures)).save(keep / f"{path.stem}-{count}.png")
            told = "; ".join(
                f"{name} gmd {ways[name][-1][0]:.2f} ΔE {ways[name][-1][2]:.2f}" for name in ways
            )
            print(f"{path.stem}, {count} inks: {told}", flush=True)
    _print_last_steps({name: np.array(rows, float) for name, rows in ways.items()})


def _print_last_steps(ways: dict[str, NDArray[np.float64]]) -> None:
    print("| inks | | gmd | held-out | ΔE mean | p95 | motif | regions |")
    print("|---|---|---|---|---|---|---|---|")
    for index, count in enumerate(LAST_STEPS_INKS):
        for name, rows in ways.items():
            *apart, regions = np.median(rows[index :: len(LAST_STEPS_INKS)], axis=0)
            print(f"| {count} | {name} | {' | '.join(f'{value:.2f}' for value in apart)} | {regions:.0f} |")
    better = (ways["made for them"] < ways["cut"]).sum(axis=0)
    print(f"lower than the cut: gmd {better[0]}, held-out {better[1]}, ΔE mean {better[2]}, p95 {better[3]}")
    print(f"of {len(ways['cut'])} pairs")


def _requilt(inks: InksPart | None) -> Recipe:
    recipe = load_recipe("requilt")
    cloth = recipe.cloth.model_copy(update={"candidates": 1, "inks": inks})
    return recipe.model_copy(update={"cloth": cloth})


def _chroma(rgb: Rgb) -> float:
    return float(np.hypot(*oklab_of(rgb)[..., 1:].reshape(-1, 2).T).mean())


def _opened(path: Path, size_px: int) -> Rgb:
    picture = Image.fromarray(decode(path.read_bytes(), name=path.name).rgb)
    picture.thumbnail((size_px, size_px), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _square(rgb: Rgb) -> Rgb:
    side = max(rgb.shape[:2])
    return np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
