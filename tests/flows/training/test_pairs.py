"""What a network learns refining from: each garment in the next textile, as a recipe's own steps leave it."""

from __future__ import annotations

import pytest

from catalogs.layout import card_key
from configs.model_card import read_card
from flows.stopping import StopFlag
from nst_core.errors import Stopped, TrainingImpossible
from tests.flows.training.toy import PAIRS

pytestmark = pytest.mark.usefixtures("toys")


def pairs(house):
    return [one.key for one in house.storage.list("cache/pairs/")]


def test_each_garment_is_painted_once_by_the_teacher_and_the_card_says_so(house, recipe, train):
    [done] = train(recipe(PAIRS))
    assert (len(house.engine.painted), len(pairs(house))) == (5, 5)
    card = read_card(house.storage.read(card_key("tiny")), name="card")
    assert card.trained_on.what == (
        "designs of toile on garments of content/catalog.csv, with the textiles ikat, floral, check"
    )
    assert (card.trained_on.photos, card.trained_on.held_out, done["steps"]) == (3, 2, 6)


def test_other_settings_make_no_pair_twice_another_size_makes_all_anew(house, recipe, train):
    train(recipe(PAIRS))
    train(recipe(PAIRS, lr=0.01))
    assert len(house.engine.painted) == 5
    train(recipe(PAIRS, crop_px=80))
    assert (len(house.engine.painted), len(pairs(house))) == (10, 10)


def test_garments_that_teach_nothing_are_left_out_and_told(house, recipe, train, heard):
    house.engine.teach_nothing = frozenset({"style/check.png"})
    train(recipe(PAIRS, held_out=1))
    # five garments in three textiles: one or two of them in check
    assert "garments teach nothing and are left out, such as: content/" in heard.words
    house.engine.teach_nothing = frozenset(f"style/{name}.png" for name in ("ikat", "floral", "check"))
    with pytest.raises(TrainingImpossible, match="there are 0"):
        train(recipe(PAIRS, crop_px=80))


def test_pairs_that_were_made_before_a_stop_are_kept(house, recipe, train):
    stop, pair = StopFlag(), house.engine.pair

    def stopping(*arguments, **more):
        if len(house.engine.painted) == 2:
            stop.cancel()
        return pair(*arguments, **more)

    house.engine.pair = stopping
    with pytest.raises(Stopped, match="stopped after 3 of 5 pairs, as asked; they are kept"):
        train(recipe(PAIRS), stop=stop)
    house.engine.pair = pair
    train(recipe(PAIRS))
    assert len(house.engine.painted) == 5
