"""What licences do not allow is a skipped row that says why; what they allow is painted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.licences import known_licences
from catalogs.listed import read_pairs
from catalogs.refusals import PlanRefused
from catalogs.rights import Image, image_problem, together_problem
from catalogs.storage import Storage
from configs.cloth import ClothPart
from configs.recipe import Recipe
from configs.rights import RightsPart
from tests.catalogs.wardrobe import a_batch, a_plan, garment, picture, put_catalog, put_picture, textile

DAY = date(2026, 11, 21)
SALE = RightsPart()


def judged(storage: Storage, rights: dict | None = None, **changes) -> dict[tuple[str, str], str]:
    """Return the code of each pair, "" where it is to be painted."""
    plan = a_plan(storage, a_batch(rights=rights or {}, **changes), day=DAY)
    return {(row["content_id"], row["style_id"]): row["error_code"] or "" for row in plan.table.to_pylist()}


def with_styles(storage: Storage, *cells: dict) -> None:
    """A house with one garment of its own and textiles x0, x1, …"""
    put_catalog(storage, "content", [garment("a", licence="own")])
    put_catalog(storage, "style", [textile(f"x{number}", **one) for number, one in enumerate(cells)])


FORBIDDEN = [
    ({"licence": ""}, {}, "rights_unlicensed", "unlicensed: allow"),
    ({"licence": "CC-BY-NC-4.0"}, {}, "rights_noncommercial", "commercial: false"),
    ({"licence": "CC-BY-ND-4.0"}, {}, "rights_no_derivatives", "derivatives: false"),
    ({"licence": "CC-BY-ND-3.0"}, {"derivatives": False}, "rights_no_derivatives", "proprietary:<contract>"),
    ({"licence": "CC-BY-4.0"}, {"attribution": "refuse"}, "rights_attribution", "maker named"),
    ({"licence": "CC-BY-SA-4.0"}, {"share_alike": "refuse"}, "rights_share_alike", "share_alike: refuse"),
    ({"licence_expires": "2026-11-20"}, {}, "rights_expired", "ended on 2026-11-20"),
    ({"territories": "DE AT"}, {}, "rights_territory", "holds in AT, DE"),
    ({"territories": "DE AT"}, {"territory": ("DE", "FR")}, "rights_territory", "sold in FR"),
]


@pytest.mark.parametrize(("cells", "rights", "code", "said"), FORBIDDEN)
def test_what_a_licence_does_not_allow_is_skipped_with_image_licence_and_remedy(
    directory_storage: Storage, cells: dict, rights: dict, code: str, said: str
):
    with_styles(directory_storage, {"licence": "own"}, cells)
    plan = a_plan(directory_storage, a_batch(rights=rights), day=DAY)
    assert plan.counts() == {"render": 1, "failed": 0, "skipped": 1}
    [row] = [row for row in plan.table.to_pylist() if row["state"] == "skipped"]
    assert (row["style_id"], row["error_code"]) == ("x1", code)
    assert "the style image 'x1'" in row["error"]
    assert said in row["error"]
    assert (cells.get("licence") or "") in row["error"]


@pytest.mark.parametrize(
    ("cells", "rights"),
    [
        ({"licence": ""}, {"unlicensed": "allow"}),
        ({"licence": "CC-BY-NC-4.0"}, {"commercial": False}),
        ({"licence": "CC-BY-ND-4.0"}, {"derivatives": False}),
        ({"licence": "CC-BY-NC-ND-4.0"}, {"derivatives": False, "commercial": False}),
        ({"licence": "CC-BY-4.0"}, {}),
        ({"licence": "CC-BY-SA-4.0"}, {}),
        ({"licence_expires": "2026-11-21"}, {}),  # the last day is still one
        ({"territories": "DE AT"}, {"territory": ("DE",)}),
    ],
)
def test_a_batch_that_says_otherwise_may_use_them(directory_storage: Storage, cells: dict, rights: dict):
    with_styles(directory_storage, cells)
    assert judged(directory_storage, rights) == {("a", "x0"): ""}


def test_every_image_of_a_design_counts(directory_storage: Storage):
    nc = {"licence": "CC-BY-NC-4.0"}
    put_catalog(directory_storage, "content", [garment("a"), garment("b", **nc)])
    put_catalog(directory_storage, "style", [textile("x"), textile("y", **nc)])
    text = "content_id,style_id,palette\na,x,\nb,x,\na,y,\na,x+y,\na,x,y\n"
    batch = a_batch(selection={"kind": "pairs", "pairs_csv": "pairs.csv"})
    plan = a_plan(directory_storage, batch, pairs=read_pairs(text.encode(), name="pairs.csv"), day=DAY)
    assert plan.counts() == {"render": 1, "failed": 0, "skipped": 4}
    told = [row["error"] for row in plan.table.to_pylist() if row["state"] == "skipped"]
    assert sum("the style image 'y' is under CC-BY-NC-4.0" in one for one in told) == 3
    assert sum("the content image 'b' is under CC-BY-NC-4.0" in one for one in told) == 1


def test_yardage_has_no_garment_to_ask_and_its_motif_counts(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", licence="CC-BY-NC-4.0")])
    put_catalog(
        directory_storage,
        "style",
        [
            textile("x", licence="CC-BY-SA-4.0"),
            textile("y", licence="CC-BY-NC-4.0"),
            textile("z", licence="own"),
        ],
    )
    fill = Recipe(name="fill", kind="yardage", cloth=ClothPart(maker="fill"))
    batch = a_batch(recipes=("fill",), motifs=("y", "z"), filters={"style": {"style_id": ["x"]}})
    rows = a_plan(directory_storage, batch, recipes=(fill,), day=DAY).table.to_pylist()
    found = {row["further_styles"][0]["style_id"]: row["error_code"] for row in rows}
    assert found == {"y": "rights_noncommercial", "z": None}
    [painted] = [row for row in rows if row["error_code"] is None]
    assert painted["style_licence"] == "CC-BY-SA-4.0 AND own"


def test_share_alike_licences_that_exclude_each_other_do_not_meet(directory_storage: Storage):
    put_catalog(
        directory_storage,
        "content",
        [garment("a", licence="CC-BY-SA-3.0"), garment("b", licence="CC-BY-SA-4.0"), garment("c")],
    )
    licences = ("CC-BY-SA-4.0", "GPL-3.0-only", "CC-BY-4.0", "proprietary:mill-7")
    put_catalog(
        directory_storage,
        "style",
        [textile(name, licence=one) for name, one in zip("stuv", licences, strict=True)],
    )
    found = judged(directory_storage)
    excluded = {pair for pair, code in found.items() if code == "rights_share_alike_conflict"}
    # 3.0 goes on to 4.0 and not to the GPL, 4.0 goes to the GPL; a contract goes to nobody
    assert excluded == {("a", "t"), ("a", "v"), ("b", "v")}
    assert {code for pair, code in found.items() if pair not in excluded} == {""}
    plan = a_plan(directory_storage, day=DAY)
    [said] = {row["error"] for row in plan.table.to_pylist() if row["content_id"] + row["style_id"] == "at"}
    assert "the content image 'a' is under CC-BY-SA-3.0" in said
    assert "the style image 't' is under GPL-3.0-only" in said
    # what is not shared need not be shared alike
    assert set(judged(directory_storage, {"derivatives": False}).values()) == {""}


def test_the_same_bytes_under_a_licence_that_allows_them_are_painted(directory_storage: Storage):
    # x0 comes first and may not be used; its twin x1 must not be skipped as its duplicate
    put_picture(directory_storage, "style/x0.png", picture("same"))
    put_picture(directory_storage, "style/x1.png", picture("same"))
    with_styles(directory_storage, {"licence": "CC-BY-NC-4.0"}, {"licence": "own"})
    assert judged(directory_storage) == {("a", "x0"): "rights_noncommercial", ("a", "x1"): ""}


def test_max_designs_counts_what_is_allowed(directory_storage: Storage):
    with_styles(directory_storage, *[{"licence": "CC-BY-NC-4.0"}] * 5, {"licence": "own"})
    found = judged(directory_storage, max_designs=1)
    assert found[("a", "x5")] == ""
    assert "max_designs" not in found.values()


def test_a_batch_that_no_licence_allows_is_refused_and_the_last_catalog_stays(directory_storage: Storage):
    with_styles(directory_storage, {"licence": ""}, {"licence": ""}, {"licence": "CC-BY-NC-4.0"})
    with pytest.raises(PlanRefused, match=r"2 rights_unlicensed, 1 rights_noncommercial.*has no licence"):
        a_plan(directory_storage, day=DAY)


def test_the_plan_sums_up_why_designs_are_left_out(directory_storage: Storage):
    with_styles(directory_storage, *[{"licence": "CC-BY-NC-4.0"}] * 2, {"licence": ""}, {"licence": "own"})
    reasons = a_plan(directory_storage, day=DAY).reasons()
    assert [(one.code, one.designs) for one in reasons] == [
        ("rights_noncommercial", 2),
        ("rights_unlicensed", 1),
    ]
    assert "'x0' is under CC-BY-NC-4.0" in reasons[0].example
    with_styles(directory_storage, {"licence": "own"})
    assert a_plan(directory_storage, day=DAY).reasons() == []


def test_the_plan_carries_who_must_be_named_and_until_when(directory_storage: Storage):
    put_catalog(directory_storage, "content", [garment("a", title="Tee", licence="CC0-1.0")])
    first = {"title": "Ikat", "licence": "CC-BY-4.0", "licence_expires": "2027-05-01", "territories": "DE FR"}
    other = {"title": "Card", "licence": "CC-BY-2.0", "licence_expires": "2027-01-01", "territories": "FR IT"}
    put_catalog(directory_storage, "style", [textile("x", **first), textile("y", **other)])
    batch = a_batch(filters={"style": {"style_id": ["x"]}}, palette="y", rights={"territory": ["FR"]})
    [row] = a_plan(directory_storage, batch, day=DAY).table.to_pylist()
    by = "by Mill 7 (archive), CC-BY-{0}, https://creativecommons.org/licenses/by/{0}/, adapted"
    assert row["style_attribution_line"] == f"“Ikat” {by.format('4.0')}; “Card” {by.format('2.0')}"
    assert row["content_attribution_line"] is None
    assert (row["style_licence"], row["style_title"]) == ("CC-BY-4.0 AND CC-BY-2.0", "Ikat")
    assert (row["style_licence_expires"], row["style_territories"]) == ("2027-01-01", "FR")


IMAGES = st.lists(
    st.builds(
        Image,
        st.sampled_from(("content", "style")),
        st.text("abc", min_size=1, max_size=2),
        st.sampled_from((*known_licences(), "proprietary:mill-7", "")),
        st.sampled_from(("", "2026-11-20", "2030-01-01")),
        st.sampled_from(("", "DE", "DE FR")),
    ),
    min_size=1,
    max_size=4,
)
LAX = RightsPart(commercial=False, derivatives=False, unlicensed="allow", territory=("DE",))


def allowed(images: Sequence[Image], rights: RightsPart) -> bool:
    return not any(image_problem(image, rights, DAY) for image in images) and not together_problem(
        images, rights
    )


@given(IMAGES)
def test_another_image_never_allows_what_was_forbidden(images: list[Image]):
    for rights in (SALE, LAX):
        assert allowed(images, rights) <= allowed(images[1:], rights)


@given(IMAGES)
def test_a_batch_that_asks_for_less_may_use_more(images: list[Image]):
    strict = SALE.model_copy(update={"territory": ("DE",), "attribution": "refuse", "share_alike": "refuse"})
    assert allowed(images, strict) <= allowed(images, SALE.model_copy(update={"territory": ("DE",)}))
    assert allowed(images, SALE.model_copy(update={"territory": ("DE",)})) <= allowed(images, LAX)
