"""What a step asks of the device: a fixed number of kernels, and on CUDA no waiting."""

from __future__ import annotations

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from configs.recipe import AdamSpec, LbfgsSpec, OptimisePart, StyleTerm, TvTerm
from nst_core.backbones import FrozenBackbone, load_backbone
from nst_core.optimise import Canvas, optimise, style_targets
from nst_core.optimise.methods import method_of
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import picture, random_tensors, tiny_architecture

LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]
PART = OptimisePart(
    start="cloth",
    style=StyleTerm(layers=LAYERS, region="garment"),
    tv=TvTerm(of="change", chroma_weight=100),
)


def canvas(backbone, *, batch: int, side: int, device: str = "cpu") -> Canvas:
    mask = torch.zeros(batch, 1, side, side, device=device)
    mask[..., 8:-8, 8:-8] = 1
    start, content, shading = (picture(side, side, seed=seed, batch=batch).to(device) for seed in (1, 2, 3))
    style = style_targets(picture(side, side, seed=4).to(device), PART, backbone)
    return Canvas(start, content, [style] * batch, shading=0.6 + shading[:, :1], mask=mask)


def tiny(device: str, precision: str) -> FrozenBackbone:
    architecture = tiny_architecture()
    return FrozenBackbone(architecture, random_tensors(architecture), device=device, precision=precision)


def operations(spec, *, batch: int, side: int) -> int:
    """How many operators one step starts, views included, those that other operators start left out."""
    backbone = tiny("cpu", "fp32")
    here = canvas(backbone, batch=batch, side=side)
    objective, method = Objective.of(here, PART, backbone), method_of(spec, 9, here.start)
    pictures = here.start
    for _ in range(2):
        pictures = method.step(pictures, *objective.gradient(pictures))
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        method.step(pictures, *objective.gradient(pictures))
    started = [event for event in seen.events() if is_operator(event)]
    return sum(not is_operator(event.cpu_parent) for event in started)


def is_operator(event) -> bool:
    return event is not None and event.name.startswith(("aten::", "mkldnn::"))


@pytest.mark.parametrize(("spec", "most"), [(AdamSpec(), 600), (LbfgsSpec(), 850)], ids=["adam", "lbfgs"])
def test_a_step_starts_as_many_kernels_for_large_pictures_as_for_small_ones(spec, most):
    # what is started and not computed is what a GPU waits for: it must not grow with the picture
    small, large = (operations(spec, batch=2, side=side) for side in (64, 128))
    assert small == large < most


needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("spec", [AdamSpec(), LbfgsSpec()], ids=["adam", "lbfgs"])
def test_on_cuda_a_step_never_waits_for_the_device(spec):
    backbone = tiny("cuda", "bf16")
    here = canvas(backbone, batch=2, side=64, device="cuda")
    objective, method = Objective.of(here, PART, backbone), method_of(spec, 9, here.start)
    pictures = here.start
    for _ in range(3):  # libraries load their kernels
        pictures = method.step(pictures, *objective.gradient(pictures))
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            pictures = method.step(pictures, *objective.gradient(pictures))
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert bool(pictures.isfinite().all())


@pytest.mark.gpu
@needs_cuda
def test_on_cuda_the_trunk_is_bf16_channels_last():
    backbone = tiny("cuda", "auto")
    maps = backbone.features(picture(64, 64).cuda(), LAYERS)
    assert backbone.precision == "bf16"
    for one in maps.values():
        assert one.dtype == torch.bfloat16
        assert one.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.gpu
@needs_cuda
def test_on_cuda_vgg16_goes_where_it_goes_on_the_cpu():
    losses = []
    for device in ("cpu", "cuda"):
        backbone = load_backbone("vgg16", device=device, precision="fp32")
        here = canvas(backbone, batch=1, side=96, device=device)
        part = PART.model_copy(update={"steps": 12})
        losses.append(optimise(here, part, backbone).losses[-1].cpu())
    torch.testing.assert_close(losses[1], losses[0], rtol=2e-2, atol=0)


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("most_px", [None, 128 * 160])
def test_on_cuda_windows_have_the_gradient_of_the_whole(most_px):
    backbone = tiny("cuda", "fp32")
    here = canvas(backbone, batch=1, side=224, device="cuda")
    on_cpu = Objective.of(canvas(tiny("cpu", "fp32"), batch=1, side=224), PART, tiny("cpu", "fp32"))
    values, gradients = on_cpu.gradient(here.start.cpu())
    found, way = Objective.of(here, PART, backbone, most_px=most_px).gradient(here.start)
    torch.testing.assert_close(found.cpu(), values, rtol=1e-3, atol=1e-6)
    assert float((way.cpu() - gradients).abs().max()) < 5e-3 * float(gradients.abs().max())
