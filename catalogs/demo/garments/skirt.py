"""A gathered midi skirt of crepe, laid flat on a washed linen sheet."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import linen
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import path, spanning, symmetric
from catalogs.demo.studio.fields import Rng
from catalogs.demo.studio.folds import Gathers, crumple
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import button, buttonhole, fold_edge, seam, topstitch

WAIST_MM, HEM_MM = 178.0, 405.0  # half widths
TOP_MM, LENGTH_MM = 40.0, 640.0
BAND_LOW = [[0, 48], [90, 46], [178, 40]]


def skirt(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the skirt, ``long_side_px`` wide."""
    frame = Frame(1010, long_side_px, round(long_side_px * 0.75))
    cloth = Cloth("#b08f80", "crepe", thickness_mm=1.4)
    scene = Scene(frame, linen(frame, rng, "#d9d5cb"), cloth, rng, origin_mm=(502, 50), turn_deg=1.6)
    pipes = Gathers(rng, count=11, fine=46, depth_mm=26)
    hem = _hem(pipes, 0.0)
    lining = path([[-WAIST_MM, 60], [WAIST_MM, 60]], [[WAIST_MM, 60], hem[-1]], _hem(pipes, 9.0)[::-1])
    scene.lay(scene.place(lining), rise_mm=2, edge_mm=3, shade=0.62)

    side = np.array([[WAIST_MM, TOP_MM], [232, 150], [310, 360], hem[-1]])
    outline = np.concatenate([path([[-WAIST_MM, TOP_MM], [WAIST_MM, TOP_MM]], side), hem[::-1]])
    left = path(np.array([hem[0], [-310, 360], [-232, 150], [-WAIST_MM, TOP_MM]]))
    x, y = scene.pattern_xy()
    down = np.clip((y - TOP_MM) / (LENGTH_MM - TOP_MM), 0, 1.1).astype(np.float32)
    half = WAIST_MM + (HEM_MM - WAIST_MM) * down**0.92
    folds = pipes.relief(np.asarray(x / half, np.float32), down)
    folds += crumple(frame, rng, grain_mm=150, slope=0.05, lean=1.8)
    scene.lay(
        scene.place(np.concatenate([outline, left])), rise_mm=6, edge_mm=10, relief=folds, edge_relief=0.9
    )
    fold_edge(scene, scene.place(hem), width_mm=-16, rise_mm=0.6)
    _waistband(scene)
    return scene.photographed(Lamp(bearing_deg=205, elevation_deg=42), warmth=0.1)


def _hem(pipes: Gathers, longer_mm: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    across = np.linspace(-1, 1, 160, dtype=np.float32)
    wave = pipes.relief(across, np.ones_like(across))
    drop = 34 * (1 - across**2) + 0.55 * (wave if not longer_mm else 0.75 * wave.max() - 0.5 * wave)
    return np.stack([across * HEM_MM, 596 + drop + longer_mm * (1 - across**8)], axis=1).astype(np.float64)


def _waistband(scene: Scene) -> None:
    outline = symmetric([[0, 4], [90, 2], [176, -4]], [[176, -4], [180, 18], [178, 40]], BAND_LOW[::-1])
    relief = crumple(scene.frame, scene.rng, grain_mm=90, slope=0.06)
    scene.lay(scene.place(outline), rise_mm=4, edge_mm=5, relief=relief, bridge_mm=12)
    low = scene.place(spanning(BAND_LOW))
    seam(scene, low, depth_mm=1.0, pull_mm=1.4)
    topstitch(scene, low, inset_mm=-4)
    topstitch(scene, scene.place(spanning([[0, 9], [90, 7], [174, 1]])))
    x, y = scene.at(118, 24)
    buttonhole(scene, x, y, length_mm=18, upright=False)
    button(scene, x, y, radius_mm=8, colour="#6d5244")
