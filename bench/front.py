"""The SSIM–GMD front of all recipes, strengths and peers on real pairs: `python bench/front.py --data DIR`.

DIR holds content/ and style/ with the pictures that GARMENTS and TEXTILES name. Every method paints the same
pairs at the same size. A picture and its seconds (OUT/painted.csv) are kept as soon as it is painted, and not
painted again: stop it at any time and run it again. Then all are scored with one mask and against one cloth,
those that `toile` finds, because scores of different regions cannot be compared: OUT/front.csv, medians as a
table, OUT/front.png (scatter) and OUT/sheets/<pair>.png (all methods of a pair). Seconds are those of the
processor on one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from peers import PEERS, paint_as
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional

from configs.controls import ControlsPart
from configs.loading import load_recipe
from nst_core.backbones import load_backbone
from nst_core.design import DesignJob, Painted, Prepared
from nst_core.engine import Engine
from nst_core.scoring import cloth_features, score

GARMENTS = (
    "dress_green.jpg",
    "flat_tshirt_blue.png",
    "hoodie_blue.jpg",
    "jeans_blue.jpg",
    "polo_maroon.jpg",
    "shirt_blue_landscape.jpg",
    "shorts_khaki.jpg",
    "skirt_maroon.jpg",
    "skirt_navy.jpg",
    "tshirt_white_wood.jpg",
)
TEXTILES = (
    "fabric_plaid_red.png",
    "art_great_wave.jpg",
    "fabric_folk_floral.png",
    "vector_hero_aztec.png",
    "fabric_ethnic_zigzag.png",
    "fabric_palm_white.png",
    "fabric_fruit_print.png",
    "fabric_tropical_floral.png",
)
# Below this share of the picture a garment leaves SSIM room for the background: it is reported apart.
SMALL_AREA = 0.45
RECIPES = (
    *("toile", "toile@0.75", "toile@0.5", "toile@0.25"),
    *("gatys", "gatys@0.75", "gatys@0.5", "gatys@0.25"),
    *("textile-tv", "duggal"),
)
COLUMNS = ("ssim", "ssim_garment", "gmd", "gmd_heldout", "motif", "relief", "speckle", "seconds")
CELL_PX = 220


@dataclass(frozen=True)
class Method:
    """A recipe at a strength, or a peer; ``steps`` other than its own where given."""

    name: str
    strength: float = 1.0
    steps: int | None = None

    @classmethod
    def called(cls, name: str, steps: int | None) -> Method:
        """Return what the command line calls ``NAME`` or ``NAME@STRENGTH``."""
        recipe, _, strength = name.partition("@")
        return cls(recipe, float(strength or 1), steps)

    @property
    def label(self) -> str:
        """As the table names it."""
        strength = "" if self.strength == 1 else f" {self.strength:g}"
        return self.name + strength + ("" if self.steps is None else f" {self.steps} steps")


@dataclass(frozen=True)
class Pair:
    """A garment and a textile of the data folder."""

    content: Path
    style: Path

    @property
    def name(self) -> str:
        """As files and rows name it."""
        return f"{self.content.stem}-{self.style.stem}"

    def job(self, size_px: int) -> DesignJob:
        """Return the pair as the engine takes it."""
        content, style = self.content.read_bytes(), self.style.read_bytes()
        return DesignJob(self.name, content, self.content.name, style, self.style.name, size_px)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with content/ and style/")
    parser.add_argument("--out", type=Path, default=Path("front"), help="rows and pictures; taken up again")
    parser.add_argument("--size-px", type=int, default=384)
    parser.add_argument("--pairs", type=int, default=80, help="of 80, spread over garments and textiles")
    parser.add_argument("--recipes", nargs="*", default=RECIPES, help="NAME, or NAME@STRENGTH")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--steps", type=int, help="other than each method's own, for a trial")
    parser.add_argument("--short", type=int, help="all but toile once more with so few steps: equal time")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    methods = [Method.called(one, asked.steps) for one in asked.recipes]
    methods += [Method(name, steps=asked.steps) for name in asked.peers]
    if asked.short is not None:
        others = dict.fromkeys(one.name for one in methods if one.name != "toile")
        methods += [Method(name, steps=asked.short) for name in others]
    pairs = chosen_pairs(asked.data, asked.pairs)
    paint_all(methods, pairs, asked)
    rows = score_all(methods, pairs, asked)
    rows.to_csv(asked.out / "front.csv", index=False, float_format="%.4f")
    medians = medians_of(rows)
    print_table(medians)
    small = rows[rows["area"] < SMALL_AREA]
    if len(small):
        print(f"\ngarments under {SMALL_AREA:.0%} of the picture")
        print_table(medians_of(small))
    draw_front(medians, methods, asked.out / "front.png")
    draw_sheets(methods, pairs, asked)
    return 0


def chosen_pairs(data: Path, number: int) -> list[Pair]:
    """Return so many of the pairs, each garment and each textile as often as the others."""
    order = sorted(
        itertools.product(range(len(GARMENTS)), range(len(TEXTILES))),
        key=lambda at: ((at[1] - at[0]) % len(TEXTILES), at[0]),
    )
    pairs = [Pair(data / "content" / GARMENTS[g], data / "style" / TEXTILES[t]) for g, t in order[:number]]
    for path in {path for pair in pairs for path in (pair.content, pair.style)}:
        if not path.is_file():
            raise SystemExit(f"{path} is not there; --data wants the folder with these pictures")
    return pairs


def paint_all(methods: Sequence[Method], pairs: Sequence[Pair], asked: argparse.Namespace) -> None:
    """Paint what has no row yet, pair by pair, so that a stopped run can be compared."""
    engine, house = Engine(), load_recipe("toile")
    (asked.out / "pictures").mkdir(parents=True, exist_ok=True)
    table = asked.out / "painted.csv"
    there = set() if not table.is_file() else {tuple(row) for row in read_rows(table)}
    for pair, method in itertools.product(pairs, methods):
        key = (method.label, pair.name, str(asked.size_px))
        if key in there:
            continue
        job = pair.job(asked.size_px)
        seen = engine.prepare(job, house)
        began = time.process_time()
        image = paint(engine, method, job, seen)
        seconds = time.process_time() - began
        Image.fromarray(image).save(picture_of(asked, method, pair))
        with table.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([*key, f"{seconds:.2f}"])
        print(f"{method.label:20} {pair.name:50} {seconds:6.1f} s", flush=True)


def read_rows(table: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (method, pair, size) of every picture of an earlier run."""
    with table.open(newline="", encoding="utf-8") as file:
        for method, pair, size, _ in csv.reader(file):
            yield method, pair, size


def score_all(methods: Sequence[Method], pairs: Sequence[Pair], asked: argparse.Namespace) -> pd.DataFrame:
    """Return a row of scores and seconds a picture."""
    engine, house = Engine(), load_recipe("toile")
    seconds = pd.read_csv(asked.out / "painted.csv", names=["method", "pair", "size_px", "seconds"])
    seconds = seconds[seconds["size_px"] == asked.size_px].set_index(["method", "pair"])["seconds"]
    rows = []
    for pair in pairs:
        seen = engine.prepare(pair.job(asked.size_px), house)
        for method in methods:
            with Image.open(picture_of(asked, method, pair)) as image:
                scores = scores_of(np.asarray(image.convert("RGB")), seen)
            took = seconds.loc[(method.label, pair.name)]
            about = {"method": method.label, "pair": pair.name, "area": mask_area(seen)}
            rows.append({**about, **scores, "seconds": took})
    return pd.DataFrame(rows)


def paint(engine: Engine, method: Method, job: DesignJob, seen: Prepared) -> Any:
    """Return the picture ``(H, W, 3)`` uint8 that a method makes of a pair."""
    if method.name in PEERS:
        return paint_peer(method, seen)
    recipe = load_recipe(method.name)
    changes: dict[str, Any] = {"controls": ControlsPart(strength=method.strength)}
    if method.steps is not None and recipe.optimise is not None:
        changes["optimise"] = recipe.optimise.model_copy(update={"steps": method.steps})
    recipe = recipe.model_copy(update=changes)
    [result] = engine.paint([engine.prepare(job, recipe)], recipe)
    if not isinstance(result, Painted):
        raise SystemExit(f"{method.label} could not paint {job.design_id}: {result}")
    return result.image


def paint_peer(method: Method, seen: Prepared) -> Any:
    height, width = seen.shape_px
    content = planes(seen.content)
    padded = functional.pad(content, (0, -width % 16, 0, -height % 16), mode="replicate")
    picture = paint_as(PEERS[method.name], padded, planes(seen.style), backbone(), steps=method.steps)
    return np.rint(picture[0, :, :height, :width].permute(1, 2, 0).numpy() * 255).astype(np.uint8)


def scores_of(image: Any, seen: Prepared) -> dict[str, float | None]:
    """Score any method's picture over the mask, and against the cloth, that ``toile`` uses."""
    if seen.mask is None:
        raise SystemExit(f"{seen.design_id}: no garment was found, so its methods cannot be compared")
    ink = None if seen.shading is None else seen.shading.ink
    found = score(
        planes(image)[0],
        planes(seen.content)[0],
        cloth_features(planes(seen.style)[0], backbone(), as_cloth=True),
        torch.from_numpy(seen.mask.alpha),
        backbone(),
        ink=None if ink is None else torch.from_numpy(ink),
    )
    return {name: getattr(found, name) for name in COLUMNS if name != "seconds"}


def mask_area(seen: Prepared) -> float:
    """Return the garment's share of the picture."""
    return float("nan") if seen.mask is None else seen.mask.area


def planes(image: Any) -> Tensor:
    """``(H, W, 3)`` uint8 → ``(1, 3, H, W)`` in [0, 1]."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255


_backbones: list[Any] = []


def backbone() -> Any:
    if not _backbones:
        _backbones.append(load_backbone("vgg16"))
    return _backbones[0]


def medians_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a method: the number of its pictures and the medians of their columns."""
    medians = rows.groupby("method", sort=False)[list(COLUMNS)].median()
    medians.insert(0, "n", rows.groupby("method").size())
    return medians


def print_table(medians: pd.DataFrame) -> None:
    print("| method | " + " | ".join(medians.columns) + " |")
    print("|---" * (len(medians.columns) + 1) + "|")
    for name, row in medians.iterrows():
        cells = [f"{int(row['n'])}", *(f"{row[one]:.2f}" for one in COLUMNS[:-1]), f"{row['seconds']:.1f}"]
        print(f"| {name} | " + " | ".join(cells) + " |")


def draw_front(medians: pd.DataFrame, methods: Sequence[Method], path: Path) -> None:
    """Draw GMD (down is better) against SSIM of the garment (right is better), a dot a method.

    Strengths of one recipe are joined by a line; few steps are hollow dots.
    """
    width, height, margin = 900, 640, 70
    canvas = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(canvas)
    right = max(0.05, float(medians["ssim_garment"].max())) * 1.15
    top = max(0.05, float(medians["gmd"].max())) * 1.1

    def at(ssim: float, gmd: float) -> tuple[float, float]:
        return (
            margin + ssim / right * (width - 2 * margin),
            height - margin - gmd / top * (height - 2 * margin),
        )

    for tick in ticks(right):
        x, y = at(tick, 0)
        draw.line((x, margin, x, y), fill="#e6e6e6")
        draw.text((x, y + 8), f"{tick:.2f}", fill="black", anchor="mt")
    for tick in ticks(top):
        x, y = at(0, tick)
        draw.line((x, y, width - margin, y), fill="#e6e6e6")
        draw.text((x - 8, y), f"{tick:.2f}", fill="black", anchor="rm")
    draw.text((width / 2, height - 24), "SSIM of the garment with the photo", fill="black", anchor="mm")
    draw.text((margin, margin - 24), "GMD of the garment to the textile (0 = same texture)", fill="black")
    places = {
        str(name): at(float(row["ssim_garment"]), float(row["gmd"])) for name, row in medians.iterrows()
    }
    for recipe in dict.fromkeys(one.name for one in methods):
        way = sorted((one.strength, one.label) for one in methods if one.name == recipe and not one.steps)
        if len(way) > 1:
            draw.line([places[label] for _, label in way], fill=colour_of(recipe), width=1)
    for one in methods:
        x, y = places[one.label]
        fill = "white" if one.steps else colour_of(one.name)
        draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=fill, outline=colour_of(one.name))
        draw.text((x + 9, y), one.label, fill=colour_of(one.name), anchor="lm")
    canvas.save(path)


def colour_of(name: str) -> str:
    return "#c0392b" if name == "toile" else "#2c3e50"


def ticks(top: float) -> Iterator[float]:
    """Yield four to ten round numbers from 0 to ``top``."""
    step = next(one for one in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if top / one <= 10)
    yield from np.arange(0, top, step).tolist()


def draw_sheets(methods: Sequence[Method], pairs: Sequence[Pair], asked: argparse.Namespace) -> None:
    """Write one row of pictures a pair: photo, textile, then every method."""
    folder = asked.out / "sheets"
    folder.mkdir(exist_ok=True)
    for pair in pairs:
        files = [("photo", pair.content), ("textile", pair.style)]
        files += [(one.label, picture_of(asked, one, pair)) for one in methods]
        sheet = Image.new("RGB", (CELL_PX * len(files), CELL_PX + 16), "white")
        draw = ImageDraw.Draw(sheet)
        for column, (label, file) in enumerate(files):
            with Image.open(file) as image:
                cell = image.convert("RGB")
            cell.thumbnail((CELL_PX - 4, CELL_PX - 4))
            sheet.paste(cell, (column * CELL_PX, 16))
            draw.text((column * CELL_PX + 2, 2), label, fill="black")
        sheet.save(folder / f"{pair.name}.png")


def picture_of(asked: argparse.Namespace, method: Method, pair: Pair) -> Path:
    return asked.out / "pictures" / f"{pair.name}-{method.label.replace(' ', '-')}-{asked.size_px}.png"


if __name__ == "__main__":
    raise SystemExit(main())
