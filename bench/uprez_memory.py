"""How much memory a print takes: `python bench/uprez_memory.py --size-px 8192`, in a process of its own.

One step at the last size alone, of a recipe's own losses, on a tile and a textile of seeded noise.
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from configs.loading import load_recipe
from nst_core import uprez as module
from nst_core.backbones import load_backbone
from nst_core.engine import Engine
from nst_core.losses import style_targets
from nst_core.planes import to_planes
from nst_core.resampling import resampled


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size-px", type=int, default=8192)
    options.add_argument("--recipe", default="toss")
    options.add_argument("--repeat", default="straight")
    options.add_argument("--steps", type=int, default=1)
    wanted = options.parse_args()
    side = wanted.size_px
    noise = np.random.default_rng(0).random((side // 64, side // 64, 3), dtype=np.float32)
    tile = resampled(noise, wanted.repeat, height_px=side // 2, width_px=side // 2)
    engine = Engine(device="cpu")
    backbone = load_backbone("vgg16", device=engine.device)
    part = load_recipe(wanted.recipe).cloth.refine.model_copy(update={"steps": wanted.steps})
    textile = to_planes(np.random.default_rng(1).random((512, 512, 3), dtype=np.float32))[None]
    targets = style_targets(textile, part, backbone, most_px=None, as_cloth=True)
    resumed = module.Resumed(part, lambda _width: targets, float(side))
    before, began = _peak_gb(), time.process_time()
    large = module.uprez(
        tile, wanted.repeat, resumed, backbone, height_px=side, width_px=side, most_px=engine.most_px
    )
    told = {
        "size_px": side,
        "precision": engine.precision,
        "steps": large.steps,
        "before_gb": before,
        "peak_gb": _peak_gb(),
        "cpu_s": round(time.process_time() - began),
    }
    print(json.dumps(told))


def _peak_gb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


if __name__ == "__main__":
    main()
