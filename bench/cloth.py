"""What tiles of cloth score: `python bench/cloth.py --data DIR` or `--data DIR --tiles FOLDER`.

DIR holds style/ with textiles. Without --tiles each textile is repeated as it is (cut), mirrored, quilted on
the endless cloth for three repeats, and laid out by the makers that need no second one, where it suits them.
With --tiles the pictures of a folder are scored, each beside the textile that its name begins with
(fabric_zebra.2.png). A row for each tile goes to --out, medians are printed by kind of tile and of textile.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pandas as pd
import torch

from configs.cloth import Repeat
from nst_core.backbones import load_backbone
from nst_core.cloth.make import scaled
from nst_core.cloth.makers import Layout, Sheet, Source, quilt_on
from nst_core.cloth.makers.registry import MAKERS_OF_ONE
from nst_core.cloth.textile import evenly_lit, without_foreign_edges
from nst_core.codec import decode
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, unit
from nst_core.lattice import mirrored, rolled
from nst_core.scoring.tile import TileScores, gates, score_tile, seam

MULTIPLE = 32
SCORES = ("off_palette", "chroma_speckle", "max_copy", "novelty", "banding", "seam")
# As front.md's first two makers sew: a third of the textile's short side.
BLOCK = 1 / 3


def main() -> None:
    args = arguments()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    backbone = load_backbone("vgg16", precision="fp32")
    random = np.random.default_rng(0)
    rows = []
    for style, kind, repeat, style_image, tile in tiles(args):
        scores = score_tile(tile, style_image, None, repeat, backbone)
        moves = random.integers(0, min(tile.shape[:2]), (args.rolls, 2)) if repeat != "mirror" else []
        seams = [
            seam(rolled(tile, repeat, down_px=int(down), right_px=int(right)), repeat, backbone).seam
            for down, right in moves
        ]
        rows.append(row(style, kind, scores) | {"seam_rolled": np.median(seams) if len(seams) else np.nan})
        print(style, kind, {name: rows[-1][name] for name in SCORES}, *scores.flags, flush=True)
    table = pd.DataFrame(rows)
    if args.out:
        table.to_csv(args.out, index=False)
    print(medians(table).to_string())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds style/")
    parser.add_argument("--tiles", type=Path, help="a folder of tiles instead of tiles made here")
    parser.add_argument("--repeat", default="straight", choices=get_args(Repeat), help="of --tiles")
    parser.add_argument("--size-px", type=int, default=384)
    parser.add_argument("--only", nargs="*", default=[], help="textiles whose names begin so")
    parser.add_argument("--rolls", type=int, default=0, help="score the seam from so many other corners")
    parser.add_argument("--out", type=Path, help="a CSV file")
    return parser.parse_args()


def tiles(args: argparse.Namespace) -> Iterator[tuple[str, str, Repeat, Image, Image]]:
    """Yield textile, kind of tile, repeat, textile at the tile's scale, tile."""
    paths = {path.stem: path for path in sorted((args.data / "style").iterdir()) if path.suffix != ".tsv"}
    chosen = [name for name in paths if not args.only or name.startswith(tuple(args.only))]
    if args.tiles is None:
        for name in chosen:
            rgb = decode(paths[name].read_bytes(), name=name).rgb
            textile = at_size(unit(rgb), args.size_px)
            for kind, repeat, tile in made(textile, args.size_px):
                yield name, kind, repeat, textile, tile
            flat = scaled_to(evenly_lit(unit(without_foreign_edges(rgb))), args.size_px)
            for kind, layout in laid_out(name, flat, args.size_px):
                yield name, kind, "straight", layout.style, layout.tile
        return
    for path in sorted(args.tiles.iterdir()):
        names = [name for name in chosen if path.stem.startswith(name)]
        if names:
            tile, name = picture(path), max(names, key=len)
            yield name, path.parent.name, args.repeat, scaled_to(picture(paths[name]), max(tile.shape)), tile


def laid_out(name: str, textile: Image, size_px: int) -> Iterator[tuple[str, Layout]]:
    """Yield what makers lay out of a textile; say what does not suit them."""
    for maker, lay in MAKERS_OF_ONE.items():
        try:
            yield f"laid out by {maker}", lay(textile, Sheet(size_px, size_px, "straight", seed=1))
        except ClothUnsuitable as unsuitable:
            print(name, maker, unsuitable.code, flush=True)


def made(textile: Image, size_px: int) -> Iterator[tuple[str, Repeat, Image]]:
    """Yield each textile as tiles that are no new cloth, from the worst join to none."""
    height, width = textile.shape[:2]
    yield "repeated as it is", "straight", textile
    half = MULTIPLE * (height // 2 // MULTIPLE), MULTIPLE * (width // 2 // MULTIPLE)
    yield "mirrored", "mirror", mirrored(textile[: half[0], : half[1]])
    for repeat in ("straight", "half-drop", "half-brick"):
        sheet = Sheet(size_px, size_px, repeat, seed=1)
        tile = quilt_on([Source.of(textile)], sheet, block_px=round(BLOCK * min(height, width))).tile
        yield f"quilted, {repeat}", repeat, tile


def picture(path: Path) -> Image:
    return unit(decode(path.read_bytes(), name=path.name).rgb)


def scaled_to(image: Image, long_side_px: int) -> Image:
    return scaled(image, long_side_px / max(image.shape[:2]))


def at_size(image: Image, long_side_px: int) -> Image:
    """Return a textile at a long side, its sides cut to what a tile's are multiples of."""
    textile = scaled_to(image, long_side_px)
    height, width = (MULTIPLE * (side // MULTIPLE) for side in textile.shape[:2])
    return np.ascontiguousarray(textile[:height, :width])


def row(style: str, kind: str, scores: TileScores) -> dict[str, object]:
    found = {name: getattr(scores, name) for name in SCORES}
    rounded = {name: None if value is None else round(value, 3) for name, value in found.items()}
    passed = gates(scores, "requilt")
    return {
        "textile": style,
        "of": style.split("_")[0],
        "kind": kind,
        **rounded,
        "seam_shows": "seam" in scores.flags,
        "gates": sum(passed.values()) / max(1, len(passed)),
    }


def medians(table: pd.DataFrame) -> pd.DataFrame:
    """Return medians of the scores, the shares of the rest, and the seam's 5th and 95th percentile."""
    groups = table.groupby(["kind", "of"], sort=False)
    found = groups[[*SCORES, "seam_rolled"]].median().round(2)
    found["seam_5"], found["seam_95"] = groups["seam"].quantile(0.05), groups["seam"].quantile(0.95)
    found["seam_shows"], found["tiles"] = groups["seam_shows"].mean(), groups.size()
    return found.round(2)


if __name__ == "__main__":
    main()
