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
from tests.catalogs.gallery.rack import a_design, a_failure, publish_rows

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


def staged(number: int, stage: str, *, follows: int | None = None, followed_by: int | None = None, **cells):
    """A design of its own textile, on the garment and of the looks that ``number`` says."""
    linked = {"follows": follows, "followed_by": followed_by}
    ids = {name: one if one is None else a_design(one)["design_id"] for name, one in linked.items()}
    return a_design(number, stage=stage, **ids, **cells)


@pytest.fixture
def funnel(bucket: Storage, house: House) -> House:
    """A preview (0) with a final (4); one (1) with a fallback (5) and a final (9); one (2) without."""
    rows = [
        staged(0, "preview", followed_by=4),
        staged(4, "final", follows=0, size_px=1024),
        staged(1, "preview", followed_by=5),
        staged(5, "fallback", follows=1, followed_by=9, recipe="gatys"),
        staged(9, "final", follows=5, size_px=1024),
        staged(2, "preview"),
        staged(3, "preview", followed_by=7),
        a_failure(7, stage="final", follows=a_design(3)["design_id"], size_px=1024),
    ]
    publish_rows(bucket, rows)
    house.watch.look()
    house.watch.describe()
    return house


def shown(page) -> dict[int, int]:
    """Return how many designs each tile of a page stands for, by number."""
    numbers = {a_design(number)["design_id"]: number for number in range(30)}
    return {numbers[tile.design_id]: tile.stands_for for tile in page.tiles}


def test_a_final_stands_for_its_preview_and_what_has_none_is_shown_itself(funnel: House):
    page = funnel.finder.page(View())
    # the final of 3 is not there yet
    assert shown(page) == {4: 2, 9: 3, 2: 1, 3: 1}
    assert (page.total, page.designs) == (4, 7)
    every = View.of_query([("fold", "off")])
    assert shown(funnel.finder.page(every)) == dict.fromkeys((0, 4, 1, 5, 9, 2, 3), 1)


def test_a_filter_that_leaves_a_final_out_shows_what_it_was_made_after(funnel: House):
    assert shown(funnel.finder.page(View(chosen={"size": ("256",)}))) == {0: 1, 5: 2, 2: 1, 3: 1}
    # the fallback left out, too, its preview is still the final's
    assert shown(funnel.finder.page(View(chosen={"recipe": ("toile",)}))) == {4: 2, 9: 2, 2: 1, 3: 1}


def test_previews_are_counted_once_beside_what_is_nearly_the_same(bucket: Storage, funnel: House):
    looks = {name: a_design(4)[name] for name in ("texture_descriptor", "colour_descriptor")}
    publish_rows(bucket, [a_design(20, motif=0.99, **looks)], "night-2")
    funnel.watch.look()
    funnel.watch.describe()
    page = funnel.finder.page(View(sort="motif"))
    # 20 is nearly the same as the final 4, which stands for its preview
    assert shown(page) == {20: 3, 9: 3, 2: 1, 3: 1}
    assert sum(shown(page).values()) == page.designs == 8


def test_a_preview_is_a_link_away_from_the_final_that_the_wall_shows(funnel: House, client: TestClient):
    wall = client.get("/").text
    preview, final = (a_design(number)["design_id"] for number in (0, 4))
    assert f"/design/{final}" in wall
    assert f"/design/{preview}" not in wall
    assert f'href="/design/{preview}"' in client.get(f"/design/{final}").text


def test_designs_that_are_said_to_follow_each_other_are_both_shown(bucket: Storage, house: House):
    publish_rows(bucket, [staged(0, "preview", followed_by=1), staged(1, "final", followed_by=0)])
    house.watch.look()
    assert shown(house.finder.page(View())) == {0: 1, 1: 1}
