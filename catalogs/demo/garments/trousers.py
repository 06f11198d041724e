"""Wide pull-on trousers of cotton twill, laid flat on coloured paper."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import paper
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import cord, eyelet, fold_edge, seam, topstitch

BAND_LOW = [[0, 52], [90, 50], [186, 44]]
OUTSEAM = [[186, 40], [222, 130], [246, 260], [262, 600], [270, 1022]]
HEM = [[270, 1022], [160, 1032], [52, 1028]]
INSEAM = [[52, 1028], [40, 800], [24, 520], [0, 318]]
RISE = [[0, 52], [2, 180], [0, 318]]
LAP = [[-12, 44], [-12, 180], [-6, 300], [0, 318]]  # one leg's cloth under the other's


def trousers(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the trousers, ``long_side_px`` high."""
    frame = Frame(790, round(long_side_px * 2 / 3), long_side_px)
    cloth = Cloth("#b9b4a2", "twill", thickness_mm=1.9)
    scene = Scene(
        frame, paper(frame, rng, "#a8664c"), cloth, rng, origin_mm=(396, 76), turn_deg=-0.8, wobble_mm=4
    )
    inside = symmetric([[0, 2], [90, 0], [182, -6]], [[182, -6], [182, 30], [0, 40]])
    scene.lay(scene.place(inside), rise_mm=3, edge_mm=4, shade=0.7)
    for way in (-1, 1):
        _leg(scene, way)
    seam(scene, scene.place(spline(RISE)), depth_mm=1.2, width_mm=2.0, pull_mm=0.6)
    topstitch(scene, scene.place(spline(RISE)), inset_mm=5)
    _waistband(scene)
    return scene.photographed(Lamp(bearing_deg=222, elevation_deg=36), warmth=0.1)


def _leg(scene: Scene, way: int) -> None:
    outline = path([[-12, 44], [90, 44], [186, 40]], OUTSEAM, HEM, INSEAM, LAP[::-1])
    folds = _leg_folds(scene, way)
    scene.lay(scene.place(outline * [way, 1]), rise_mm=8, edge_mm=13, relief=folds)
    hem = scene.place(spline(HEM) * [way, 1])
    fold_edge(scene, hem, width_mm=30 * way)
    outseam = scene.place(spline(OUTSEAM) * [way, 1])
    topstitch(scene, outseam, inset_mm=5 * way, pull_mm=0.4)
    slant = scene.place(spline([[150, 52], [186, 130], [226, 196]]) * [way, 1])
    seam(scene, slant, depth_mm=1.6, width_mm=1.8)
    topstitch(scene, slant, inset_mm=6 * way)


def _leg_folds(scene: Scene, way: int) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=260, slope=0.2, lean=1.6)
    folds += crumple(frame, rng, grain_mm=120, slope=0.14, lean=1.3)
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(10 * way, 312),
        towards_deg=(-62, 62),
        way=way,
        count=9,
        length_mm=(80, 200),
        width_mm=11,
        depth_mm=8.1,
        spread_mm=18,
    )
    for x in np.linspace(14, 176, 10):
        # Fullness let in below the waistband.
        x += rng.normal(0, 5)
        line = spline([[x, 46], [x + 4, 46 + rng.uniform(50, 80)], [x + 10, 46 + rng.uniform(120, 240)]]) * [
            way,
            1,
        ]
        crease(frame, folds, scene.place(line), width_mm=7, depth_mm=rng.uniform(2, 4.5), taper="end")
    pressed = spline([[120, 200], [146, 480], [158, 760], [161, 1030]]) * [way, 1]
    crease(frame, folds, scene.place(pressed), width_mm=12, depth_mm=5.9, taper="both")
    for y in (560, 640):
        line = spline([[40, y], [110, y + rng.normal(14, 10)], [190, y + rng.normal(-6, 14)]]) * [way, 1]
        crease(frame, folds, scene.place(line), width_mm=15, depth_mm=6.8, skew=rng.uniform(-0.6, 0.6))
    return folds


def _waistband(scene: Scene) -> None:
    outline = symmetric([[0, 10], [90, 8], [184, 2]], [[184, 2], [189, 24], [186, 44]], BAND_LOW[::-1])
    x, _ = scene.pattern_xy()
    ruched = 1.6 * np.sin(2 * np.pi * x / 11 + 2.2 * np.sin(x / 31)) * (0.6 + 0.4 * np.sin(x / 17))
    relief = np.asarray(np.broadcast_to(ruched, scene.frame.shape), np.float32)
    scene.lay(scene.place(outline), rise_mm=5, edge_mm=5, relief=relief, bridge_mm=14)
    low = scene.place(spanning(BAND_LOW))
    seam(scene, low, depth_mm=1.2, pull_mm=1.2)
    for y in (20, 38):
        topstitch(scene, scene.place(spanning([[0, y], [90, y - 2], [184, y - 8]])), pull_mm=0.4)
    for way in (1, -1):
        eyelet(scene, *scene.at(20 * way, 30), radius_mm=5)
        line = spline(
            [[20 * way, 30], [30 * way, 80], [(22 + 8 * way) * way, 140], [(40 - 6 * way) * way, 206]]
        )
        cord(scene, scene.place(line), width_mm=6, colour="#e6e0d2")
