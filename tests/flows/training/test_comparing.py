"""Scores beside an optimised design: who paints what, medians, and what is said where they fall short."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalogs.layout import card_key
from configs.model_card import Compared, read_card
from flows.training.comparing import falls_short
from nst_core.errors import NonFinite
from tests.flows.small_house import CONTENTS
from tests.flows.training.toy import ALL, BOTH

pytestmark = pytest.mark.usefixtures("toys")


def card_of(house, style_id="", *, model="tiny"):
    key = card_key(model, style_id)
    return read_card(house.storage.read(key), name=key)


def compared(ours, theirs):
    return Compared(against="gatys", garments=4, size_px=256, ours=ours, theirs=theirs)


def scores(gmd_heldout, ssim):
    return {"gmd_heldout": gmd_heldout, "ssim": ssim}


def test_the_limits_are_a_quarter_more_distance_and_no_lower_ssim():
    # .125 is 1.25 times .1, and .6 is not lower than .6
    assert falls_short(compared(scores(0.125, 0.6), scores(0.1, 0.6))) == ()
    [line] = falls_short(compared(scores(0.126, 0.7), scores(0.1, 0.6)))
    assert line.startswith("The held-out Gram distance of 0.126 is 1.26 times that of gatys (0.100)")
    [line] = falls_short(compared(scores(0.1, 0.59), scores(0.1, 0.6)))
    assert line == "The SSIM of 0.590 is lower than that of gatys (0.600)."
    assert falls_short(compared(scores(None, None), scores(0.1, 0.6))) == ()


def test_garments_held_out_are_painted_by_both_recipes_at_the_size_of_a_crop(house, recipe, train):
    asked = []
    prepare = house.engine.prepare

    def noting(job, by, **more):
        asked.append((by.name, job.size_px, job.content_name, dict(job.networks).keys()))
        return prepare(job, by, **more)

    house.engine.prepare = noting
    train(recipe(against="textile-tv"), "ikat", compare=True)
    card = card_of(house, "ikat")
    # two held out; the fake engine gives every score .5
    assert [one[:2] for one in asked] == [("tiny", 64)] * 2 + [("textile-tv", 64)] * 2
    assert [one[2] for one in asked[:2]] == [one[2] for one in asked[2:]]
    assert all(one[3] == {"tiny"} for one in asked)
    assert (card.compared.against, card.compared.garments, card.compared.size_px) == ("textile-tv", 2, 64)
    assert dict(card.compared.ours) == dict.fromkeys(
        ("ssim", "gmd", "gmd_heldout", "motif", "relief", "speckle"), 0.5
    )
    assert card.falls_short == ()


def test_medians_are_taken_over_garments_that_both_could_paint(house, recipe, train):
    paint, seen = house.engine.paint, []

    def unevenly(prepared, by, **more):
        [done] = paint(prepared, by, **more)
        seen.append(by.name)
        place = len(seen)
        if by.name == "gatys" and seen.count("gatys") == 3:
            return [NonFinite("left the real numbers")]
        return [replace(done, scores=replace(done.scores, gmd=place / 10))]

    house.engine.paint = unevenly
    train(recipe(held_out=3), "ikat", compare=True)
    found = card_of(house, "ikat").compared
    # ours .1, .2 (and .3, whose other half failed), theirs .4, .5
    assert (found.garments, found.ours["gmd"], found.theirs["gmd"]) == (2, 0.15, 0.45)


def test_where_nothing_can_be_painted_the_network_is_kept_and_the_card_says_so(house, recipe, train, heard):
    house.engine.refuse = frozenset(f"content/{name}.png" for name in CONTENTS)
    train(recipe(), "ikat", compare=True)
    card = card_of(house, "ikat")
    assert card.compared is None
    assert card.falls_short[0].startswith("no garment held out could be painted both by tiny and by gatys")


def test_a_shared_file_is_compared_only_where_it_paints_by_itself(house, recipe, train):
    train(recipe(ALL), compare=True)
    assert card_of(house).compared.garments == 2
    train(recipe(BOTH, name="both"), "ikat", compare=True)
    assert card_of(house, model="both").falls_short == (
        "It paints in no style by itself; the cards of its styles have scores.",
    )
    assert card_of(house, "ikat", model="both").compared.garments == 2
