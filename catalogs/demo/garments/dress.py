"""A buttoned sundress of cotton poplin, before a painted wall, as on an unseen form."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import plaster
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import offset, path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import Gathers, crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import button, fold_edge, seam, topstitch

NECK = [[0, 172], [40, 150], [74, 90], [86, 0]]
STRAP = [[86, 0], [112, 5], [136, 14]]
ARMHOLE = [[136, 14], [130, 80], [142, 140], [184, 188]]
BODICE_SIDE = [[184, 188], [172, 290], [160, 392]]
HIP = [[172, 470], [188, 560]]  # the form under the skirt
HIP_END = [[188, 560], [150, 680], [0, 720]]
WAIST_MM, HEM_MM = 160.0, 345.0  # half widths of the skirt
HEM_Y_MM = 1052.0


def dress(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the dress, ``long_side_px`` high."""
    frame = Frame(860, round(long_side_px * 0.7), long_side_px)
    cloth = Cloth("#c3a45f", "poplin", thickness_mm=1.3)
    scene = Scene(frame, plaster(frame, rng, "#c9cbc7"), cloth, rng, origin_mm=(430, 92), turn_deg=0.6)
    back = symmetric([[0, 40], [50, 34], [86, 0]], [[86, 0], [80, 120], [0, 210]])
    scene.lay(scene.place(back), rise_mm=4, edge_mm=6, shade=0.72)
    bodice = symmetric(NECK, STRAP, ARMHOLE, [*BODICE_SIDE, *HIP], HIP_END)
    scene.lay(scene.place(bodice), rise_mm=26, edge_mm=42, relief=_bodice_folds(scene), bridge_mm=9)
    topstitch(scene, scene.place(offset(spanning(NECK), 8)), pull_mm=0.3)
    for way in (1, -1):
        topstitch(scene, scene.place(offset(spline(ARMHOLE), 7) * [way, 1]), pull_mm=0.3)
        dart = scene.place(spline([[92, 400], [88, 330], [80, 262]]) * [way, 1])
        seam(scene, dart, depth_mm=1.0, width_mm=1.6, pull_mm=0.6)
    _buttons(scene)
    _skirt(scene)
    _waistband(scene)
    return scene.photographed(Lamp(bearing_deg=214, elevation_deg=44, softness_mm=6), warmth=0.25)


def _skirt(scene: Scene) -> None:
    pipes = Gathers(scene.rng, count=10, fine=38, depth_mm=30)
    across = np.linspace(-1, 1, 160, dtype=np.float32)
    wave = pipes.relief(across, np.ones_like(across))
    base = HEM_Y_MM - 26 * across**2
    hem = np.stack([across * HEM_MM, base + 0.5 * wave], axis=1).astype(np.float64)
    behind = np.stack(
        [across * (HEM_MM - 6), base + 0.5 * (0.75 * wave.max() - 0.5 * wave) - 2], axis=1
    ).astype(np.float64)
    side = [[WAIST_MM, 385], [206, 520], [268, 760], hem[-1]]
    left = [hem[0], [-268, 760], [-206, 520], [-WAIST_MM, 385]]
    waist = [[-WAIST_MM, 385], [WAIST_MM, 385]]
    scene.lay(
        scene.place(np.concatenate([path(waist, side), behind[::-1], path(left)])),
        rise_mm=8,
        edge_mm=16,
        shade=0.6,
    )
    x, y = scene.pattern_xy()
    down = np.clip((y - 395) / (HEM_Y_MM - 395), 0, 1.1).astype(np.float32)
    half = WAIST_MM + (HEM_MM - WAIST_MM) * down**0.95
    folds = pipes.relief(np.asarray(x / half, np.float32), down)
    folds += crumple(scene.frame, scene.rng, grain_mm=170, slope=0.05, lean=2.0)
    front = np.concatenate([path(waist, side), hem[::-1], path(left)])
    scene.lay(scene.place(front), rise_mm=6, edge_mm=16, relief=folds, edge_relief=0.9, bridge_mm=42)
    fold_edge(scene, scene.place(hem), width_mm=-18, rise_mm=0.6)


def _bodice_folds(scene: Scene) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=200, slope=0.07) + crumple(frame, rng, grain_mm=90, slope=0.05)
    for way in (1, -1):
        # The bust, then the cloth drawn from it to the waist and the armhole.
        bust = scene.place(spline([[60, 236], [82, 226], [104, 232]]) * [way, 1])
        crease(frame, folds, bust, width_mm=46, depth_mm=15)
        fan(
            frame,
            folds,
            rng,
            origin=scene.at(176 * way, 200),
            towards_deg=(150, 205),
            way=way,
            count=4,
            length_mm=(60, 120),
            width_mm=8,
            depth_mm=3.4,
        )
    return folds


def _waistband(scene: Scene) -> None:
    low = [[0, 418], [80, 416], [161, 405]]
    outline = symmetric([[0, 388], [80, 386], [160, 377]], [[160, 377], [161, 405]], low[::-1])
    relief = crumple(scene.frame, scene.rng, grain_mm=70, slope=0.08)
    scene.lay(scene.place(outline), rise_mm=3, edge_mm=5, relief=relief, bridge_mm=16)
    for line, inset in ((low, -4), ([[0, 388], [80, 386], [160, 377]], 4)):
        placed = scene.place(spanning(line))
        seam(scene, placed, depth_mm=1.2, width_mm=2.0, pull_mm=1.2)
        topstitch(scene, placed, inset_mm=inset)


def _buttons(scene: Scene) -> None:
    edges = [spline([[x, 168], [x, 280], [x, 402]]) for x in (-13, 13)]
    scene.lay(scene.place(np.concatenate([edges[0], edges[1][::-1]])), rise_mm=1.4, edge_mm=1.6, bridge_mm=8)
    for edge, side in zip(edges, (-1, 1), strict=True):
        topstitch(scene, scene.place(edge), inset_mm=4 * side, pull_mm=0.25)
    for y in (186, 232, 278, 324, 370):
        button(scene, *scene.at(0, y), radius_mm=6, colour="#d8c8a8")
