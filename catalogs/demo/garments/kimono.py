"""A kimono jacket of crepe silk with hanging sleeves, before a green wall."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import plaster
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import Points, path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import fold_edge, seam, topstitch

SHOULDER = [[70, 0], [300, 16], [640, 44]]
SIDE = [[302, 250], [306, 520], [318, 842]]
HEM = [[318, 842], [180, 852], [34, 854]]
FRONT_EDGE = [[34, 854], [36, 560], [44, 300], [70, 0]]
SLEEVE_FOOT = [[638, 420], [614, 446], [580, 450], [440, 446], [350, 440], [324, 414]]


def kimono(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the jacket, ``long_side_px`` wide."""
    frame = Frame(1440, long_side_px, round(long_side_px * 0.75))
    cloth = Cloth("#a5afbd", "crepe", thickness_mm=1.4)
    scene = Scene(
        frame, plaster(frame, rng, "#66705f"), cloth, rng, origin_mm=(722, 110), turn_deg=-0.7, wobble_mm=5
    )
    back = symmetric(
        [[0, 6], [40, 4], [70, 0]], [[70, 0], [120, 400], [130, 838]], [[130, 838], [60, 842], [0, 842]]
    )
    inside = crumple(frame, rng, grain_mm=240, slope=0.12, lean=2.2)
    scene.lay(scene.place(back), rise_mm=3, edge_mm=3, relief=inside, shade=0.66)
    for way in (-1, 1):
        _sleeve(scene, way)
    for way in (-1, 1):
        _front(scene, way)
    _collar(scene)
    return scene.photographed(Lamp(bearing_deg=232, elevation_deg=42, softness_mm=4), warmth=-0.1)


def _sleeve(scene: Scene, way: int) -> None:
    frame, rng = scene.frame, scene.rng
    outline = path(
        [[296, 14], [460, 28], [640, 44]],
        [[640, 44], [644, 240], [638, 420]],
        SLEEVE_FOOT,
        [[324, 414], [318, 330], [302, 250]],
        [[302, 250], [296, 130], [296, 14]],
    )
    folds = crumple(frame, rng, grain_mm=230, slope=0.10, lean=1.8)
    for x in np.linspace(340, 610, 6):
        x += rng.normal(0, 12)
        line = spline([[x, 40], [x + rng.normal(0, 14), 220], [x + rng.normal(0, 16), 452]]) * [way, 1]
        crease(
            frame,
            folds,
            scene.place(line),
            width_mm=rng.uniform(14, 26),
            depth_mm=rng.uniform(4, 10),
            skew=rng.uniform(-0.7, 0.7),
        )
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(304 * way, 256),
        towards_deg=(-60, 50),
        way=way,
        count=6,
        length_mm=(110, 260),
        width_mm=15,
        depth_mm=7,
    )
    scene.lay(scene.place(outline * [way, 1]), rise_mm=8, edge_mm=15, relief=folds)
    mouth = scene.place(spline([[640, 44], [644, 240], [638, 420]]) * [way, 1])
    fold_edge(scene, mouth, width_mm=20 * way)


def _front(scene: Scene, way: int) -> None:
    outline = path([[70, 0], [180, 8], [300, 16]], [[300, 16], [296, 130], [302, 250]], SIDE, HEM, FRONT_EDGE)
    scene.lay(scene.place(outline * [way, 1]), rise_mm=10, edge_mm=15, relief=_front_folds(scene, way))
    armhole = scene.place(spline([[300, 16], [296, 130], [302, 250]]) * [way, 1])
    seam(scene, armhole, depth_mm=1.0, pull_mm=0.7)
    fold_edge(scene, scene.place(spline(HEM) * [way, 1]), width_mm=22 * way)


def _front_folds(scene: Scene, way: int) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=280, slope=0.10, lean=2.2)
    for x in np.linspace(90, 290, 6):
        # Long drapes from the shoulder, opening towards the hem.
        x += rng.normal(0, 12)
        low = 34 + (x - 70) * 1.18 + rng.normal(0, 14)
        line = spline([[x, rng.uniform(20, 260)], [(x + low) / 2 + rng.normal(0, 10), 520], [low, 880]]) * [
            way,
            1,
        ]
        crease(
            frame,
            folds,
            scene.place(line),
            width_mm=rng.uniform(14, 26),
            depth_mm=rng.uniform(5, 11),
            skew=rng.uniform(-0.7, 0.7),
        )
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(296 * way, 246),
        towards_deg=(120, 215),
        way=way,
        count=6,
        length_mm=(90, 210),
        width_mm=13,
        depth_mm=6,
    )
    return folds


def _collar(scene: Scene) -> None:
    # The band runs up one front, behind the neck and down the other.
    inner: Points = spanning([[0, 8], [36, 6], [62, 30], [46, 300], [34, 560], [32, 857]])
    outer: Points = spanning([[0, -34], [60, -34], [104, 10], [96, 300], [84, 560], [82, 858]])
    relief = crumple(scene.frame, scene.rng, grain_mm=150, slope=0.07, lean=1.8)
    band = np.concatenate([outer, inner[::-1]])
    scene.lay(scene.place(band), rise_mm=3.4, edge_mm=5, relief=relief, bridge_mm=10)
    topstitch(scene, scene.place(outer), inset_mm=4, pull_mm=0.5)
