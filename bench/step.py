"""How long one optimisation step takes beside a plain loop and a tutorial's: `python bench/step.py`.

Contenders paint the same picture with the same VGG-16, losses (five style layers, relu4_2) and Adam:

- ours: the engine's own objective and method;
- plain: what a careful person writes in an afternoon: weights frozen, network cut after the last layer used,
  style and content targets worked out once, float32;
- tutorial: as most tutorials have it: neither frozen nor cut;
- floor: no step at all: the convolutions that ours needs, there and back, in its precision and layout, with
  maps that lie ready and nothing between them.

Each runs in a process of its own, because the engine's allocator settings would help the others too. They
take turns, one step each, and a ratio is the median over turns of the two times beside each other: a machine
that is busy with other work slows down both. On one that is very busy take --clock cpu and one thread. Prints
a table; writes a file only with --json FILE.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

SIZES_PX = (256, 512, 1024)
CONTENDERS = ("ours", "plain", "tutorial", "floor")
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
CONTENT_WEIGHT, STYLE_WEIGHT, LEARNING_RATE = 5.0, 100.0, 0.02
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_PX, help="long sides, px")
    parser.add_argument(
        "--turns", type=int, default=9, help="steps of each contender, after one that is not counted"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=CONTENDERS)
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto", help="of our trunk")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: of all threads together")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        return work(asked)
    rows = [measure(size, asked) for size in asked.sizes]
    show(rows, asked)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def measure(size_px: int, asked: argparse.Namespace) -> dict[str, Any]:
    """Let the contenders take turns at one size."""
    with contenders(size_px, asked) as running:
        for name in asked.only:
            ask(running[name], "step")
        turns = [{name: ask(running[name], "step") for name in asked.only} for _ in range(asked.turns)]
        peaks = {name: ask(running[name], "peak") for name in asked.only}
    row: dict[str, Any] = {"size_px": size_px, "turns": asked.turns}
    for name in asked.only:
        row[f"{name}_ms"] = round(1000 * statistics.median(turn[name] for turn in turns), 1)
        row[f"{name}_peak_mb"] = round(peaks[name])
        if name != "ours" and "ours" in asked.only:
            row[f"{name}_over_ours"] = round(
                statistics.median(turn[name] / turn["ours"] for turn in turns), 3
            )
    return row


@contextmanager
def contenders(size_px: int, asked: argparse.Namespace) -> Iterator[dict[str, subprocess.Popen[str]]]:
    command = [sys.executable, __file__, "--threads", str(asked.threads), "--precision", asked.precision]
    command += ["--clock", asked.clock]
    running = {
        name: subprocess.Popen(
            [*command, "--sizes", str(size_px), "--worker", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in asked.only
    }
    try:
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def ask(process: subprocess.Popen[str], question: str) -> float:
    into, out = process.stdin, process.stdout
    if into is None or out is None:
        raise RuntimeError("the contender has no pipes")
    print(question, file=into, flush=True)
    answer = out.readline()
    if not answer:
        raise RuntimeError(f"a contender ended with {process.wait()}")
    return float(answer)


def work(asked: argparse.Namespace) -> int:
    """Answer the questions of the measuring process: a step's seconds, the peak memory in MB."""
    answers: IO[str] = sys.stdout
    makers = {"ours": our_step, "plain": plain_step, "tutorial": tutorial_step, "floor": floor_step}
    step, now = makers[asked.worker](asked), CLOCKS[asked.clock]
    for question in sys.stdin:
        if question.strip() == "step":
            began = now()
            step()
            print(now() - began, file=answers, flush=True)
        else:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, file=answers, flush=True)
    return 0


def our_step(asked: argparse.Namespace) -> Callable[[], None]:
    from nst_core.allocator import keep_freed_memory

    keep_freed_memory()
    import torch

    from configs.recipe import AdamSpec, ContentTerm, OptimisePart, StyleTerm
    from nst_core.backbones import load_backbone
    from nst_core.optimise import METHODS, Canvas, style_targets
    from nst_core.optimise.objective import Objective

    torch.set_num_threads(asked.threads)
    content, style = pictures(asked.sizes[0])
    backbone = load_backbone("vgg16", precision=asked.precision)
    part = OptimisePart(
        start="content",
        optimiser=AdamSpec(lr=LEARNING_RATE),
        content=ContentTerm(weight=CONTENT_WEIGHT, layers=[CONTENT_LAYER], form="mean"),
        style=StyleTerm(weight=STYLE_WEIGHT, layers=list(STYLE_LAYERS), form="mean"),
    )
    canvas = Canvas(content, content, [style_targets(style, part, backbone)])
    objective = Objective.of(canvas, part, backbone)
    method = METHODS["adam"](part.optimiser, part.steps, content)
    picture = content

    def step() -> None:
        nonlocal picture
        values, gradients = objective.gradient(picture)
        picture = method.step(picture, values, gradients)

    return step


def plain_step(asked: argparse.Namespace) -> Callable[[], None]:
    return looped_step(*pictures(asked.sizes[0]), asked.threads, frozen=True, cut=True)[0]


def tutorial_step(asked: argparse.Namespace) -> Callable[[], None]:
    return looped_step(*pictures(asked.sizes[0]), asked.threads, frozen=False, cut=False)[0]


def floor_step(asked: argparse.Namespace) -> Callable[[], None]:
    import torch

    from nst_core.allocator import keep_freed_memory
    from nst_core.backbones import ARCHITECTURES, load_weights
    from nst_core.backbones.convolution import frozen_convolution
    from nst_core.backbones.precision import choose_precision

    keep_freed_memory()
    torch.set_num_threads(asked.threads)
    architecture, tensors = ARCHITECTURES["vgg16"], load_weights("vgg16").tensors
    precision = choose_precision(asked.precision, torch.device("cpu"))
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    layers = []
    for layer in architecture.layers[: architecture.layers.index(STYLE_LAYERS[-1]) + 1]:
        name, side = layer.replace("relu", "conv"), asked.sizes[0] // architecture.shape(layer).stride
        weight = tensors[f"{name}.weight"].to(dtype)
        maps = [
            torch.rand(1, channels, side, side).to(dtype, memory_format=torch.channels_last)
            for channels in (weight.shape[1], weight.shape[0])
        ]
        layers.append((frozen_convolution(weight, tensors[f"{name}.bias"].to(dtype)), *maps))

    def step() -> None:
        with torch.no_grad():
            for convolution, images, _gradient in layers:
                convolution.relu(images)
            for convolution, _images, gradient in reversed(layers):
                convolution.to_input(gradient)

    return step


def looped_step(
    content: Any, style: Any, threads: int, *, frozen: bool, cut: bool
) -> tuple[Callable[[], None], Any]:
    """Return a loop's step and the picture that it changes."""
    import torch
    from peers import vgg16_modules
    from torch.nn import functional

    torch.set_num_threads(threads)
    network, names = vgg16_modules(cut_after=STYLE_LAYERS[-1] if cut else None)
    network.requires_grad_(not frozen)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)

    def look(picture: torch.Tensor) -> dict[str, torch.Tensor]:
        signal, found = (picture - mean) / std, {}
        for name, layer in zip(names, network, strict=True):
            signal = layer(signal)
            if name in (*STYLE_LAYERS, CONTENT_LAYER):
                found[name] = signal
        return found

    def gram(features: torch.Tensor) -> torch.Tensor:
        rows = features.flatten(2)
        return rows @ rows.transpose(1, 2) / rows.shape[-1]

    with torch.no_grad():
        wanted = look(content)[CONTENT_LAYER]
        targets = {name: gram(one) for name, one in look(style).items() if name in STYLE_LAYERS}
    picture = content.clone().requires_grad_()
    optimiser = torch.optim.Adam([picture], lr=LEARNING_RATE)

    def step() -> None:
        optimiser.zero_grad()
        seen = look(picture)
        loss = CONTENT_WEIGHT * functional.mse_loss(seen[CONTENT_LAYER], wanted)
        for name, target in targets.items():
            loss = loss + STYLE_WEIGHT / len(targets) * functional.mse_loss(gram(seen[name]), target)
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            picture.clamp_(0, 1)

    return step, picture


def pictures(size_px: int) -> tuple[Any, Any]:
    """Return a content and a style image ``(1, 3, size, size)``; what is on them does not change the time."""
    import torch

    generator = torch.Generator().manual_seed(0)
    coarse = torch.rand(2, 3, size_px // 8, size_px // 8, generator=generator)
    both = torch.nn.functional.interpolate(coarse, size=(size_px, size_px), mode="bicubic").clamp(0, 1)
    return both[:1].contiguous(), both[1:].contiguous()


def show(rows: list[dict[str, Any]], asked: argparse.Namespace) -> None:
    import torch

    from nst_core.backbones.precision import choose_precision

    precision = choose_precision(asked.precision, torch.device("cpu"))
    print(f"{processor()}, {asked.threads} threads, torch {torch.__version__}, our trunk in {precision}")
    head = ["size", *(f"{name} ms" for name in asked.only)]
    compared = [name for name in asked.only if f"{name}_over_ours" in rows[0]]
    head += ["ours' share of the floor's pace" if name == "floor" else f"{name} / ours" for name in compared]
    head += [f"{name} MB" for name in asked.only if name != "floor"]
    print("| " + " | ".join(head) + " |")
    print("|" + " --- |" * len(head))
    for row in rows:
        cells = [f"{row['size_px']}²", *(f"{row[f'{name}_ms']:.0f}" for name in asked.only)]
        ratios = {name: row[f"{name}_over_ours"] for name in compared}
        cells += [f"{one:.0%}" if name == "floor" else f"{one:.2f}×" for name, one in ratios.items()]
        cells += [str(row[f"{name}_peak_mb"]) for name in asked.only if name != "floor"]
        print("| " + " | ".join(cells) + " |")


def processor() -> str:
    """The processor's name, where the system tells it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
