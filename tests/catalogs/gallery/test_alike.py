"""What is alike: exact, quick to look through, and what is nearly the same folded into one tile."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.alike.near import SAME, Near
from catalogs.alike.nearest import _BLOCK, nearest_first
from catalogs.gallery.collection.descriptors import KINDS
from catalogs.gallery.finding import View
from catalogs.gallery.house import House
from catalogs.layout import manifest_key
from catalogs.storage import Storage
from tests.catalogs.gallery.rack import a_design, publish_rows

SEEDS = st.integers(0, 2**32 - 1)


def described(count: int, seed: int, length: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Return descriptors and their lengths; every seventh design has none."""
    rows = np.random.default_rng(seed).integers(-127, 128, (count, length)).astype(np.int8)
    rows[::7] = 0
    return rows, np.sqrt((rows.astype(np.float64) ** 2).sum(1)).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.sampled_from([1, 5, 500, _BLOCK + 1, 4 * _BLOCK + 17]), st.sampled_from([0.02, 0.5, 1.0]))
def test_the_nearest_are_those_of_the_whole_sum_in_double(seed: int, count: int, share: float):
    rows, lengths = described(count, seed)
    allowed = np.flatnonzero(np.random.default_rng(seed).random(count) < share).astype(np.uint32)
    number = count // 2
    numbers, cosines = nearest_first(rows, lengths, number, allowed, most=50)
    if not lengths[number]:
        assert not len(numbers)
        return
    plain = rows.astype(np.float64)
    told = (
        plain @ plain[number] / np.maximum(np.linalg.norm(plain, axis=1), 1) / np.linalg.norm(plain[number])
    )
    wanted = sorted((told[one] for one in allowed if told[one] > 0), reverse=True)[:50]
    assert np.allclose(sorted(cosines, reverse=True), wanted, atol=1e-5)
    assert np.allclose(told[numbers], cosines, atol=1e-5)
    if number in allowed:
        assert numbers[0] == number


def test_of_those_equally_alike_the_one_that_was_first_comes_first():
    rows = np.ones((1000, 96), np.int8)
    numbers, cosines = nearest_first(
        rows, np.full(1000, 96**0.5, np.float32), 700, np.arange(1000, dtype=np.uint32), most=5
    )
    assert numbers.tolist() == [700, 0, 1, 2, 3]
    assert np.allclose(cosines, 1)


def kinds_of(looks: list[float], palettes: list[float] | None = None) -> dict:
    """Return descriptors of designs at angles, in degrees, so that a cosine is that of a difference."""

    def at(angles: list[float], length: int) -> tuple[np.ndarray, np.ndarray]:
        rows = np.zeros((len(angles), length), np.int8)
        rows[:, 0] = np.round(127 * np.cos(np.radians(angles)))
        rows[:, 1] = np.round(127 * np.sin(np.radians(angles)))
        return rows, np.linalg.norm(rows.astype(np.float32), axis=1)

    return {
        "look": at(looks, KINDS["look"][1]),
        "palette": at(palettes or [0.0] * len(looks), KINDS["palette"][1]),
    }


def angle(kind: str) -> float:
    """Return the angle from which on two designs are no longer nearly the same."""
    return float(np.degrees(np.arccos(SAME[kind])))


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.uint32)


def test_groups_do_not_chain():
    # 0, 2/3 and 4/3 of the angle: the third is near the second, and not near the first
    step = 2 / 3 * angle("look")
    near = Near()
    near.add(numbers(0, 1, 2), numbers(5, 5, 5), kinds_of([0, step, 2 * step]))
    assert near.beside(0).tolist() == [0, 1]
    assert near.beside(2).tolist() == []


def test_look_and_palette_both_count_and_garments_stay_apart():
    far = 2 * angle("palette")
    near = Near()
    near.add(numbers(0, 1, 2), numbers(5, 5, 6), kinds_of([0, 0, 0], [0, far, 0]))
    assert [near.beside(one).tolist() for one in range(3)] == [[], [], []]
    near = Near()
    near.add(numbers(0, 1, 2), numbers(5, 5, 5), kinds_of([0, 0, 0], [0, far, 0]))
    assert near.beside(0).tolist() == [0, 2]


def test_a_batch_that_comes_later_joins_what_was_there():
    near = Near()
    kinds = kinds_of([0, 90, 1, 91, 0])
    near.add(numbers(0, 1), numbers(5, 5), kinds)
    assert near.fold(numbers(0, 1)) is None
    near.add(numbers(1, 2, 3), numbers(5, 5, 5), kinds)
    near.add(numbers(4), numbers(5), kinds)
    assert near.beside(2).tolist() == [0, 2, 4]
    assert near.beside(3).tolist() == [1, 3]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 180), min_size=1, max_size=40), SEEDS)
def test_each_member_is_near_the_first_and_no_two_firsts_are(angles: list[int], seed: int):
    kinds = kinds_of([float(one) for one in angles])
    near = Near()
    near.add(np.arange(len(angles), dtype=np.uint32), np.full(len(angles), 5, np.uint32), kinds)
    rows = kinds["look"][0].astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    firsts = {
        int((near.beside(one)[:1] if len(near.beside(one)) else [one])[0]) for one in range(len(angles))
    }
    for one in range(len(angles)):
        for member in near.beside(one)[1:]:
            assert rows[near.beside(one)[0]] @ rows[member] >= SAME["look"] - 1e-6
    for one in firsts:
        assert all(rows[one] @ rows[other] < SAME["look"] + 1e-6 for other in firsts - {one})
    # folded in any order: one of each group, and all are stood for
    view = np.random.default_rng(seed).permutation(len(angles)).astype(np.uint32)
    folded = near.fold(view)
    if folded is not None:
        assert folded.kept.sum() == len(firsts)
        assert folded.stands_for.sum() == len(angles)
        assert folded.kept[0]


@pytest.fixture
def shop(bucket: Storage, house: House) -> House:
    """Eight designs; 20 is design 4 in another size, and 21 on another garment."""
    rows = [a_design(number) for number in range(8)]
    alike = {
        name: rows[4][name] for name in ("texture_descriptor", "colour_descriptor", "style_id", "style_title")
    }
    rows.append(a_design(20) | alike | {"size_px": 1024})
    rows.append(a_design(21) | alike)
    publish_rows(bucket, rows)
    house.watch.look()
    house.watch.describe()
    return house


def test_a_view_shows_one_of_those_nearly_the_same_and_tells_how_many(shop: House):
    page = shop.finder.page(View(sort="motif"))
    assert (page.total, page.designs, len(page.tiles)) == (8, 10, 8)
    by_id = {tile.design_id: tile.stands_for for tile in page.tiles}
    # 20 has the larger motif: it is shown, and stands for 4; on garment 1 it is 21 for 5
    assert by_id[a_design(20)["design_id"]] == 2
    assert a_design(4)["design_id"] not in by_id
    assert by_id[a_design(21)["design_id"]] == 2
    assert sum(by_id.values()) == page.designs
    worst = {tile.design_id for tile in shop.finder.page(View(sort="motif", worst_first=True)).tiles}
    assert a_design(4)["design_id"] in worst
    assert a_design(20)["design_id"] not in worst


def test_unfolded_all_are_shown(shop: House):
    view = View.of_query([("fold", "off")])
    page = shop.finder.page(view)
    assert (page.total, page.designs) == (10, 10)
    assert all(tile.stands_for == 1 for tile in page.tiles)
    assert view.query() == "fold=off"


def test_groups_and_what_is_alike_are_folded_too(shop: House):
    page = shop.finder.page(View(group="garment"))
    assert [one.count for one in page.groups] == [2, 2, 2, 2]
    assert sum(tile.stands_for for tile in page.tiles) == 10
    alike = shop.finder.page(View(alike=a_design(4)["design_id"]))
    assert alike.tiles[0].design_id == a_design(4)["design_id"]
    assert alike.tiles[0].stands_for == 2


def test_a_filter_that_leaves_one_of_a_group_shows_it(shop: House):
    page = shop.finder.page(View(chosen={"size": ("256",), "garment": ("garment-0",)}, sort="motif"))
    assert [(tile.design_id, tile.stands_for) for tile in page.tiles] == [
        (a_design(4)["design_id"], 1),
        (a_design(0)["design_id"], 1),
    ]


def test_what_is_gone_is_stood_for_no_more(bucket: Storage, shop: House):
    publish_rows(bucket, [a_design(4)], "night-2")
    shop.watch.look()
    shop.watch.describe()
    bucket.delete(manifest_key("night-1"))
    shop.watch.look()
    page = shop.finder.page(View())
    assert (page.total, page.designs, page.tiles[0].stands_for) == (1, 1, 1)


def test_scripts_are_told_of_tiles_and_of_designs(shop: House, client: TestClient):
    told = client.get("/api/designs?sort=motif").json()
    assert (told["total"], told["designs"]) == (8, 10)
    assert {one["id"]: one.get("stands_for") for one in told["tiles"]}[a_design(20)["design_id"]] == 2


def test_a_designs_page_shows_what_is_nearly_the_same(shop: House, client: TestClient):
    told = client.get(f"/design/{a_design(4)['design_id']}").text
    assert 'id="near-heading"' in told
    assert f'href="/design/{a_design(20)["design_id"]}"' in told.split('id="near-heading"')[1]
    assert 'id="near-heading"' not in client.get(f"/design/{a_design(0)['design_id']}").text
