"""``toile train``: words, JSON, exit codes."""

from __future__ import annotations

import pytest

from flows.cli.exits import Exit

pytestmark = pytest.mark.usefixtures("toys")


def test_it_says_in_lines_how_it_goes_and_where_everything_is(house, recipe, toile):
    answer = toile(
        "train", recipe(), "--style", "ikat", "--no-compare", "--root", house.root, "--device", "cpu"
    )
    assert answer.code == Exit.DONE
    assert answer.out.splitlines() == [
        f"weights {house.root}/models/tiny/ikat/weights.safetensors",
        f"card    {house.root}/models/tiny/ikat/card.json",
    ]
    assert "tiny of 'ikat': begins, 6 steps at most, 3 photos to learn from and 2 held out" in answer.err
    assert "tiny of 'ikat': done after 6 steps" in answer.err


def test_it_speaks_json(house, recipe, toile):
    arguments = ["train", recipe(), "--style", "ikat", "--style", "floral", "--steps", "2", "--no-compare"]
    answer = toile(*arguments, "--root", house.root, "--device", "cpu", "--json")
    assert [(one["style_id"], one["steps"]) for one in answer.json] == [("ikat", 2), ("floral", 2)]
    wrong = toile("train", recipe(), "--style", "ikatt", "--root", house.root, "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (Exit.NOTHING_FOUND, "not_found")


def test_ctrl_c_keeps_the_last_checkpoint_and_says_how_to_go_on(house, recipe, toile, toys):
    def interrupt(seen):
        if seen == 4:
            raise KeyboardInterrupt

    toys.when = interrupt
    path = recipe()
    arguments = ["train", path, "--style", "ikat", "--no-compare", "--root", house.root, "--device", "cpu"]
    answer = toile(*arguments)
    assert answer.code == Exit.INTERRUPTED
    assert f"`toile train {path} --style ikat --no-compare` goes on from there" in answer.err
    toys.when = lambda seen: None
    assert "goes on from step 2" in toile(*arguments).err


def test_what_is_wrong_with_a_recipe_is_told_before_torch_is_loaded(house, toile):
    answer = toile("train", "gatis", "--root", house.root)
    assert answer.code == Exit.USAGE
    assert "gatys" in answer.err
    answer = toile("train", "gatys", "--root", house.root)
    assert "has no network: block, so there is nothing to train" in answer.err
    answer = toile("train", "johnson-worn", "--style", "ikat", "--root", house.root)
    assert "train the recipe that makes these, as `toile train johnson`" in answer.err
