"""How good the automatic garment mask is beside masks drawn by hand: `python bench/masks.py --data DIR`.

bench/masks/*.json holds outlines that a person drew point by point on enlarged photos (never traced from an
automatic mask): rings of (x, y) as fractions of width and height, an odd-even fill, the photo's name under
DIR and its sha256. Cloth, its inside and what hangs on it (buttons, labels) are the garment; hangers,
strings that lie on the floor and shadows are not.

Prints a markdown table (one row a photo), the median and minimum IoU, how many lie below .85, how well the
confidence foretells which (the area under the ROC curve), and CPU seconds a mask. ``--sheet FILE`` draws the
masks, ``--kinds`` prints a summary by kind, ``--harder N`` judges each photo N times more with another cloth,
ground, light and frame (harder_garments.py), so that there are failures to foretell.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from harder_garments import varied
from numpy.typing import NDArray
from PIL import Image

from nst_core.backbones import load_backbone
from nst_core.garment import Look, look
from nst_core.garment.automatic import automatic_mask

OUTLINES = Path(__file__).parent / "masks"
FAILED_BELOW = 0.85
LINES = (FAILED_BELOW, 0.9, 0.95)
# Outlines are filled at four times the size and averaged: a pixel belongs to the garment by its larger part.
FINER = 4


@dataclass(frozen=True)
class Drawn:
    """A photo's outline, drawn by hand."""

    name: str
    kind: str
    photo: Path
    rings: tuple[NDArray[np.float64], ...]

    def rgb(self, long_side_px: int) -> NDArray[np.uint8]:
        """Return the photo at a long side."""
        with Image.open(self.photo) as opened:
            picture = opened.convert("RGB")
        scale = long_side_px / max(picture.size)
        size = (round(picture.width * scale), round(picture.height * scale))
        return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))

    def garment(self, height_px: int, width_px: int) -> NDArray[np.bool_]:
        """Return the outline, filled."""
        canvas = np.zeros((height_px * FINER, width_px * FINER), np.uint8)
        scale = np.array([width_px * FINER, height_px * FINER])
        # OpenCV counts from the middle of a pixel, an outline from the picture's corner.
        points = [np.rint(ring * scale - 0.5).astype(np.int32) for ring in self.rings]
        cv2.fillPoly(canvas, points, 255)
        small = cv2.resize(canvas, (width_px, height_px), interpolation=cv2.INTER_AREA)
        return np.asarray(small) > 127


@dataclass(frozen=True)
class Judged:
    """One automatic mask beside the drawn one."""

    drawn: Drawn
    iou: float
    confidence: float
    seconds: float
    alpha: NDArray[np.float32]


def main() -> None:
    options = _options()
    features = load_backbone("vgg16", device="cpu").features
    looking: Look | None = None if options.colours_alone else lambda rgb: look(rgb, features)
    outlines = read_outlines(options.data)
    judged = [_judge(one, one.rgb(options.size_px), looking) for one in outlines]
    print("| photo | kind | IoU | confidence |\n|---|---|---|---|")
    for one in sorted(judged, key=lambda one: one.iou):
        print(f"| {one.drawn.name} | {one.drawn.kind} | {one.iou:.3f} | {one.confidence:.2f} |")
    print(f"\n{summary(judged)}")
    for kind in sorted({one.drawn.kind for one in judged}) if options.kinds else ():
        print(f"{kind}: {summary([one for one in judged if one.drawn.kind == kind])}")
    if options.harder:
        print(f"made harder: {summary(_judge_harder(outlines, options.size_px, looking, options.harder))}")
    if options.sheet:
        _draw_sheet(judged, options.size_px, options.sheet)


def read_outlines(data: Path) -> list[Drawn]:
    """Return the outlines whose photos lie under ``data``, checked by sha256."""
    found = []
    for path in sorted(OUTLINES.glob("*.json")):
        told: dict[str, Any] = json.loads(path.read_text())
        photo = data / told["picture"]
        if not photo.is_file():
            raise SystemExit(f"{photo} is missing; --data names the folder that holds content/ and garments/")
        if hashlib.sha256(photo.read_bytes()).hexdigest() != told["sha256"]:
            raise SystemExit(f"{photo} is another picture than the one that {path.name} was drawn on")
        rings = tuple(np.array(ring, np.float64) for ring in told["rings"])
        found.append(Drawn(path.stem, told["kind"], photo, rings))
    return found


def summary(judged: Sequence[Judged]) -> str:
    """Return the figures of some masks in one line."""
    ious = [one.iou for one in judged]
    failed = [iou < FAILED_BELOW for iou in ious]
    areas = [roc_area([one.confidence for one in judged], [iou < line for iou in ious]) for line in LINES]
    auc = ", ".join(
        f"{'-' if area is None else format(area, '.3f')} for < {line}"
        for area, line in zip(areas, LINES, strict=True)
    )
    return (
        f"{len(judged)} masks: median IoU {statistics.median(ious):.3f}, mean {statistics.mean(ious):.3f}, "
        f"minimum {min(ious):.3f}, {sum(failed)} below {FAILED_BELOW}, "
        f"{sum(iou < 0.95 for iou in ious)} below 0.95; AUC of the confidence {auc}; "
        f"{statistics.mean(one.seconds for one in judged):.2f} s CPU a mask"
    )


def roc_area(confidences: Sequence[float], failed: Sequence[bool]) -> float | None:
    """Return how often a failed mask is less sure than a good one; None where all failed or none did."""
    bad = [c for c, is_bad in zip(confidences, failed, strict=True) if is_bad]
    good = [c for c, is_bad in zip(confidences, failed, strict=True) if not is_bad]
    if not bad or not good:
        return None
    won = sum((b < g) + 0.5 * (b == g) for b in bad for g in good)
    return won / (len(bad) * len(good))


def _judge(
    drawn: Drawn, rgb: NDArray[np.uint8], look: Look | None, garment: NDArray[np.bool_] | None = None
) -> Judged:
    """Find the mask of a photo and compare it with the outline, or with another truth."""
    truth = drawn.garment(*rgb.shape[:2]) if garment is None else garment
    began = time.process_time()
    alpha, confidence = automatic_mask(rgb, edge_px=1.2, look=look)
    seconds = time.process_time() - began
    found = alpha > 0.5
    iou = float((found & truth).sum() / max(1, int((found | truth).sum())))
    return Judged(drawn, iou, confidence, seconds, alpha)


def _judge_harder(outlines: Sequence[Drawn], size_px: int, look: Look | None, times: int) -> list[Judged]:
    """Judge each photo again so many times with other cloth, ground, light and frame, its outline known."""
    random, photos, judged = np.random.default_rng(7), [one.rgb(size_px) for one in outlines], []
    for _ in range(times):
        for one, photo in zip(outlines, photos, strict=True):
            garment = one.garment(*photo.shape[:2]).astype(np.float32)
            rgb, mask = varied(photo, garment, random, photos, hard=True)
            judged.append(_judge(one, rgb, look, mask > 0.5))
    return judged


def _draw_sheet(judged: Sequence[Judged], size_px: int, path: Path) -> None:
    """Draw the photos, worst first: what was found stays in colour, the drawn outline is green."""
    cells = []
    for one in sorted(judged, key=lambda one: one.iou):
        rgb = one.drawn.rgb(size_px)
        height, width = rgb.shape[:2]
        kept = np.clip(one.alpha, 0, 1)[..., None]
        shown = np.rint(rgb * (0.25 + 0.75 * kept) + (1 - kept) * np.array([120, 0, 120])).clip(0, 255)
        shown = np.ascontiguousarray(shown.astype(np.uint8))
        outlines = [np.rint(ring * [width, height]).astype(np.int32) for ring in one.drawn.rings]
        cv2.polylines(shown, outlines, True, (0, 255, 0), 1, cv2.LINE_AA)
        cell = np.zeros((size_px + 14, size_px, 3), np.uint8)
        cell[14 : 14 + height, :width] = shown
        label = f"{one.drawn.name[:22]} {one.iou:.2f} c{one.confidence:.2f}"
        cv2.putText(cell, label, (1, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255, 255, 255), 1, cv2.LINE_AA)
        cells.append(cell)
    columns = 8
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    rows = [np.hstack(cells[start : start + columns]) for start in range(0, len(cells), columns)]
    Image.fromarray(np.vstack(rows)).save(path)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with content/ and garments/")
    parser.add_argument("--size-px", type=int, default=384, help="long side of the photos")
    parser.add_argument("--kinds", action="store_true", help="also print a line for each kind of photo")
    parser.add_argument("--colours-alone", action="store_true", help="search without the trained look")
    parser.add_argument("--harder", type=int, default=0, help="also judge each photo so often made harder")
    parser.add_argument("--sheet", type=Path, help="a PNG to draw the masks into")
    return parser.parse_args()


if __name__ == "__main__":
    main()
