"""Two trainings of one network at once: the second hears who is at it; what a dead one held is taken over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from catalogs.layout import training_claim_key
from configs.loading import load_recipe
from flows.errors import TrainingBusy
from flows.shards.process_identity import this_process
from flows.training.alone import alone_at
from flows.training.asked import Piece

KEY = training_claim_key("johnson", "ikat")


@pytest.fixture
def piece():
    recipe = load_recipe("johnson")
    return Piece(recipe, recipe.network, ("ikat",), is_shared=False, steps=1)


def at_work(house, piece):
    return alone_at(house.storage, piece, "toile train johnson --style ikat", on_lost=lambda: None)


def test_the_second_hears_who_is_at_it_and_since_when(house, piece):
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    with at_work(house, piece):
        told = (
            rf"johnson of 'ikat' is being trained by .* \(process {os.getpid()}, `toile train .*since {today}"
        )
        with pytest.raises(TrainingBusy, match=told), at_work(house, piece):
            pytest.fail("two at once")
    with at_work(house, piece):  # given back
        assert house.storage.exists(KEY)
    assert not house.storage.exists(KEY)


def test_another_style_is_another_work(house, piece):
    other = Piece(piece.recipe, piece.part, ("floral",), is_shared=False, steps=1)
    with at_work(house, piece), at_work(house, other):
        assert len(list(house.storage.list("models/"))) == 2


def test_what_a_dead_process_held_is_taken_over_at_once(house, piece):
    probe = (
        "import json; from dataclasses import asdict; "
        "from flows.shards.process_identity import this_process; print(json.dumps(asdict(this_process())))"
    )
    dead = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    claim = {"token": "t", "run": "somebody", "process": json.loads(dead), "beat": 1}
    assert claim["process"]["machine"] == this_process().machine
    house.storage.write_atomic(KEY, json.dumps(claim).encode())
    with at_work(house, piece):
        assert json.loads(house.storage.read(KEY))["process"]["pid"] == os.getpid()
