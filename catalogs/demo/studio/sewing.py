"""What sewing leaves on a garment: seams, topstitching, ribs, buttons, cords."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.colour import linear, mix
from catalogs.demo.studio.curves import Points, at, lengths, offset
from catalogs.demo.studio.fields import Field, blur, smoothstep
from catalogs.demo.studio.folds import pucker
from catalogs.demo.studio.frame import Patch, Window
from catalogs.demo.studio.scene import Scene


def seam(
    scene: Scene, line: Points, *, depth_mm: float = 0.9, width_mm: float = 1.8, pull_mm: float = 0.35
) -> None:
    """Press a seam into the cloth along ``line`` (frame mm) and pucker the cloth beside it."""
    ribbon = scene.frame.ribbon(line, width_mm * 4)
    groove = np.exp(-np.minimum((ribbon.across_mm / np.float32(width_mm)) ** 2, 60))
    scene.height[ribbon.window] -= np.float32(depth_mm) * groove * scene.mask[ribbon.window]
    _ripple(scene, line, pull_mm)


def topstitch(
    scene: Scene,
    line: Points,
    *,
    inset_mm: float = 0.0,
    stitch_mm: float = 4.0,
    thread: float = 0.72,
    pull_mm: float = 0.0,
) -> None:
    """Sew a row of stitches, ``inset_mm`` to the right of ``line``.

    Args:
        thread: the thread's lightness over the cloth's; below 1 it is darker.
    """
    row = offset(line, inset_mm) if inset_mm else line
    ends = np.arange(0, lengths(row)[-1] - stitch_mm, stitch_mm)
    dashes = [at(row, np.linspace(start, start + stitch_mm * 0.66, 3)) for start in ends]
    row_bed = scene.frame.stroked([row], 1.4, margin_mm=4)
    here, mask = row_bed.window, scene.mask[row_bed.window]
    threads = np.zeros_like(mask)
    _paste(threads, here, scene.frame.stroked(dashes, 0.95))
    bed = np.minimum(blur(row_bed.cover, scene.frame.px(0.9)) * 1.5, 1)
    scene.height[here] += 0.30 * threads - 0.55 * bed * mask
    thread_dye = scene.dyed[here] * np.float32(thread)
    scene.albedo[here] = mix(scene.albedo[here], thread_dye, 0.8 * threads * mask)
    if pull_mm:
        _ripple(scene, row, pull_mm)


def fold_edge(
    scene: Scene, line: Points, *, width_mm: float, rise_mm: float = 0.9, stitched: bool = True
) -> None:
    """Turn a hem: the cloth lies double between ``line`` and ``width_mm`` to its right (left: negative)."""
    if width_mm < 0:
        line, width_mm = line[::-1], -width_mm
    ribbon = scene.frame.ribbon(line, width_mm * 1.4)
    double = smoothstep(ribbon.across_mm, -0.5, 1.0) * smoothstep(
        ribbon.across_mm, width_mm + 1.4, width_mm - 0.2
    )
    scene.height[ribbon.window] += np.float32(rise_mm) * double * scene.mask[ribbon.window]
    if stitched:
        topstitch(scene, line, inset_mm=width_mm - 1.5, pull_mm=0.22)


def ribbed(
    scene: Scene, band: Patch, line: Points, *, pitch_mm: float, reach_mm: float, depth_mm: float
) -> None:
    """Knit ribs into a band: ridges at right angles to ``line``, within ``reach_mm`` of it."""
    ribbon = scene.frame.ribbon(line, reach_mm)
    covered = np.zeros(ribbon.across_mm.shape, np.float32)
    _paste(covered, ribbon.window, band)
    wave = np.cos(2 * np.pi * ribbon.along_mm / np.float32(pitch_mm))
    within = covered * np.isfinite(ribbon.across_mm)
    scene.height[ribbon.window] += np.float32(depth_mm) * wave * within
    scene.albedo[ribbon.window] *= (1 - 0.10 * (0.5 - 0.5 * wave) * within)[..., None]


def button(scene: Scene, x: float, y: float, *, radius_mm: float = 5.6, colour: str = "#e9e2d3") -> None:
    """Sew on a four-holed button at a point of the frame."""
    here = scene.frame.ribbon(np.array([[x - 0.01, y], [x + 0.01, y]]), radius_mm * 1.6).window
    right, down = scene.frame.x_mm[:, here[1]] - np.float32(x), scene.frame.y_mm[here[0]] - np.float32(y)
    far = np.hypot(right, down)
    disc = smoothstep(far, radius_mm + 0.45, radius_mm - 0.45)
    rim = np.exp(-(((far - radius_mm * 0.80) / 0.9) ** 2))
    bowl = smoothstep(far, radius_mm * 0.72, radius_mm * 0.45)
    holes = smoothstep(np.hypot(np.abs(right) - 1.35, np.abs(down) - 1.35), 1.1, 0.4)
    scene.height[here] += disc * (2.0 + 0.55 * rim - 0.55 * bowl - 0.7 * holes)
    shell = linear(colour) * (1 - 0.75 * holes[..., None])
    scene.albedo[here] = mix(scene.albedo[here], np.asarray(shell, np.float32), disc)


def buttonhole(scene: Scene, x: float, y: float, *, length_mm: float = 13.0, upright: bool = True) -> None:
    """Work a buttonhole around a point of the frame."""
    reach = np.array([0, length_mm / 2]) if upright else np.array([length_mm / 2, 0])
    line = np.stack([np.array([x, y]) - reach, np.array([x, y]) + reach])
    for width_mm, lift_mm, tone in ((2.4, 0.4, 0.86), (0.7, -0.9, 0.35)):
        bar = scene.frame.stroked([line], width_mm)
        scene.height[bar.window] += np.float32(lift_mm) * bar.cover
        dye = scene.dyed[bar.window] * np.float32(tone)
        scene.albedo[bar.window] = mix(scene.albedo[bar.window], dye, 0.75 * bar.cover)


def eyelet(scene: Scene, x: float, y: float, *, radius_mm: float = 6.0, colour: str = "#8f8d86") -> None:
    """Punch a metal eyelet at a point of the frame."""
    here = scene.frame.ribbon(np.array([[x - 0.01, y], [x + 0.01, y]]), radius_mm * 1.8).window
    far = np.hypot(scene.frame.x_mm[:, here[1]] - np.float32(x), scene.frame.y_mm[here[0]] - np.float32(y))
    rim = smoothstep(far, radius_mm + 0.5, radius_mm - 0.5) * smoothstep(far, 2.2, 3.2)
    hole = smoothstep(far, 3.0, 2.2)
    bulge = np.sin(np.pi * np.clip((far - 2.6) / (radius_mm - 2.6), 0, 1))
    scene.height[here] += 1.1 * rim * bulge - 2.5 * hole
    metal = np.broadcast_to(linear(colour), (*far.shape, 3))
    scene.albedo[here] = mix(scene.albedo[here], np.asarray(metal, np.float32), rim)
    scene.albedo[here] = mix(scene.albedo[here], np.asarray(0.1 * metal, np.float32), hole)


def cord(scene: Scene, line: Points, *, width_mm: float, colour: str, tip: bool = True) -> None:
    """Lay a braided cord along ``line``, with a bound tip at its end."""
    ribbon = scene.frame.ribbon(line, width_mm)
    across = np.minimum(np.abs(ribbon.across_mm) / np.float32(width_mm / 2), 2)
    cover = smoothstep(across, 1.12, 0.88)
    crown = np.sqrt(np.clip(1 - across**2, 0, 1)) * np.float32(width_mm * 0.75)
    braid = 0.3 * np.sin(2 * np.pi * (ribbon.along_mm / 4.0 + 0.35 * np.clip(ribbon.across_mm, -9, 9)))
    ground = blur(scene.height, scene.frame.px(6))[ribbon.window]
    under = scene.height[ribbon.window]
    scene.height[ribbon.window] = under * (1 - cover) + (ground + crown + braid) * cover
    dye = np.broadcast_to(linear(colour), (*cover.shape, 3))
    tone = np.where(ribbon.along_mm > ribbon.length_mm - 16, 0.55, 1.06) if tip else np.float32(1.06)
    painted = np.asarray(dye * np.asarray(tone, np.float32)[..., None], np.float32)
    scene.albedo[ribbon.window] = mix(scene.albedo[ribbon.window], painted, cover)
    scene.mask[ribbon.window] = np.maximum(scene.mask[ribbon.window], cover)


def _ripple(scene: Scene, line: Points, depth_mm: float) -> None:
    patch = pucker(scene.frame, scene.rng, line, depth_mm=depth_mm, reach_mm=7.0)
    scene.height[patch.window] += patch.cover * scene.mask[patch.window]


def _paste(onto: Field, window: Window, patch: Patch) -> None:
    # Copy a patch into a field that covers another window of the same frame.
    top, left = window[0].start, window[1].start
    rows = slice(max(patch.window[0].start, top), min(patch.window[0].stop, window[0].stop))
    columns = slice(max(patch.window[1].start, left), min(patch.window[1].stop, window[1].stop))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    r0, c0 = patch.window[0].start, patch.window[1].start
    onto[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = patch.cover[
        rows.start - r0 : rows.stop - r0, columns.start - c0 : columns.stop - c0
    ]
