"""A long-sleeved linen shirt with collar, placket and cuffs, laid on oak boards."""

from __future__ import annotations

import numpy as np

from catalogs.demo.studio.backdrops import boards
from catalogs.demo.studio.cloths import Cloth
from catalogs.demo.studio.curves import Points, offset, path, spanning, spline, symmetric
from catalogs.demo.studio.fields import Field, Rng
from catalogs.demo.studio.folds import crease, crumple, fan
from catalogs.demo.studio.frame import Frame
from catalogs.demo.studio.light import Lamp
from catalogs.demo.studio.scene import Photograph, Scene
from catalogs.demo.studio.sewing import button, buttonhole, fold_edge, seam, topstitch

ARMHOLE = [[240, 38], [218, 120], [228, 200], [272, 262]]
HEM = [[276, 668], [250, 716], [190, 752], [100, 772], [0, 778]]
CUFF_TOP = [[404, 560], [360, 574], [306, 580]]
CUFF_LOW = [[310, 644], [368, 640], [414, 622]]
LEAF_FOLD = [[0, -40], [50, -36], [92, -14], [116, 30]]
LEAF_NECK = [[7, 70], [42, 44], [60, 12], [42, -12], [0, -20]]


def shirt(rng: Rng, long_side_px: int) -> Photograph:
    """Photograph the shirt, ``long_side_px`` high."""
    frame = Frame(900, round(long_side_px * 0.8), long_side_px)
    cloth = Cloth("#b9c4c9", "linen", thickness_mm=1.6)
    scene = Scene(
        frame, boards(frame, rng, "#8a6a4c"), cloth, rng, origin_mm=(452, 160), turn_deg=-1.2, wobble_mm=4
    )
    for way in (1, -1):
        _sleeve(scene, way)
    inside = symmetric([[0, -34], [50, -30], [88, 0]], [[88, 0], [70, 60], [0, 110]])
    scene.lay(scene.place(inside), rise_mm=2, edge_mm=3, shade=0.78)
    _body(scene)
    _placket(scene)
    _pocket(scene)
    for way in (-1, 1):
        _collar_leaf(scene, way)
    return scene.photographed(Lamp(bearing_deg=222, elevation_deg=36), warmth=0.5)


def _sleeve(scene: Scene, way: int) -> None:
    frame, rng = scene.frame, scene.rng
    outline = path(
        [[240, 38], [300, 130], [352, 300], [384, 450], [404, 560]],
        CUFF_TOP,
        [[306, 580], [290, 440], [284, 330], [272, 262]],
        [[272, 262], [200, 180], [205, 90], [240, 38]],
    )
    folds = crumple(frame, rng, grain_mm=120, slope=0.21, lean=1.5)
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(272 * way, 262),
        towards_deg=(-70, 20),
        way=way,
        count=5,
        length_mm=(70, 150),
        width_mm=9,
        depth_mm=6.8,
    )
    fan(
        frame,
        folds,
        rng,
        origin=scene.at(366 * way, 330),
        towards_deg=(110, 170),
        way=way,
        count=5,
        length_mm=(60, 110),
        width_mm=8,
        depth_mm=6.8,
        spread_mm=26,
    )
    for _ in range(3):
        x = rng.uniform(-18, 18)
        line = spline([[320 + x, 330], [336 + x, 450], [352 + 1.4 * x, 572]]) * [way, 1]
        crease(frame, folds, scene.place(line), width_mm=9, depth_mm=5.4, skew=rng.uniform(-0.6, 0.6))
    scene.lay(scene.place(outline * [way, 1]), rise_mm=8, edge_mm=11, relief=folds)
    cuff = path(CUFF_TOP, [[306, 580], [310, 644]], CUFF_LOW, [[414, 622], [404, 560]])
    scene.lay(scene.place(cuff * [way, 1]), rise_mm=2.4, edge_mm=3, bridge_mm=7)
    top, low = (scene.place(spline(line) * [way, 1]) for line in (CUFF_TOP, CUFF_LOW))
    seam(scene, top, depth_mm=0.7, pull_mm=0.7)
    topstitch(scene, top, inset_mm=5 * -way)
    topstitch(scene, low, inset_mm=5 * -way)
    button(scene, *scene.at(326 * way, 614), radius_mm=5)


def _body(scene: Scene) -> None:
    side = [[272, 262], [264, 400], [266, 540], [276, 668]]
    outline = symmetric([[0, 72], [46, 58], [90, 0]], [[90, 0], [165, 14], [240, 38]], ARMHOLE, side, HEM)
    scene.lay(scene.place(outline), rise_mm=8, edge_mm=15, relief=_body_folds(scene))
    for way in (1, -1):
        armhole = scene.place(spline(ARMHOLE) * [way, 1])
        seam(scene, armhole, depth_mm=0.6)
        topstitch(scene, armhole, inset_mm=6 * way)
        yoke = scene.place(spline([[104, 44], [170, 56], [226, 78]]) * [way, 1])
        seam(scene, yoke, depth_mm=0.5)
        topstitch(scene, yoke, inset_mm=4 * way)
    fold_edge(scene, scene.place(spanning(HEM[::-1])), width_mm=-11)


def _body_folds(scene: Scene) -> Field:
    frame, rng = scene.frame, scene.rng
    folds = crumple(frame, rng, grain_mm=260, slope=0.15, lean=1.4)
    folds += crumple(frame, rng, grain_mm=110, slope=0.17, lean=1.2)
    for way in (1, -1):
        fan(
            frame,
            folds,
            rng,
            origin=scene.at(262 * way, 256),
            towards_deg=(135, 200),
            way=way,
            count=6,
            length_mm=(110, 230),
            width_mm=11,
            depth_mm=7.5,
        )
        for x in (110, 185):
            top, middle, low = x + rng.uniform(-20, 20), x + rng.normal(0, 14), x + rng.normal(0, 16)
            line = spline([[top, 360], [middle, 520], [low, 760]]) * [way, 1]
            crease(frame, folds, scene.place(line), width_mm=20, depth_mm=8.2, skew=rng.uniform(-0.7, 0.7))
    for y in (300, 480, 560):
        line = spline([[-20, y], [40, y + 16], [130, y + rng.uniform(10, 60)]]) * [rng.choice([-1, 1]), 1]
        crease(frame, folds, scene.place(line), width_mm=12, depth_mm=4.8, taper="end")
    return folds


def _placket(scene: Scene) -> None:
    strip = np.array([[-17, 66], [17, 66], [17, 776], [-17, 776]], np.float64)
    edges = [spline([[x, 66], [x, 300], [x, 540], [x, 776]]) for x in (-17, 17)]
    strip = np.concatenate([edges[0], edges[1][::-1]])
    scene.lay(scene.place(strip), rise_mm=1.6, edge_mm=1.6, bridge_mm=9)
    for edge, side in zip(edges, (-1, 1), strict=True):
        topstitch(scene, scene.place(edge), inset_mm=5 * side, pull_mm=0.3)
    for y in range(158, 700, 92):
        x_mm, y_mm = scene.at(0, y)
        buttonhole(scene, x_mm, y_mm)
        button(scene, x_mm, y_mm)


def _pocket(scene: Scene) -> None:
    outline = path(
        [[72, 214], [190, 214]],
        [[190, 214], [190, 330]],
        [[190, 330], [131, 352]],
        [[131, 352], [72, 330]],
        [[72, 330], [72, 214]],
    )
    placed = scene.place(outline)
    scene.lay(placed, rise_mm=1.2, edge_mm=2, bridge_mm=10)
    topstitch(scene, placed[13:], inset_mm=3.5, pull_mm=0.3)
    topstitch(scene, scene.place([[72, 236], [131, 237], [190, 236]]))


def _collar_leaf(scene: Scene, way: int) -> None:
    outer: list[list[float]] = [[116, 30], [108, 84], [96, 130]]
    lower: list[list[float]] = [[96, 130], [52, 102], [7, 70]]
    outline = path(LEAF_FOLD, outer, lower, LEAF_NECK)
    folds = crumple(scene.frame, scene.rng, grain_mm=80, slope=0.08)
    scene.lay(scene.place(outline * [way, 1]), rise_mm=4.2, edge_mm=6, relief=folds, bridge_mm=9)
    edge: Points = np.concatenate([spline(outer), spline(lower)[1:]])
    topstitch(scene, scene.place(offset(edge, 5) * [way, 1]))
