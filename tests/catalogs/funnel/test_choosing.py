"""Which previews are promoted: by hand, and against the same rules as loops over rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.funnel.choosing import CHOSEN_BY, choose
from catalogs.report.ranking import rank_score
from configs.funnel import KeepPart, UnlikePart

LISTS = {"flags": pa.string(), "texture_descriptor": pa.int8(), "colour_descriptor": pa.int8()}
WORDS = ("design_id", "style_id", "content_id", "repeat", "maker")
LOOK, PALETTE = (5, -3, 1) * 32, (7, 2) * 16


def design(garment: str, style: str, motif: float, **cells) -> dict:
    """Return a row whose motif alone tells how good it is; every one looks like itself only."""
    chance = np.random.default_rng([ord(one) for one in f"{garment} {style}"])
    return {
        "design_id": f"{garment}-{style}",
        "content_id": garment,
        "style_id": style,
        "motif": motif,
        "relief": 0.4,
        "speckle": 1.0,
        "gmd_heldout": 0.2,
        "texture_descriptor": chance.integers(-127, 128, 96).tolist(),
        "colour_descriptor": chance.integers(-127, 128, 32).tolist(),
        **cells,
    }


def table(rows: list[dict]) -> pa.Table:
    def kind(name: str) -> pa.DataType:
        return pa.list_(LISTS[name]) if name in LISTS else pa.string() if name in WORDS else pa.float64()

    return pa.table({name: pa.array([row.get(name) for row in rows], kind(name)) for name in CHOSEN_BY})


def chosen(rows: list[dict], unlike: UnlikePart | None = None, pairs=None, **keep: int) -> list[str]:
    rules = KeepPart(**{"per_garment": 0, "per_style": 0, **keep})
    pairs = pairs or [(row["content_id"], row["style_id"]) for row in rows]
    return [
        rows[at]["design_id"] for at in choose(table(rows), pairs, rules, unlike or UnlikePart()).tolist()
    ]


#            ikat  floral  check
#   tee      .75   .70     .65
#   coat     .55   .60     .50
SIX = [
    *(design("tee", style, motif) for style, motif in (("ikat", 0.75), ("floral", 0.70), ("check", 0.65))),
    *(design("coat", style, motif) for style, motif in (("ikat", 0.55), ("floral", 0.60), ("check", 0.50))),
]


@pytest.mark.parametrize(
    ("keep", "names"),
    [
        ({"per_garment": 1}, ["tee-ikat", "coat-floral"]),
        ({"per_garment": 2}, ["tee-ikat", "tee-floral", "coat-ikat", "coat-floral"]),
        ({"per_style": 1}, ["tee-ikat", "tee-floral", "tee-check"]),
        ({"overall": 2}, ["tee-ikat", "tee-floral"]),
        # the tee and the three textiles have had theirs before the coat comes to its one
        ({"per_style": 1, "per_garment": 1}, ["tee-ikat", "tee-floral", "tee-check", "coat-floral"]),
        # of the others two are drawn, whatever their scores: those of the lowest ids
        ({"overall": 1, "by_lot": 2}, ["tee-ikat", "coat-floral", "coat-check"]),
        ({"overall": 99}, [row["design_id"] for row in SIX]),
    ],
)
def test_the_best_are_kept_of_each_garment_in_each_textile_and_of_all(keep, names):
    assert chosen(SIX, **keep) == names


def test_of_two_that_are_nearly_the_same_on_one_garment_only_the_better_is_kept():
    twins = {"texture_descriptor": LOOK, "colour_descriptor": PALETTE}
    rows = [
        design("tee", "a", 0.6, **twins),
        design("tee", "b", 0.7, **twins),
        design("coat", "a", 0.5, **twins),  # another garment is another design
        design("tee", "c", 0.4, texture_descriptor=LOOK, colour_descriptor=tuple(-x for x in PALETTE)),
        design("tee", "d", 0.3, texture_descriptor=None, colour_descriptor=PALETTE),
    ]
    assert chosen(rows, overall=9) == ["tee-b", "coat-a", "tee-c", "tee-d"]


def test_of_the_previews_of_one_pair_only_the_best_is_kept():
    rows = [design("tee", "a", 0.6), design("tee", "b", 0.7), design("coat", "c", 0.5)]
    assert chosen(rows, pairs=["same", "same", "other"], overall=9) == ["tee-b", "coat-c"]


def test_yardage_is_on_no_garment():
    rows = [design("", style, 0.5, content_id=None) for style in "abc"]
    assert chosen(rows, per_garment=1) == []
    assert chosen(rows, per_style=1) == [row["design_id"] for row in rows]


def test_designs_without_a_rank_are_not_promoted():
    bare = design("tee", "b", None, relief=None, speckle=None, gmd_heldout=None)
    assert chosen([design("tee", "a", 0.5), bare], overall=9) == ["tee-a"]
    assert chosen([], overall=9) == []


def by_loops(rows: list[dict], keep: KeepPart, unlike: UnlikePart) -> list[str]:
    """Return the choice by the words of the rules, one row after the other."""

    def cosine(name: str, one: dict, other: dict) -> float:
        first, second = (np.asarray(row[name], float) for row in (one, other))
        return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))

    ranked = sorted(
        (row for row in rows if rank_score(row) is not None),
        key=lambda row: (-rank_score(row), row["design_id"]),
    )
    left: list[dict] = []
    for row in ranked:
        same = [one for one in left if one["content_id"] == row["content_id"]]
        if not any(
            cosine("texture_descriptor", one, row) >= unlike.look
            and cosine("colour_descriptor", one, row) >= unlike.palette
            for one in same
        ):
            left.append(row)
    kept: list[dict] = []
    for row in left:
        if (
            len(kept) < keep.overall
            or sum(one["content_id"] == row["content_id"] for one in kept) < keep.per_garment
            or sum(one["style_id"] == row["style_id"] for one in kept) < keep.per_style
        ):
            kept.append(row)
    rest = sorted(row["design_id"] for row in left if row not in kept)[: keep.by_lot]
    return sorted([row["design_id"] for row in kept] + rest)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.builds(
        KeepPart,
        per_garment=st.integers(0, 3),
        per_style=st.integers(0, 3),
        overall=st.integers(0, 6),
        by_lot=st.integers(0, 4),
    ),
)
def test_the_choice_is_that_of_the_rules_as_loops_over_rows(seed: int, keep: KeepPart):
    chance = np.random.default_rng(seed)
    unlike = UnlikePart(look=0.9, palette=0.9)
    looks = chance.integers(-127, 128, (4, 96))
    palettes = chance.integers(-127, 128, (3, 32))
    rows = []
    for number in range(40):
        near = np.clip(looks[chance.integers(4)] + chance.integers(-30, 31, 96), -127, 127)
        rows.append(
            design(
                f"g{chance.integers(4)}",
                f"s{chance.integers(5)}",
                round(float(chance.uniform(0.3, 0.9)), 1),
                design_id=f"{chance.integers(16**8):08x}-{number}",
                texture_descriptor=near.tolist(),
                colour_descriptor=palettes[chance.integers(3)].tolist(),
            )
        )
    pairs = list(range(len(rows)))
    found = [rows[at]["design_id"] for at in choose(table(rows), pairs, keep, unlike).tolist()]
    assert sorted(found) == by_loops(rows, keep, unlike)


def test_no_two_promoted_designs_of_one_garment_are_nearly_the_same():
    chance = np.random.default_rng(3)
    base = chance.integers(-127, 128, 96)
    rows = [
        design(
            "tee",
            f"s{number}",
            0.5 + number / 200,
            texture_descriptor=np.clip(base + chance.integers(-30, 31, 96), -127, 127).tolist(),
            colour_descriptor=PALETTE,
        )
        for number in range(60)
    ]
    names = chosen(rows, UnlikePart(look=0.94, palette=0.9), overall=60)
    looks = np.array([row["texture_descriptor"] for row in rows if row["design_id"] in names], float)
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    assert 1 < len(names) < 60
    assert (np.triu(looks @ looks.T, 1) < 0.94).all()
