"""A crew-neck T-shirt of heavy jersey, laid flat on studio paper."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import paper
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import offset, path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import fold_edge, ribbed, seam, topstitch

SHOULDER = [[92, 0], [160, 18], [232, 40]]
ARMHOLE = [[232, 40], [214, 120], [226, 195], [264, 258]]
SIDE = [[264, 258], [258, 400], [256, 560], [262, 700]]
HEM = [[262, 700], [150, 709], [0, 711]]
FRONT_NECK = [[0, 92], [42, 84], [78, 52], [92, 0]]
BACK_NECK = [[0, 22], [50, 18], [92, 0]]
CUFF = [[402, 186], [352, 250], [296, 318]]


def tee(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the T-shirt, ``long_side_px`` high."""
    frame = Frame(850, round(long_side_px * 0.8), long_side_px)
    cloth = Cloth("#cfc2ac", "jersey")
    scene = Scene(frame, paper(frame, rng, "#a9b0a6"), cloth, rng, origin_mm=(425, 170), turn_deg=1.4)
    inside = symmetric(BACK_NECK, [[92, 0], [98, 80], [60, 130], [0, 140]])
    scene.lay(scene.place(inside), rise_mm=1.5, edge_mm=3, shade=0.80)
    seam(scene, scene.place(offset(spanning(BACK_NECK), 16)), depth_mm=0.5)
    for way in (1, -1):
        _sleeve(scene, way)

    front = symmetric(FRONT_NECK, SHOULDER, ARMHOLE, SIDE, HEM)
    scene.lay(scene.place(front), rise_mm=7.5, edge_mm=16, relief=_body_folds(scene))
    for way in (1, -1):
        seam(scene, scene.place(spline(ARMHOLE) * [way, 1]), depth_mm=0.45)
    fold_edge(scene, scene.place(spanning(HEM[::-1])), width_mm=-24)

    neck = spanning(FRONT_NECK)
    band = np.concatenate([neck, offset(neck, 21)[::-1]])
    cover = scene.lay(scene.place(band), rise_mm=1.3, edge_mm=2.5, bridge_mm=2)
    ribbed(scene, cover, scene.place(offset(neck, 10)), pitch_mm=3.6, reach_mm=14, depth_mm=0.22)
    topstitch(scene, scene.place(offset(neck, 24)), stitch_mm=3.5, thread=0.85)
    return scene.photographed(Lamp(bearing_deg=228), warmth=0.2)


def _sleeve(scene: Scene, way: int) -> None:
    armhole = [[264, 258], [200, 190], [205, 90], [232, 40]]
    outline = path([[232, 40], [300, 88], [402, 186]], CUFF, [[296, 318], [282, 285], [264, 258]], armhole)
    folds = crumple(scene.frame, scene.rng, grain_mm=130, slope=0.18)
    fan(
        scene.frame,
        folds,
        scene.rng,
        origin=scene.at(262 * way, 250),
        towards_deg=(-82, -30),
        way=way,
        count=5,
        length_mm=(90, 180),
        width_mm=9,
        depth_mm=6.3,
    )
    scene.lay(scene.place(outline * [way, 1]), rise_mm=6, edge_mm=12, relief=folds)
    cuff = scene.place(spline(CUFF) * [way, 1])
    fold_edge(scene, cuff, width_mm=22 * way)


def _body_folds(scene: Scene) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=300, slope=0.18) + crumple(
        frame, rng, grain_mm=140, slope=0.14, lean=1.4
    )
    for way in (1, -1):
        fan(
            frame,
            folds,
            rng,
            origin=scene.at(252 * way, 250),
            towards_deg=(145, 205),
            way=way,
            count=6,
            length_mm=(130, 280),
            width_mm=12,
            depth_mm=6.9,
        )
        x = rng.uniform(120, 200) * way
        line = scene.place(spline([[x, 300], [x + 14 * way, 450], [x - 8 * way, 700]]))
        crease(frame, folds, line, width_mm=24, depth_mm=8.2, skew=0.5)
    return folds
