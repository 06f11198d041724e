"""Edges of a mask: drawn to the picture's own outlines, then softened to a stated width."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.pixels import Bits, Image, Rgb, blurred, dilated, eroded, floats, resized, unit

# Where the filtered mask crosses this lies the edge: a little under one half, since a thread of floor under
# the new cloth is seen by nobody and a rim of the old one by everybody.
LEVEL = 0.45


def guided_filter(
    guide: Image, values: Image, radius_px: float, epsilon: float, at: Image | None = None
) -> Image:
    """Smooth values without crossing the edges of a grey guide.

    Args:
        guide: ``(h, w)``, [0, 1].
        values: ``(h, w)``.
        radius_px: half the side of the box window; at least 1.
        epsilon: variance of the guide below which it is taken as flat.
        at: ``(H, W)`` the guide at the size wanted, or None for the guide itself. The linear
            coefficients are read on the small guide and enlarged, which costs a sixteenth.

    Returns:
        The filtered values at the size of ``at``.

    Source:
        He, Sun, Tang (2013), "Guided Image Filtering"; He, Sun (2015), "Fast Guided Filter".
    """
    window = 2 * max(1, round(radius_px)) + 1
    size = (window, window)
    mean_guide, mean_values = _box(guide, size), _box(values, size)
    covariance = _box(guide * values, size) - mean_guide * mean_values
    variance = _box(guide * guide, size) - mean_guide * mean_guide
    steep = floats(covariance / (np.maximum(variance, 0) + epsilon))
    slope, offset = _box(steep, size), _box(mean_values - steep * mean_guide, size)
    if at is None:
        return floats(slope * guide + offset)
    shape = (at.shape[1], at.shape[0])
    return floats(
        cv2.resize(slope, shape, interpolation=cv2.INTER_LINEAR) * at
        + cv2.resize(offset, shape, interpolation=cv2.INTER_LINEAR)
    )


def colour_guided_filter(guide: Image, values: Image, radius_px: float, epsilon: float, at: Image) -> Image:
    """Smooth values without crossing the colour edges of a guide, at the size of another guide.

    Args:
        guide: ``(h, w, 3)``, [0, 1].
        values: ``(h, w)``.
        radius_px: half the side of the box window; at least 1.
        epsilon: variance of the guide below which it is taken as flat.
        at: ``(H, W, 3)``, the guide at the size wanted.

    Returns:
        ``(H, W)``.

    Source:
        He, Sun, Tang (2013), eq. 19-21, with the coefficients enlarged as in He, Sun (2015).
    """
    window = 2 * max(1, round(radius_px)) + 1
    size = (window, window)
    mean_guide, mean_values = _box(guide, size), _box(values, size)
    covariance = _box(guide * values[..., None], size) - mean_guide * mean_values[..., None]
    products = _box((guide[..., :, None] * guide[..., None, :]).reshape(*values.shape, 9), size)
    sigma = products.reshape(*values.shape, 3, 3) - mean_guide[..., :, None] * mean_guide[..., None, :]
    slope = np.linalg.solve(sigma + epsilon * np.eye(3, dtype=np.float32), covariance[..., None])[..., 0]
    offset = mean_values - (slope * mean_guide).sum(-1)
    shape = (at.shape[1], at.shape[0])
    slope = cv2.resize(_box(floats(slope), size), shape, interpolation=cv2.INTER_LINEAR)
    offset = cv2.resize(_box(floats(offset), size), shape, interpolation=cv2.INTER_LINEAR)
    return floats((slope * at).sum(-1) + offset)


def settle_edge(rgb: Rgb, coarse: Bits, edge_px: float) -> Image:
    """Carry a small hard mask to the picture's size, with its edge on the picture's outline.

    Only a band of 3 px (at the small size) about the coarse edge can change: inside it the
    mask follows the colour edges, outside it stays what it was.

    Args:
        rgb: ``(H, W, 3)``, sRGB.
        coarse: ``(h, w)``, a mask at a smaller size (or the same).
        edge_px: width of the soft edge (10 to 90 %) in px at 256 px long side.

    Returns:
        ``(H, W)`` in [0, 1]; exactly 0 and 1 away from the edge.
    """
    at = unit(rgb)
    small = resized(at, *coarse.shape)
    drawn = colour_guided_filter(small, floats(coarse), radius_px=3, epsilon=1e-3, at=at)
    inner = resized(floats(eroded(coarse, 7)), *rgb.shape[:2]) > 0.5
    outer = resized(floats(dilated(coarse, 7)), *rgb.shape[:2]) > 0.5
    settled = np.where(inner, 1.0, np.where(outer, np.clip((drawn - LEVEL) * 6 + 0.5, 0, 1), 0.0))
    return soften(floats(settled), edge_px)


def soften(mask: Image, edge_px: float) -> Image:
    """Give a mask's edge a width, and make what is almost 0 or 1 exactly so.

    Args:
        mask: ``(H, W)`` in [0, 1].
        edge_px: width of the edge (10 to 90 %) in px at 256 px long side; 0 leaves the mask as it is.

    Returns:
        ``(H, W)`` in [0, 1].
    """
    # A blurred step rises from 10 to 90 % within 2.563 standard deviations.
    sigma = edge_px * max(mask.shape) / 256 / 2.563
    if sigma > 0.1:
        mask = blurred(mask, sigma)
    return floats(np.clip((mask - 0.02) / 0.96, 0, 1))


def _box(values: Image, size: tuple[int, int]) -> Image:
    # OpenCV filters at most four channels at once.
    if values.ndim == 3 and values.shape[2] > 4:
        return np.stack([_box(values[..., i], size) for i in range(values.shape[2])], axis=-1)
    return floats(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT))
