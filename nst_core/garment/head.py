"""Which places of a picture look like a garment: a small trained head on the features of VGG-16."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib import resources

import cv2
import numpy as np
import safetensors.torch
import torch
import torch.nn.functional as nnf
from torch import Tensor

from nst_core.errors import WeightsCorrupt
from nst_core.garment.pixels import Image, Rgb, floats, resized_rgb, to_lab, unit

Features = Callable[[Tensor, Sequence[str]], Mapping[str, Tensor]]
"""A VGG-16's ``features`` on the CPU: picture ``(1, 3, H, W)`` in [0, 1] and layers → maps by layer."""

Look = Callable[[Rgb], Image]
"""Any picture → ``(h, w)`` log odds of garment against ground, coarse; see :func:`look`."""

FILE = "mask_head.safetensors"
SHA256 = "5a9390c44d3edbf93a0bb7d715cf2724bc9cd9292402cf4f3ad77f7e4e4d5101"
# Channels of the layers looked at: edges and cloth, parts, whole things.
LAYERS = {"relu2_2": 128, "relu3_3": 256, "relu4_3": 512, "relu5_3": 512}
WIDTH = 32
SIDE_PX, STRIDE = 256, 4
PLACE_CHANNELS = 6


def look(rgb: Rgb, features: Features) -> Image:
    """Return how much each place looks like garment rather than ground.

    The mean of a look at the picture and one at its mirror image: what hangs on a single look's
    chance cancels out.

    Args:
        rgb: ``(H, W, 3)``, sRGB, any size.
        features: a VGG-16's.

    Returns:
        ``(h, w)`` log odds, a position every 4 px of a copy of 256 px; above 0 is garment.

    Raises:
        WeightsCorrupt: the head's file is not the one this version came with.
    """
    weights = load_head()
    small = looked_at(rgb, SIDE_PX)
    with torch.no_grad():
        seen = log_odds(weights, small, features)
        mirrored = log_odds(weights, np.ascontiguousarray(small[:, ::-1]), features)
    return floats((0.5 * (seen + mirrored.flip(3)))[0, 0].numpy())


def log_odds(weights: Mapping[str, Tensor], small: Rgb, features: Features) -> Tensor:
    """Run the head once.

    Every layer is brought to 32 channels and to one position in 4 px, place and colour join in, and two
    wide 3×3 convolutions (dilated by 2 and 4) let neighbours agree.

    Args:
        weights: the head's tensors; differentiable with respect to them.
        small: ``(h, w, 3)``, sides multiples of 16: see :func:`looked_at`.
        features: a VGG-16's.

    Returns:
        ``(1, 1, h / 4, w / 4)``, float32.
    """
    height, width = small.shape[0] // STRIDE, small.shape[1] // STRIDE
    maps = features(as_picture(small), tuple(LAYERS))
    signal = nnf.conv2d(place_and_colour(small), weights["place.weight"], weights["place.bias"])
    for layer in LAYERS:
        values = maps[layer].float()
        if values.shape[-2] > height:
            values = nnf.adaptive_avg_pool2d(values, (height, width))
        joined = nnf.conv2d(values, weights[f"{layer}.weight"])
        signal = signal + nnf.interpolate(joined, size=(height, width), mode="bilinear", align_corners=False)
    signal = nnf.relu(signal)
    for name, reach in (("near", 2), ("far", 4)):
        around = nnf.conv2d(
            signal, weights[f"{name}.weight"], weights[f"{name}.bias"], padding=reach, dilation=reach
        )
        signal = nnf.relu(signal + around)
    return nnf.conv2d(signal, weights["out.weight"], weights["out.bias"])


def looked_at(rgb: Rgb, side_px: int) -> Rgb:
    """Return the copy that the head looks at: a long side of about ``side_px``, sides multiples of 16."""
    scale = side_px / max(rgb.shape[:2])
    height, width = (max(32, round(side * scale / 16) * 16) for side in rgb.shape[:2])
    return resized_rgb(rgb, height, width)


def as_picture(rgb: Rgb) -> Tensor:
    """Return the picture as ``features`` takes it: ``(1, 3, H, W)`` in [0, 1]."""
    return torch.from_numpy(unit(rgb)).permute(2, 0, 1)[None].contiguous()


def place_and_colour(small: Rgb) -> Tensor:
    """Return ``(1, 6, h / 4, w / 4)``: Lab, how far from the middle, how high, how near to the border."""
    height, width = small.shape[0] // STRIDE, small.shape[1] // STRIDE
    lab = to_lab(resized_rgb(small, height, width)) / 50
    down, across = np.indices((height, width), dtype=np.float32) + 0.5
    down, across = down / height * 2 - 1, np.abs(across / width * 2 - 1)
    border = np.minimum(1 - across, 1 - np.abs(down))
    planes = [lab[..., 0] - 1, lab[..., 1], lab[..., 2], across, down, border]
    return torch.from_numpy(floats(np.stack(planes)))[None]


def enlarged(values: Image, height_px: int, width_px: int) -> Image:
    """Return log odds at another size, smooth."""
    return floats(cv2.resize(values, (width_px, height_px), interpolation=cv2.INTER_CUBIC))


@functools.cache
def load_head() -> Mapping[str, Tensor]:
    """Return the head's weights, float32, that came with this package.

    Raises:
        WeightsCorrupt: their sha256 is another.
    """
    data = resources.files("nst_core.garment").joinpath(FILE).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise WeightsCorrupt(
            f"the package's {FILE} has the sha256 {found[:12]}, not {SHA256[:12]}; install the package again",
            file=FILE,
        )
    return {name: values.float() for name, values in safetensors.torch.load(data).items()}
