"""Train the head that finds garments: `python bench/train_mask_head.py --data DIR --work DIR --out FILE`.

No mask is drawn for it. Teacher of the first round is the search by colours alone, of the second the first
round's head with the search's last cut; bench/mask_head_labels.txt names the photos of DIR/garments whose
mask was seen to be right. None of them has an outline in bench/masks/. What the photos lack,
harder_garments.py adds. Labels are kept in --work and not made again. Fifteen minutes of one CPU core.

Writes FILE (safetensors, float16) and its card FILE.json. The sha256 that it prints belongs into
nst_core/garment/head.py.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as nnf
from harder_garments import varied
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from nst_core.backbones import load_backbone
from nst_core.garment.automatic import automatic_mask
from nst_core.garment.head import (
    LAYERS,
    PLACE_CHANNELS,
    SIDE_PX,
    WIDTH,
    Features,
    Look,
    as_picture,
    log_odds,
    looked_at,
)

BENCH = Path(__file__).parent
BATCH, LEARNING_RATE, HARD_SHARE = 8, 4e-3, 0.6
# Garments are looked at between these long sides, so that the size of a weave is no clue.
SIDES_PX = (208, 320)
LABEL_SIDE_PX = 320

Labelled = tuple[NDArray[np.uint8], NDArray[np.float32]]


def main() -> None:
    options = _options()
    names = read_names()
    features = load_backbone("vgg16", device="cpu").features
    easy = [labelled(options, name, None) for name in names["search"]]
    kept = options.work / "first.safetensors"
    if not kept.is_file():
        first = trained(easy, features, None, steps=options.first_steps, seed=1)
        safetensors.torch.save_file(dict(first), kept)
    first = safetensors.torch.load_file(kept)
    hard = [labelled(options, name, lambda rgb: seen(first, rgb, features)) for name in names["head"]]
    every = easy + hard
    head = trained(every, features, first, steps=options.steps, seed=2, peak=0.5 * LEARNING_RATE)
    data = safetensors.torch.save({name: values.half() for name, values in head.items()})
    options.out.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    card = {
        "what": "log odds of garment against ground from the features of a VGG-16 (ImageNet)",
        "trained_on": f"{len(every)} photos of the clothing data set by Alexey Grigorev, "
        "masks found automatically",
        "licence_of_photos": "CC0-1.0",
        "licence": "as this repository",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": "python bench/train_mask_head.py "
        f"--steps {options.steps} --first-steps {options.first_steps}",
        "weights": int(sum(values.numel() for values in head.values())),
        "sha256": sha256,
    }
    options.out.with_suffix(".json").write_text(json.dumps(card, indent=2) + "\n")
    print(f"{options.out}: {len(data) / 1000:.0f} kB, sha256 {sha256}")


def read_names() -> dict[str, list[str]]:
    """Return the names of the photos by the teacher of their masks."""
    names: dict[str, list[str]] = {}
    for line in (BENCH / "mask_head_labels.txt").read_text().splitlines():
        if line.endswith(":"):
            names[line[:-1]] = []
        elif line and not line.startswith("#"):
            names[list(names)[-1]].append(line)
    return names


def label_file(options: argparse.Namespace, name: str) -> Path:
    return options.work / f"{name}.png"


def labelled(options: argparse.Namespace, name: str, look: Look | None) -> Labelled:
    """Return a photo and its mask at a long side of 320 px, from --work or made and put there."""
    with Image.open(options.data / "garments" / f"{name}.jpg") as opened:
        rgb = np.asarray(opened.convert("RGB"))
    kept = label_file(options, name)
    if not kept.is_file():
        options.work.mkdir(parents=True, exist_ok=True)
        alpha, _ = automatic_mask(rgb, edge_px=1.2, look=look)
        Image.fromarray(np.rint(alpha * 255).astype(np.uint8)).save(kept)
    mask = np.asarray(Image.open(kept), np.float32) / 255
    scale = LABEL_SIDE_PX / max(mask.shape)
    size = (round(mask.shape[1] * scale), round(mask.shape[0] * scale))
    return tuple(cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (rgb, mask))


def trained(
    examples: Sequence[Labelled],
    features: Features,
    start: Mapping[str, Tensor] | None,
    *,
    steps: int,
    seed: int,
    peak: float = LEARNING_RATE,
) -> Mapping[str, Tensor]:
    """Return a head trained for so many steps of eight photos, by cross entropy and overlap (Dice)."""
    random = np.random.default_rng(seed)
    # Layers differ in size a hundredfold; evened out they learn at one rate.
    scales = {layer: spread(examples, features, layer) for layer in LAYERS}
    new = untrained(seed)
    by_name = {name: scales.get(name.removesuffix(".weight"), 1.0) for name in new}
    weights = new if start is None else {name: values * by_name[name] for name, values in start.items()}
    for values in weights.values():
        values.requires_grad_()
    optimiser = torch.optim.AdamW(weights.values(), lr=peak, weight_decay=1e-3)
    photos = [rgb for rgb, _ in examples]
    began, told, order = time.process_time(), 0.0, []

    def evened(picture: Tensor, layers: Sequence[str]) -> Mapping[str, Tensor]:
        with torch.no_grad():
            maps = features(picture, layers)
            return {layer: values.float() / scales[layer] for layer, values in maps.items()}

    for step in range(steps):
        for group in optimiser.param_groups:
            warm = min(1.0, step / 20 + 0.05)
            group["lr"] = peak * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
        for _ in range(BATCH):
            order = order or list(random.permutation(len(examples)))
            rgb, mask = varied(*examples[order.pop()], random, photos, hard=random.random() < HARD_SHARE)
            small = looked_at(rgb, int(random.integers(*SIDES_PX)))
            odds = log_odds(weights, small, evened)
            shape = (odds.shape[3], odds.shape[2])
            truth = torch.from_numpy(cv2.resize(mask, shape, interpolation=cv2.INTER_AREA))[None, None]
            share = odds.sigmoid()
            dice = 1 - (2 * (share * truth).sum() + 1) / (share.sum() + truth.sum() + 1)
            loss = (nnf.binary_cross_entropy_with_logits(odds, truth) + dice) / BATCH
            loss.backward()
            told += loss.item()
        optimiser.step()
        optimiser.zero_grad()
        if step % 50 == 49:
            seconds = time.process_time() - began
            print(f"step {step + 1}: loss {told / 50:.3f}, {seconds:.0f} s CPU", flush=True)
            told = 0.0
    return {name: (values / by_name[name]).detach() for name, values in weights.items()}


def untrained(seed: int) -> dict[str, Tensor]:
    """Return a head with random weights, for layers of unit deviation, and no biases."""
    shapes = {f"{layer}.weight": (WIDTH, channels, 1, 1) for layer, channels in LAYERS.items()}
    shapes |= {"place.weight": (WIDTH, PLACE_CHANNELS, 1, 1), "place.bias": (WIDTH,)}
    for name in ("near", "far"):
        shapes |= {f"{name}.weight": (WIDTH, WIDTH, 3, 3), f"{name}.bias": (WIDTH,)}
    shapes |= {"out.weight": (1, WIDTH, 1, 1), "out.bias": (1,)}
    chance = torch.Generator().manual_seed(seed)
    weights = {}
    for name, shape in shapes.items():
        # The width of torch's own start for a convolution.
        width = 0.0 if name.endswith("bias") else (3 * np.prod(shape[1:])) ** -0.5
        weights[name] = width * torch.randn(shape, generator=chance)
    return weights


def seen(weights: Mapping[str, Tensor], rgb: NDArray[np.uint8], features: Features) -> NDArray[np.float32]:
    """Return the log odds that a head gives a photo."""
    with torch.no_grad():
        return log_odds(weights, looked_at(rgb, SIDE_PX), features)[0, 0].numpy()


def spread(examples: Sequence[Labelled], features: Features, layer: str) -> float:
    """Return the standard deviation of a layer over some photos."""
    deviations = []
    for rgb, _ in examples[:: max(1, len(examples) // 12)]:
        small = as_picture(looked_at(rgb, SIDE_PX))
        deviations.append(float(features(small, (layer,))[layer].float().std()))
    return float(np.mean(deviations))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with garments/")
    parser.add_argument("--work", type=Path, required=True, help="a folder for the labels")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--first-steps", type=int, default=600)
    parser.add_argument("--steps", type=int, default=400)
    return parser.parse_args()


if __name__ == "__main__":
    main()
