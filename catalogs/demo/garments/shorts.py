"""Linen shorts with an elastic waist, laid flat on grey boards."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import boards
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import cord, fold_edge, seam, topstitch

BAND_LOW = [[0, 46], [100, 44], [204, 36]]
OUTSEAM = [[204, 34], [238, 140], [258, 260], [278, 408]]
HEM = [[278, 408], [160, 428], [40, 436]]
INSEAM = [[40, 436], [22, 370], [0, 304]]
RISE = [[0, 46], [2, 170], [0, 304]]
LAP = [[-10, 40], [-10, 170], [-6, 290], [0, 304]]  # one leg's cloth under the other's


def shorts(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the shorts, ``long_side_px`` wide."""
    frame = Frame(740, long_side_px, round(long_side_px * 0.75))
    cloth = Cloth("#c2a99f", "linen", thickness_mm=1.6)
    table = boards(frame, rng, "#7d7b78", width_mm=120, upright=False)
    scene = Scene(frame, table, cloth, rng, origin_mm=(368, 62), turn_deg=-2.2, wobble_mm=4)
    inside = symmetric([[0, 2], [100, 0], [198, -8]], [[198, -8], [200, 24], [0, 34]])
    scene.lay(scene.place(inside), rise_mm=3, edge_mm=4, shade=0.7)
    for way in (-1, 1):
        _leg(scene, way)
    rise = scene.place(spline(RISE))
    seam(scene, rise, depth_mm=1.1, width_mm=1.8, pull_mm=0.6)
    topstitch(scene, rise, inset_mm=-4)
    _waistband(scene)
    return scene.photographed(Lamp(bearing_deg=238, elevation_deg=38), warmth=0.3)


def _leg(scene: Scene, way: int) -> None:
    outline = path([[-10, 40], [100, 38], [204, 34]], OUTSEAM, HEM, INSEAM, LAP[::-1])
    scene.lay(scene.place(outline * [way, 1]), rise_mm=8, edge_mm=11, relief=_leg_folds(scene, way))
    fold_edge(scene, scene.place(spline(HEM) * [way, 1]), width_mm=26 * way)
    pocket = scene.place(spline([[158, 44], [206, 118], [244, 190]]) * [way, 1])
    seam(scene, pocket, depth_mm=1.4, width_mm=1.6)
    topstitch(scene, pocket, inset_mm=5 * way)


def _leg_folds(scene: Scene, way: int) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=150, slope=0.18) + crumple(frame, rng, grain_mm=70, slope=0.1)
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(8 * way, 300),
        towards_deg=(-65, 55),
        way=way,
        count=8,
        length_mm=(60, 150),
        width_mm=9,
        depth_mm=6,
    )
    for x in np.linspace(14, 190, 14):
        x += rng.normal(0, 4)
        line = spline([[x, 38], [x * 1.04, 90], [x * 1.1, 38 + rng.uniform(90, 190)]]) * [way, 1]
        crease(frame, folds, scene.place(line), width_mm=6, depth_mm=rng.uniform(2, 4.5), taper="end")
    for x in (110, 190):
        line = spline([[x, 200], [x * 1.06, 300], [x * 1.14, 440]]) * [way, 1]
        crease(frame, folds, scene.place(line), width_mm=16, depth_mm=6.6, skew=rng.uniform(-0.7, 0.7))
    return folds


def _waistband(scene: Scene) -> None:
    outline = symmetric([[0, 8], [100, 6], [200, -2]], [[200, -2], [206, 18], [204, 36]], BAND_LOW[::-1])
    x, _ = scene.pattern_xy()
    ruched = 1.9 * np.sin(2 * np.pi * x / 10 + 2.4 * np.sin(x / 29)) * (0.65 + 0.35 * np.sin(x / 13))
    relief = np.asarray(np.broadcast_to(ruched, scene.frame.shape), np.float32)
    scene.lay(scene.place(outline), rise_mm=5, edge_mm=5, relief=relief, bridge_mm=12)
    seam(scene, scene.place(spanning(BAND_LOW)), depth_mm=1.2, pull_mm=1.2)
    for y in (17, 32):
        topstitch(scene, scene.place(spanning([[0, y], [100, y - 2], [202, y - 9]])), pull_mm=0.4)
    for way in (1, -1):
        # A bow's two ends, tied at the middle.
        loop = spline(
            [[4 * way, 27], [46 * way, 10 + 8 * way], [66 * way, 40], [34 * way, 48], [2 * way, 30]]
        )
        cord(scene, scene.place(loop), width_mm=6, colour="#ece6da", tip=False)
        end = spline(
            [[3 * way, 29], [26 * way, 84], [(20 + 4 * way) * way, 128], [(34 + 6 * way) * way, 172]]
        )
        cord(scene, scene.place(end), width_mm=6, colour="#ece6da")
