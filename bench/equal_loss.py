"""How long it takes to come to the same loss: `python bench/equal_loss.py --size-px 256`.

A tutorial's loop (bench/step.py: Adam, the network neither frozen nor cut, float32) walks down
5·content + 100·style from a photo. At some of its steps its loss is noted; then ours, the engine's L-BFGS on
the same losses, goes until it is as low. Both losses are measured by one referee, in float32 and outside the
clock, which counts CPU time. Draws a garment and a textile, or takes files.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from large import drawn
from step import CONTENT_LAYER, CONTENT_WEIGHT, STYLE_LAYERS, STYLE_WEIGHT, looped_step, processor
from torch import Tensor

from configs.recipe import ContentTerm, LbfgsSpec, OptimisePart, StyleTerm
from nst_core.allocator import keep_freed_memory
from nst_core.backbones import load_backbone
from nst_core.codec import decode
from nst_core.optimise import METHODS, Canvas, style_targets
from nst_core.optimise.objective import Objective
from nst_core.planes import padded, to_planes
from nst_core.sizing import to_long_side

NOTED_STEPS = (25, 50, 100, 200)
# Where ours stops, arrived or not.
MOST_STEPS = 200
PART = OptimisePart(
    start="content",
    optimiser=LbfgsSpec(),
    content=ContentTerm(weight=CONTENT_WEIGHT, layers=[CONTENT_LAYER], form="mean"),
    style=StyleTerm(weight=STYLE_WEIGHT, layers=list(STYLE_LAYERS), form="mean"),
)

Referee = Callable[[Tensor], float]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size-px", type=int, default=256)
    parser.add_argument("--content", type=Path, help="a photo; left out: a drawn one")
    parser.add_argument("--style", type=Path, help="a textile; left out: a drawn one")
    parser.add_argument("--steps", type=int, nargs="+", default=NOTED_STEPS, help="of the tutorial's, noted")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto", help="of our trunk")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    photo, _mask, textile = drawn(asked.size_px)
    content = seen(asked.content.read_bytes() if asked.content else photo, asked.size_px)
    style = seen(asked.style.read_bytes() if asked.style else textile, asked.size_px)
    referee = referee_of(content, style)
    noted = tutorial(content, style, referee, asked)
    # Only now: the engine's allocator settings would help the other, too.
    keep_freed_memory()
    rows = ours(content, style, referee, [loss for _step, loss, _seconds in noted], asked)
    print(f"{processor()}, {asked.threads} threads, from a loss of {referee(content):.1f}")
    print("| loss | tutorial, Adam | CPU s | ours, L-BFGS | CPU s | ratio |\n" + "| --- " * 6 + "|")
    for (step, loss, seconds), (our_step, our_seconds) in zip(noted, rows, strict=True):
        ratio = f"{seconds / our_seconds:.1f}×"
        print(
            f"| {loss:.1f} | {step} steps | {seconds:.1f} | {our_step} steps | {our_seconds:.1f} | {ratio} |"
        )
    return 0


def seen(data: bytes, size_px: int) -> Tensor:
    """Return a file as ``(1, 3, H, W)`` of this long side, its sides cut to multiples of 16."""
    image = to_planes(to_long_side(decode(data, name="picture").rgb, size_px))
    height, width = (padded(side - 15) for side in image.shape[-2:])
    return image[None, :, :height, :width].contiguous()


def referee_of(content: Tensor, style: Tensor) -> Referee:
    """Return who measures the loss of a picture, in float32."""
    backbone = load_backbone("vgg16", precision="fp32")
    objective = Objective.of(Canvas(content, content, [style_targets(style, PART, backbone)]), PART, backbone)
    return lambda picture: float(objective.values(picture))


def tutorial(
    content: Tensor, style: Tensor, referee: Referee, asked: argparse.Namespace
) -> list[tuple[int, float, float]]:
    """Return the step, the loss and the CPU seconds until then of each noted step."""
    began = time.process_time()
    step, picture = looped_step(content, style, asked.threads, frozen=False, cut=False)
    seconds, noted = time.process_time() - began, []
    for number in range(1, max(asked.steps) + 1):
        began = time.process_time()
        step()
        seconds += time.process_time() - began
        if number in asked.steps:
            noted.append((number, referee(picture.detach()), seconds))
    return noted


def ours(
    content: Tensor, style: Tensor, referee: Referee, losses: list[float], asked: argparse.Namespace
) -> list[tuple[int, float]]:
    """Return the steps and the CPU seconds in which we come to each of some falling losses."""
    backbone = load_backbone("vgg16", precision=asked.precision)
    began = time.process_time()
    canvas = Canvas(content, content, [style_targets(style, PART, backbone)])
    objective, method = Objective.of(canvas, PART, backbone), METHODS["lbfgs"](PART.optimiser, 0, content)
    seconds, picture, reached = time.process_time() - began, content, []
    for number in range(1, MOST_STEPS + 1):
        began = time.process_time()
        picture = method.step(picture, *objective.gradient(picture))
        seconds += time.process_time() - began
        loss = referee(picture)
        while len(reached) < len(losses) and loss <= losses[len(reached)]:
            reached.append((number, seconds))
        if len(reached) == len(losses):
            return reached
    raise SystemExit(
        f"after {MOST_STEPS} steps the loss is {loss:.1f}, and {losses[len(reached)]:.1f} was asked"
    )


if __name__ == "__main__":
    raise SystemExit(main())
