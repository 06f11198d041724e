"""How long each trained network takes beside the textbook's form of itself: `python -m bench.networks`.

Both have the same weights and see the same picture, in turns, and a ratio is the median over turns of the two
times beside each other:

- ours: as the engine runs it, in the precision of this machine, maps channels last;
- textbook: float32, eager, maps one after the other, the smaller map enlarged and then convolved, instance
  norm by torch's own.

What a network weighs does not change what it costs: they have fresh weights. How many designs of a whole
shard are painted with one, encoding and scores included: `python bench/shard.py --recipe NAME --size-px 256`.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from configs.cloth import Repeat
from configs.loading import load_recipe
from nst_core.allocator import keep_freed_memory
from nst_core.backbones import Backbone, load_backbone
from nst_core.backbones.precision import choose_precision
from nst_core.networks.kinds import KINDS, Kind
from nst_core.networks.layers import (
    NORM_EPS,
    EnlargedConvolution,
    InstanceNorm,
    LastConvolution,
    enlarged_twice,
    padded_by,
)
from nst_core.networks.shown import Shown

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: of all threads together")
    asked = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(asked.threads)
    print(f"{asked.threads} threads, {asked.clock} time, median of {asked.turns} turns")
    print("| network | px | weights | textbook s | ours s | times faster | mean difference, of 255 |")
    print("|---|---|---|---|---|---|---|")
    for name in asked.kinds:
        for size_px in asked.sizes:
            print(_row(name, size_px, asked.turns, CLOCKS[asked.clock]), flush=True)


def _row(name: str, size_px: int, turns: int, clock: Callable[[], float]) -> str:
    kind, precision = KINDS[name], choose_precision("auto", torch.device("cpu"))
    torch.manual_seed(0)
    plain = kind.build(kind.architecture(load_recipe(name).network.train)).eval().requires_grad_(False)
    ours = copy.deepcopy(plain).to(torch.bfloat16 if precision == "bf16" else torch.float32)
    ours = ours.to(memory_format=torch.channels_last)
    exact, quick = load_backbone("vgg16", precision="fp32"), load_backbone("vgg16", precision=precision)
    times: list[tuple[float, float]] = []
    for _ in range(turns + 1):
        with as_textbooks_do():
            theirs, slow_s = _painted(kind, plain, exact, size_px, clock)
        found, quick_s = _painted(kind, ours, quick, size_px, clock)
        times.append((slow_s, quick_s))
    slow_s, quick_s = (statistics.median(column) for column in zip(*times[1:], strict=True))
    ratio = statistics.median(slow / quick for slow, quick in times[1:])
    weights = sum(values.numel() for values in plain.state_dict().values())
    off = 255 * float((found - theirs).abs().mean())
    return f"| {name} | {size_px} | {weights:,} | {slow_s:.3f} | {quick_s:.3f} | {ratio:.1f} | {off:.2f} |"


def _painted(
    kind: Kind, network: nn.Module, backbone: Backbone, size_px: int, clock: Callable[[], float]
) -> tuple[Tensor, float]:
    torch.manual_seed(1)
    shown = Shown(
        picture=torch.rand(1, 3, size_px, size_px),
        style=torch.rand(1, 3, size_px, size_px),
        backbone=backbone,
        shading=torch.ones(1, 1, size_px, size_px),
        mask=torch.ones(1, 1, size_px, size_px),
    )
    began = clock()
    with torch.inference_mode():
        painted = kind.paint(network, shown)
    return painted, clock() - began


@contextmanager
def as_textbooks_do() -> Iterator[None]:
    """Let the layers that are quicker here do what they do in the usual two or three steps."""

    def enlarged(self: EnlargedConvolution, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        return self.inner(padded_by(enlarged_twice(planes), 1, repeat))

    def normed(self: InstanceNorm, planes: Tensor, _shares: Tensor | None = None) -> Tensor:
        return nnf.instance_norm(planes, weight=self.gamma, bias=self.beta, eps=NORM_EPS)

    def last(self: LastConvolution, planes: Tensor, repeat: Repeat | None = None) -> Tensor:
        return self.inner(padded_by(planes, self.border, repeat))

    with (
        mock.patch.object(LastConvolution, "forward", last),
        mock.patch.object(EnlargedConvolution, "forward", enlarged),
        mock.patch.object(InstanceNorm, "forward", normed),
    ):
        yield


if __name__ == "__main__":
    main()
