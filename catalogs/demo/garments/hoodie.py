"""A hooded sweatshirt of brushed fleece, laid flat on a plastered floor."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import plaster
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import offset, path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import cord, eyelet, ribbed, seam, topstitch

ARMHOLE = [[236, 34], [222, 120], [238, 210], [290, 282]]
CUFF_SEAM = [[566, 418], [528, 452], [476, 486]]
HEM_SEAM = [[286, 622], [150, 630], [0, 632]]
HEM_UNDER = [[280, 690], [150, 698], [0, 700]]
POCKET_SLANT = [[118, 420], [160, 480], [196, 556]]
OPENING = [[0, -196], [52, -178], [80, -110], [72, -30], [34, 50], [0, 96]]
HOOD = [[0, -286], [86, -268], [144, -196], [156, -100], [138, -10], [118, 60], [70, 110], [0, 130]]


def hoodie(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the sweatshirt, ``long_side_px`` wide."""
    frame = Frame(1380, long_side_px, round(long_side_px * 0.8))
    cloth = Cloth("#a9b49c", "fleece", thickness_mm=4)
    scene = Scene(
        frame, plaster(frame, rng, "#b9aca0"), cloth, rng, origin_mm=(688, 350), turn_deg=1.0, wobble_mm=5
    )
    for way in (1, -1):
        _sleeve(scene, way)
    _body(scene)
    _pocket(scene)
    _hood(scene)
    return scene.photographed(Lamp(bearing_deg=236, elevation_deg=40, falloff=0.35), warmth=-0.2)


def _sleeve(scene: Scene, way: int) -> None:
    frame, rng = scene.frame, scene.rng
    outline = path(
        [[236, 34], [318, 90], [420, 220], [500, 326], [566, 418], [588, 466]],
        [[588, 466], [552, 496], [512, 522]],
        [[512, 522], [476, 486], [404, 414], [340, 346], [290, 282]],
        [[290, 282], [212, 190], [214, 90], [236, 34]],
    )
    folds = crumple(frame, rng, grain_mm=150, slope=0.15)
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(288 * way, 278),
        towards_deg=(-78, 30),
        way=way,
        count=6,
        length_mm=(90, 190),
        width_mm=13,
        depth_mm=9,
        spread_mm=20,
    )
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(470 * way, 290),
        towards_deg=(95, 175),
        way=way,
        count=5,
        length_mm=(70, 130),
        width_mm=12,
        depth_mm=8,
        spread_mm=30,
    )
    for share in (0.25, 0.5, 0.75):
        # The sleeve bunches above its cuff.
        start = np.array([566, 418]) * (1 - share) + np.array([476, 486]) * share
        line = spline([start, start - [46, 38], start - [96, 92]]) * [way, 1]
        crease(frame, folds, scene.place(line), width_mm=10, depth_mm=7, taper="end")
    scene.lay(scene.place(outline * [way, 1]), rise_mm=16, edge_mm=17, relief=folds)

    low = [[592, 470], [556, 502], [514, 528]]
    cuff = path(
        CUFF_SEAM, [[476, 486], [494, 508], [514, 528]], low[::-1], [[592, 470], [580, 444], [566, 418]]
    )
    band = scene.lay(scene.place(cuff * [way, 1]), rise_mm=3, edge_mm=8, bridge_mm=12)
    top = scene.place(spline(CUFF_SEAM) * [way, 1])
    ribbed(scene, band, top, pitch_mm=6.5, reach_mm=75, depth_mm=0.75)
    seam(scene, top, depth_mm=1.6, width_mm=2.4, pull_mm=1.2)


def _body(scene: Scene) -> None:
    side = [[290, 282], [288, 400], [292, 520], [280, 690]]
    outline = symmetric(
        [[0, 100], [60, 70], [110, 8]], [[110, 8], [170, 16], [236, 34]], ARMHOLE, side, HEM_UNDER
    )
    scene.lay(scene.place(outline), rise_mm=17, edge_mm=20, relief=_body_folds(scene))
    band = symmetric(HEM_SEAM[::-1], [[286, 622], [282, 660], [272, 694]], [[272, 694], [140, 702], [0, 704]])
    cover = scene.lay(scene.place(band), rise_mm=3, edge_mm=9, bridge_mm=14)
    top = scene.place(spanning(HEM_SEAM[::-1]))
    ribbed(scene, cover, top, pitch_mm=6.5, reach_mm=84, depth_mm=0.75)
    seam(scene, top, depth_mm=1.6, width_mm=2.4, pull_mm=1.3)
    for way in (1, -1):
        armhole = scene.place(spline(ARMHOLE) * [way, 1])
        seam(scene, armhole, depth_mm=1.6, width_mm=2.6)
        for inset in (-5, 5):
            topstitch(scene, armhole, inset_mm=inset)


def _body_folds(scene: Scene) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=300, slope=0.15) + crumple(frame, rng, grain_mm=150, slope=0.10)
    for way in (1, -1):
        fan(
            frame,
            folds,
            rng,
            origin=scene.at(270 * way, 270),
            towards_deg=(130, 210),
            way=way,
            count=6,
            length_mm=(120, 250),
            width_mm=15,
            depth_mm=9,
            spread_mm=22,
        )
        for y in (470, 540, 590):
            # Slack cloth settles in rolls above the hem's rib.
            line = spline([[284, y], [220, y + 22], [130, y + rng.uniform(0, 40)]]) * [way, 1]
            crease(frame, folds, scene.place(line), width_mm=14, depth_mm=7, taper="end", skew=0.4)
    return folds


def _pocket(scene: Scene) -> None:
    outline = symmetric(
        [[0, 420], [60, 419], [118, 420]],
        POCKET_SLANT,
        [[196, 556], [196, 600], [194, 630]],
        [[194, 630], [90, 634], [0, 635]],
    )
    folds = crumple(scene.frame, scene.rng, grain_mm=160, slope=0.12)
    scene.lay(scene.place(outline), rise_mm=4.5, edge_mm=6, relief=folds, bridge_mm=14)
    topstitch(scene, scene.place(spanning([[0, 424], [60, 423], [112, 424]])), pull_mm=0.8)
    for way in (1, -1):
        slant = scene.place(spline(POCKET_SLANT) * [way, 1])
        topstitch(scene, slant, inset_mm=6 * way)
        topstitch(scene, slant, inset_mm=17 * way, pull_mm=0.8)


def _hood(scene: Scene) -> None:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=150, slope=0.16)
    for way in (1, -1):
        fan(
            frame,
            folds,
            rng,
            origin=scene.at(70 * way, 70),
            towards_deg=(-80, -20),
            way=way,
            count=4,
            length_mm=(70, 150),
            width_mm=11,
            depth_mm=8,
        )
    scene.lay(scene.place(symmetric(HOOD)), rise_mm=15, edge_mm=18, relief=folds)
    seam(scene, scene.place(spanning([[0, 130], [70, 110], [118, 60]])), depth_mm=1.5, width_mm=2.5)
    # The opening: the hood's inside lies deeper than its edge.
    lining = crumple(frame, rng, grain_mm=110, slope=0.18)
    inner = scene.place(symmetric(OPENING))
    scene.sink(inner, depth_mm=13, edge_mm=8, relief=lining, shade=0.82)
    edge = spanning(OPENING)
    topstitch(scene, scene.place(offset(edge, -24)), pull_mm=0.7)
    topstitch(scene, scene.place(offset(edge, -5)))
    for way in (1, -1):
        eyelet(scene, *scene.at(46 * way, 66))
        line = spline([[46, 66], [40, 150], [58, 230], [44 + 10 * way, 316]]) * [way, 1]
        cord(scene, scene.place(line), width_mm=8, colour="#e2dccd")
