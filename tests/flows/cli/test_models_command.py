"""toile models, doctor and recipes: where a person sees which networks are there, and what is amiss."""

from __future__ import annotations

import pytest

from catalogs.layout import card_key, weights_key
from catalogs.models import write_model
from catalogs.storage.directory import DirectoryStorage
from configs.model_card import Compared
from flows.cli.checks.storage import networks
from flows.cli.exits import Exit
from flows.equipment import Equipment, equipped
from tests.flows.tiny_networks import card_of, random_johnson


@pytest.fixture
def bucket(tmp_path):
    """A bucket with a network for ikat, which has scores and a shortcoming, and one for check."""
    made = DirectoryStorage(tmp_path)
    weights = random_johnson()
    scores = {"gmd_heldout": 0.31, "ssim": 0.6}
    compared = Compared(
        against="gatys", garments=4, size_px=256, ours=scores, theirs={**scores, "gmd_heldout": 0.2}
    )
    changes = {"compared": compared, "falls_short": ("It leaves a grain on plain ground.",)}
    write_model(made, card_of(weights, "ikat").model_copy(update=changes), weights)
    write_model(made, card_of(weights, "check"), weights)
    with equipped(Equipment(open_root=lambda root: made)):
        yield made


def test_networks_are_listed_with_what_their_cards_say(toile, bucket):
    answer = toile("models", "--root", "x")
    assert answer.code == 0
    assert "GMD 0.31 to 0.20, SSIM 0.60 to 0.60 of gatys" in answer.words
    assert "1 shortcoming" in answer.words
    assert "It leaves a grain" not in answer.words
    assert "ikat: It leaves a grain on plain ground." in toile("models", "johnson", "--root", "x").words


def test_a_script_reads_the_same_and_more(toile, bucket):
    rows = {row["style_id"]: row for row in toile("models", "johnson", "--root", "x", "--json").json}
    assert set(rows) == {"ikat", "check"}
    assert rows["ikat"]["compared"]["ours"]["gmd_heldout"] == 0.31
    assert rows["check"]["bytes"] == len(bucket.read(weights_key("johnson", "check")))
    assert rows["check"]["from"] == "bucket"


def test_damaged_files_have_their_own_exit_code(toile, bucket):
    key = weights_key("johnson", "ikat")
    whole = bucket.read(key)
    # one bit: nothing but reading it finds that
    bucket.write_atomic(key, whole[:-1] + bytes([whole[-1] ^ 1]))
    assert toile("models", "--root", "x").code == 0
    answer = toile("models", "--check", "--root", "x")
    assert answer.code == Exit.WEIGHTS
    assert "PROBLEM: its weights are" in answer.words
    bucket.write_atomic(key, whole[:100])
    assert toile("models", "--root", "x").code == Exit.WEIGHTS
    bucket.write_atomic(card_key("johnson", "ikat"), b"no card")
    assert "is no JSON" in toile("models", "--root", "x").words


def test_a_network_that_is_not_there_is_told_with_the_nearest(toile, bucket):
    answer = toile("models", "jonson", "--root", "x")
    assert answer.code == Exit.NOTHING_FOUND
    assert "no network 'jonson'" in answer.err
    assert "'johnson'" in answer.err


def test_the_doctor_counts_networks_and_tells_of_cut_ones(bucket):
    [fine] = networks("x")
    assert (fine.state, "johnson (2 styles)" in fine.found) == ("ok", True)
    bucket.write_atomic(weights_key("johnson", "ikat"), b"cut")
    fine, cut = networks("x")
    assert "johnson (1 style)" in fine.found
    assert (cut.state, cut.remedy) == ("problem", "train it again")


def test_a_recipe_says_which_network_it_goes_through(toile):
    assert "one pass through johnson of the photo, the whole picture" in toile("recipes", "list").words
    assert "kind: johnson" in toile("recipes", "show", "johnson").words
    assert "network:" not in toile("recipes", "show", "gatys").words
