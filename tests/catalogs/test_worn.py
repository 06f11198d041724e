"""What a batch itself says its garments wear: mixes, and the styles of mapped regions."""

from __future__ import annotations

import pytest

from catalogs.listed import read_pairs
from catalogs.plan import Plan
from catalogs.refusals import PlanRefused
from catalogs.storage import Storage
from tests.catalogs.wardrobe import a_batch, a_plan, garment, put_catalog, put_shop, textile


def rows_of(plan: Plan, state: str = "render") -> list[dict]:
    return [row for row in plan.table.to_pylist() if row["state"] == state]


def worn(row: dict) -> tuple:
    others = [(one["style_id"], one["share"], one["region"]) for one in row["further_styles"] or ()]
    return row["content_id"], row["style_id"], *others


def test_each_garment_wears_each_mix_as_a_list_of_pairs_would_say_it(directory_storage: Storage):
    put_shop(directory_storage, "ab", "xyz")
    plan = a_plan(directory_storage, a_batch(styles=["z", "x:3 + y:1"]))
    assert [worn(row) for row in rows_of(plan)] == [
        ("a", "x", ("y", 0.25, "")),
        ("b", "x", ("y", 0.25, "")),
        ("a", "z"),
        ("b", "z"),
    ]
    cells = "".join(f"{name},{styles}\n" for name in "ab" for styles in ("z", "x:0.75+y:0.25"))
    listed = a_plan(
        directory_storage,
        a_batch(selection={"kind": "pairs", "pairs_csv": "pairs.csv"}),
        pairs=read_pairs(f"content_id,style_id\n{cells}".encode(), name="pairs.csv"),
    )
    assert set(plan.render_ids.to_pylist()) == set(listed.render_ids.to_pylist())


def test_a_sample_of_single_styles_is_the_sample_of_the_catalog(directory_storage: Storage):
    put_shop(directory_storage, "abcdef", "xyz")
    drawn = {"kind": "sample", "count": 7, "seed": 3}
    named = a_plan(directory_storage, a_batch(selection=drawn, styles=["z", "y", "x"]))
    catalog = a_plan(directory_storage, a_batch(selection=drawn))
    assert named.table.equals(catalog.table)
    mixed = a_plan(directory_storage, a_batch(selection=drawn, styles=["x+y", "z"]))
    assert len(rows_of(mixed)) == 7


def test_mixes_take_the_batch_s_palette_along(directory_storage: Storage):
    put_shop(directory_storage, "a", "xyz")
    [row] = rows_of(a_plan(directory_storage, a_batch(styles=["x+y"], palette="z")))
    assert (row["palette_id"], worn(row)) == ("z", ("a", "x", ("y", 0.5, "")))


def test_regions_dress_the_garments_that_have_a_map_and_leave_the_others_out(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", regions="regions/a.png"), garment("b")])
    put_catalog(directory_storage, "style", [textile("x"), textile("y")])
    plan = a_plan(directory_storage, a_batch(region_styles="red=y", styles=["x"]))
    assert [worn(row) for row in rows_of(plan)] == [("a", "x", ("y", 0.0, "red"))]
    assert rows_of(plan)[0]["regions_key"] == "content/regions/a.png"
    assert any("1 of 2 garments have no map of regions" in note for note in plan.notes)
    # with mixes and without, in every style of the catalog
    both = a_plan(directory_storage, a_batch(region_styles="red=y"))
    assert [worn(row)[:2] for row in rows_of(both)] == [("a", "x"), ("a", "y")]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"styles": ["x + ikat-3"]}, r"the style catalog has no 'ikat-3'.*'ikat-1'"),
        ({"styles": ["ikat-3"]}, r"the style catalog has no 'ikat-3'.*'ikat-1'"),
        ({"styles": ["x:0 + ikat-1"]}, "a number above 0"),
        ({"region_styles": "pink=x"}, "'pink=x' is not colour=style_id"),
        ({"region_styles": "red=ikat-3"}, "red: the style catalog has no 'ikat-3'"),
        ({"region_styles": "red=x"}, "none of its 1 garments has a map"),
    ],
)
def test_what_a_batch_cannot_wear_is_refused_before_anything_is_planned(
    directory_storage: Storage, asked: dict, said: str
):
    put_shop(directory_storage, "a", ("x", "ikat-1"))
    with pytest.raises(PlanRefused, match=said):
        a_plan(directory_storage, a_batch(**asked))
