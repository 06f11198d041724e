from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogs.gallery.collection import Collection
from catalogs.gallery.collection.columns import COUNTED
from catalogs.gallery.finding import Finder, View
from catalogs.gallery.finding.counts import BINS, count_facets, histograms
from catalogs.gallery.finding.view import BEST_OF, GROUPS, NEW, Range
from catalogs.merging import encode_manifest
from tests.catalogs.gallery.plain import PlainGallery
from tests.catalogs.gallery.rack import NOON, a_design, a_failure, table_of

FIGURES = ("motif", "speckle", "gmd_heldout", "seam")
# Few values, so that designs share them: -0 and 0, what is best, nothing, no number, what float32 rounds.
VALUES = st.sampled_from([None, float("nan"), -0.0, 0.0, 0.1, 0.41, 0.95, 1.0, 1.2])
CELLS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIGURES, VALUES),
        "flags": st.sampled_from([None, ["flat"], ["flat", "speckled"], ["seam"]]),
        "season": st.sampled_from([None, "", "ss27", "aw27"]),
        "colours": st.sampled_from([None, [], ["#c02010"], ["#1040c0", "#ffffff"], ["no colour"]]),
        "content_title": st.sampled_from([None, "Linen dress", "linen DRESS", "Été", "Ete"]),
        "style_title": st.sampled_from([None, "Ikat", "straße"]),
        "style_kind": st.sampled_from([None, "ikat", "floral"]),
        "recipe": st.sampled_from(["toile", "gatys"]),
        "size_px": st.sampled_from([256, 384]),
        "rendered_at_utc": st.integers(-2, 2).map(lambda days: NOON + timedelta(days=days)),
    },
)
DESIGNS = st.builds(
    lambda number, failed, cells: (
        a_failure(number, **{k: v for k, v in cells.items() if k in ("season", "recipe")})
        if failed
        else a_design(number, **cells)
    ),
    st.integers(0, 9),
    st.booleans() | st.just(False),
    CELLS,
)
MANIFESTS = st.lists(st.lists(DESIGNS, max_size=9), min_size=1, max_size=3)
WORDS = {
    "category": ("dress", "shirt", "hat"),
    "season": ("", "ss27", "aw27"),
    "kind": ("", "ikat", "floral", "stripe"),
    "tint": ("", "red", "blue"),
    "flags": ("flat", "seam", "none of these"),
    "status": ("ok", "failed"),
    "size": ("256", "384", "many"),
    "batch": ("night-0", "night-1", "night-9"),
    "garment": ("garment-0", "garment-1", "garment-9"),
    "style": ("style-0", "style-1"),
}
CHOSEN = st.dictionaries(st.sampled_from(sorted(WORDS)), st.just(None), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries(
        {
            name: st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=2, unique=True).map(tuple)
            for name in names
        }
    )
)
ENDS = st.none() | st.sampled_from([-1.0, 0.0, 0.1, 0.41, 0.95, 2.0])
VIEWS = st.builds(
    View,
    chosen=CHOSEN,
    ranges=st.dictionaries(
        st.sampled_from(FIGURES),
        st.tuples(ENDS, ENDS).map(lambda ends: Range(*ends)).filter(lambda one: one != Range()),
        max_size=2,
    ),
    since=st.none() | st.integers(-3, 3).map(lambda days: (NOON + timedelta(days=days)).date()),
    until=st.none() | st.integers(-3, 3).map(lambda days: (NOON + timedelta(days=days)).date()),
    text=st.sampled_from(["", "", "linen", "ETE", "strasse ikat", "mill 7", "night-0", "%"]),
    listed=st.sampled_from(["", "", "night-0", "night-1", "nowhere"]),
    sort=st.sampled_from([NEW, "rank", *FIGURES]),
    worst_first=st.booleans(),
    group=st.sampled_from(["", "", *GROUPS]),
    best_of=st.sampled_from(["", "", *BEST_OF]),
)
SEVERAL = st.lists(VIEWS, min_size=3, max_size=3)


def plainly(examples: int) -> Any:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def both(
    manifests: list[list[dict[str, Any]]], *, at_once: bool = False
) -> Iterator[tuple[Collection, PlainGallery]]:
    """The same manifests, put into a collection and into a list."""
    collection = Collection(threads=1)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"night-{place}.parquet" for place in range(len(manifests))]
        for file, rows in zip(files, manifests, strict=True):
            file.write_bytes(encode_manifest([table_of(rows, file.stem)], ()))
        for few in [files] if at_once else [[file] for file in files]:
            collection.put_all([(file.stem, file) for file in few])
        yield collection, PlainGallery({f"night-{at}": rows for at, rows in enumerate(manifests)})
        collection.close()


@plainly(25)
@given(MANIFESTS, SEVERAL, st.booleans())
def test_every_answer_is_what_a_loop_over_all_rows_gives(
    manifests: list[Any], views: list[View], at_once: bool
):
    with both(manifests, at_once=at_once) as (collection, plain):
        for view in views:
            check_designs(Finder(collection), plain, view)
            check_counts(collection, plain, view)
            check_histograms(collection, plain, view)


def check_designs(finder: Finder, plain: PlainGallery, view: View) -> None:
    page = finder.page(view)
    assert [tile.design_id for tile in page.tiles] == plain.ids(view)
    assert page.total == len(page.tiles)
    if view.group:
        assert [(one.word, one.label, one.count) for one in page.groups] == plain.groups(view)


def check_counts(collection: Collection, plain: PlainGallery, view: View) -> None:
    told = count_facets(collection, view)
    for facet in COUNTED:
        assert {one.word: one.count for one in told[facet]} == plain.counts(view, facet)
        assert told[facet] == sorted(told[facet], key=lambda one: (-one.count, one.word))


def check_histograms(collection: Collection, plain: PlainGallery, view: View) -> None:
    spread = histograms(collection, view, FIGURES)
    for name in FIGURES:
        values = plain.spread(view, name)
        assert name in spread or not values
        if name in spread:
            one = spread[name]
            parts = (np.array(values, np.float32) - one.low) * (BINS / max(one.high - one.low, 1e-9))
            counts = np.bincount(np.clip(np.floor(parts), 0, BINS - 1).astype(int), minlength=BINS)
            assert one.counts == tuple(counts.tolist())


@plainly(8)
@given(MANIFESTS, st.integers(0, 2))
def test_a_batch_that_goes_leaves_what_the_others_list(manifests: list[Any], gone: int):
    with both(manifests) as (collection, plain):
        if gone < len(manifests):
            collection.remove(f"night-{gone}")
            plain.listed.pop(f"night-{gone}")
        left = set().union(*plain.listed.values())
        view = View(chosen={"status": ("ok", "failed")})
        assert {tile.design_id for tile in Finder(collection).page(view).tiles} == left
