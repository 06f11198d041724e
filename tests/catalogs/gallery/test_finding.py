from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.gallery.collection.columns import FACET
from catalogs.gallery.errors import ViewRefused
from catalogs.gallery.finding import View
from catalogs.gallery.finding.counts import count_facets, histograms
from catalogs.gallery.finding.view import BEST_OF, GROUPS, RANGED, SORTS, Range
from catalogs.gallery.house import House
from catalogs.gallery.words import english
from catalogs.storage import Storage
from nst_core.scoring.flags import FLAGS
from tests.catalogs.gallery.rack import a_design, a_failure, publish_rows

NUMBERS = st.none() | st.floats(-100, 100).map(lambda value: float(f"{value:g}"))
RANGES = st.tuples(NUMBERS, NUMBERS).map(lambda ends: Range(*ends)).filter(lambda one: one != Range())
VIEWS = st.builds(
    View,
    chosen=st.dictionaries(
        st.sampled_from(sorted(FACET)), st.lists(st.text(min_size=0), min_size=1, unique=True).map(tuple)
    ).map(lambda chosen: dict(sorted(chosen.items()))),
    ranges=st.dictionaries(st.sampled_from(RANGED), RANGES).map(lambda ranges: dict(sorted(ranges.items()))),
    since=st.none() | st.dates(),
    until=st.none() | st.dates(),
    text=st.text(max_size=40).map(lambda text: " ".join(text.split())),
    listed=st.text(),
    sort=st.sampled_from(SORTS),
    worst_first=st.booleans(),
    group=st.sampled_from(("", *GROUPS)),
    best_of=st.sampled_from(("", *BEST_OF)),
    alike=st.text(),
)


@pytest.fixture
def shop(bucket: Storage, house: House) -> House:
    """Twelve designs, three styles on four garments, and a failed thirteenth."""
    rows = [a_design(number) for number in range(12)]
    rows[3]["flags"] = ["speckled", "flat"]
    publish_rows(bucket, [*rows, a_failure(12)])
    house.watch.look()
    house.watch.describe()
    return house


def motifs(house: House, query: list[tuple[str, str]]) -> list[int]:
    """Return the numbers of the designs of a view, which their motifs tell."""
    page = house.finder.page(View.of_query(query))
    return [round(100 * (tile.figures["motif"] or 0)) - 40 for tile in page.tiles]


@given(VIEWS)
def test_a_view_is_an_address_and_back(view: View):
    assert View.of_query(view.pairs()) == view


def test_the_first_page_has_no_query():
    assert View().query() == ""
    assert View.of_query([]) == View()


@pytest.mark.parametrize(
    ("name", "value"),
    [("sort", "motiv"), ("group", "x"), ("min_motif", "many"), ("max_motif", "nan"), ("since", "yesterday")],
)
def test_what_cannot_be_is_refused_with_its_name(name: str, value: str):
    with pytest.raises(ViewRefused, match=name):
        View.of_query([(name, value)])


def test_finished_designs_are_shown_unless_another_status_is_chosen(shop: House):
    assert shop.finder.page(View()).total == 12
    assert shop.finder.page(View.of_query([("status", "failed")])).total == 1
    assert shop.finder.page(View.of_query([("status", "failed"), ("status", "ok")])).total == 13


def test_facets_hold_together_and_words_of_one_add_up(shop: House):
    # garments 0 and 2 are dresses, styles 0 florals, 1 stripes, 2 ikats
    assert sorted(motifs(shop, [("category", "dress"), ("kind", "floral")])) == [0, 2]
    assert sorted(motifs(shop, [("category", "dress"), ("kind", "floral"), ("kind", "ikat")])) == [
        0,
        2,
        8,
        10,
    ]
    assert motifs(shop, [("category", "hat")]) == []
    assert motifs(shop, [("flags", "flat")]) == [3]
    assert sorted(motifs(shop, [("tint", "blue")])) == [4, 5, 6, 7]


def test_counts_leave_their_own_choice_out(shop: House):
    view = View.of_query([("category", "dress"), ("kind", "floral")])
    counts = {
        name: {one.word: one.count for one in told}
        for name, told in count_facets(shop.collection, view).items()
    }
    assert counts["category"] == {"dress": 2, "shirt": 2}  # of the florals
    assert counts["kind"] == {"floral": 2, "stripe": 2, "ikat": 2}  # of the dresses
    assert counts["season"] == {"ss27": 2}
    assert counts["size"] == {"256": 2}
    assert count_facets(shop.collection, View())["status"][0].count == 12
    assert {one.word for one in count_facets(shop.collection, View())["flags"]} == {"speckled", "flat"}


def test_counts_are_what_choosing_shows(shop: House):
    for name, told in count_facets(shop.collection, View()).items():
        for one in told:
            assert shop.finder.page(View().toggled(name, one.word)).total == one.count


def test_ranges_and_days_include_their_ends(shop: House):
    assert sorted(motifs(shop, [("min_motif", "0.409999"), ("max_motif", "0.430001")])) == [1, 2, 3]
    assert motifs(shop, [("since", "2026-11-22")]) == []
    assert len(motifs(shop, [("since", "2026-11-21"), ("until", "2026-11-21")])) == 12
    assert View.of_query([("since", "2026-11-21")]).since == date(2026, 11, 21)


def test_text_is_found_in_titles_without_accents_and_all_words_count(shop: House):
    assert sorted(motifs(shop, [("q", "ete IKAT")])) == [8, 9, 10, 11]
    assert sorted(motifs(shop, [("q", "ikat shirt")])) == [9, 11]
    assert motifs(shop, [("q", "ikat % _")]) == []


def test_best_comes_first_and_worst_when_asked(shop: House):
    assert motifs(shop, [("sort", "motif")]) == list(range(11, -1, -1))
    assert motifs(shop, [("sort", "-motif")]) == list(range(12))


def test_best_per_garment_is_one_design_a_garment(shop: House):
    assert motifs(shop, [("sort", "motif"), ("best_of", "garment")]) == [11, 10, 9, 8]
    assert motifs(shop, [("sort", "motif"), ("best_of", "style")]) == [11, 7, 3]


def test_groups_follow_their_labels_and_count_exactly(shop: House):
    page = shop.finder.page(View.of_query([("group", "garment"), ("sort", "motif")]))
    assert [(one.label, one.count) for one in page.groups] == [
        ("Linen dress 0", 3),
        ("Linen dress 2", 3),
        ("Linen shirt 1", 3),
        ("Linen shirt 3", 3),
    ]
    assert motifs(shop, [("group", "garment"), ("sort", "motif")])[:4] == [8, 4, 0, 10]


def test_alike_is_the_same_textile_first(shop: House):
    one = a_design(5)["design_id"]
    found = motifs(shop, [("alike", one)])
    assert found[0] == 5
    assert sorted(found[:4]) == [4, 5, 6, 7]
    assert sorted(motifs(shop, [("alike", one), ("category", "dress")])[:2]) == [4, 6]
    assert motifs(shop, [("alike", "0" * 32)]) == []


def test_stretches_put_together_are_the_whole(shop: House):
    view = View.of_query([("sort", "motif")])
    whole = [tile.design_id for tile in shop.finder.page(view).tiles]
    parts = [tile.design_id for start in range(0, 12, 5) for tile in shop.finder.page(view, start, 5).tiles]
    assert parts == whole


def test_a_design_knows_its_neighbours_in_a_view(shop: House):
    view = View.of_query([("sort", "-motif")])
    numbers = shop.finder.numbers(view).tolist()
    assert shop.finder.beside(view, numbers[0]) == (0, None, numbers[1])
    assert shop.finder.beside(view, numbers[5]) == (5, numbers[4], numbers[6])
    assert shop.finder.beside(view, numbers[-1]) == (11, numbers[-2], None)


def test_histograms_count_every_design_that_has_the_figure(shop: House):
    spread = histograms(shop.collection, View(), ["motif", "seam"])
    assert sum(spread["motif"].counts) == 12
    assert "seam" not in spread


def test_nothing_moves_while_somebody_looks_at_an_older_version(shop: House, bucket: Storage):
    view = View.of_query([("sort", "-motif")])
    before = shop.finder.page(view, 0, 4)
    publish_rows(bucket, [a_design(number, motif=0.1) for number in range(20, 25)], "night-2")
    shop.watch.look()

    rest = shop.finder.page(view, 4, 20, version=before.version)
    assert (rest.total, rest.version) == (12, before.version)
    assert [tile.figures["rank"] for tile in rest.tiles if tile.words["batch_id"] == "night-2"] == []
    newest = shop.finder.page(view, 0, 4)
    assert (newest.total, newest.version) == (17, shop.collection.version)


def test_an_older_version_that_lists_what_is_gone_is_kept_no_longer(shop: House, bucket: Storage):
    view = View.of_query([])
    publish_rows(bucket, [a_design(number) for number in range(20, 25)], "night-2")
    shop.watch.look()
    before = shop.finder.page(view)
    bucket.delete("manifests/night-2.parquet")
    shop.watch.look()

    after = shop.finder.page(view, 0, 20, version=before.version)
    assert (after.total, after.version) == (12, shop.collection.version)


@pytest.mark.parametrize("facet", sorted(FACET))
def test_every_choice_has_a_name(facet: str):
    assert english()(f"facet.{facet}")


@pytest.mark.parametrize("figure", RANGED)
def test_every_range_has_a_name(figure: str):
    assert english()(f"facet.figure.{figure}")


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_has_a_name(sort: str):
    assert english()(f"wall.sort.{sort}")


@pytest.mark.parametrize("flag", FLAGS)
def test_every_flag_of_the_engine_has_a_name(flag: str):
    assert english()(f"flags.{flag}")
