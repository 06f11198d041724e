"""toile trace: one pair by several optimisers, on the real network at the size of a stamp."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from flows.cli.exits import Exit


@pytest.fixture
def pair(tmp_path):
    grain = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(grain // 4 + 120).save(tmp_path / "tee.png")
    Image.fromarray(np.tile(grain[:8, :8], (5, 5, 1))).save(tmp_path / "ikat.png")
    return "--content", str(tmp_path / "tee.png"), "--style", str(tmp_path / "ikat.png")


def test_four_optimisers_are_traced_into_a_table_and_a_plot(toile, pair, tmp_path):
    out = tmp_path / "traces"
    answer = toile("trace", "gatys", *pair, "--out", str(out), "--size-px", "48", "--steps", "4", "--json")
    assert answer.code == Exit.DONE, answer.err
    traces = {row["recipe"]: row for row in answer.json["traces"]}
    assert list(traces) == ["gatys", "gatys-adadelta", "gatys-adam", "gatys-gd"]
    assert len({row["first_loss"] for row in traces.values()}) == 1
    with (out / "trace.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["step"]) for row in rows] == [0, 1, 2, 3] * 4
    for name in ("trace.png", "gatys.png", "gatys-adam.png"):
        assert Image.open(out / name).size[0] >= 48


def test_a_start_from_noise_follows_the_seed(toile, pair, tmp_path):
    arguments = ("trace", "gatys", "gatys-adam", *pair, "--size-px", "32", "--steps", "2", "--start", "noise")
    losses = [
        toile(*arguments, "--out", str(tmp_path / name), "--seed", seed, "--json").json["traces"][0][
            "first_loss"
        ]
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2"))
    ]
    assert losses[0] == losses[1] != losses[2]


def test_what_cannot_be_traced_is_told_before_anything_is_loaded(toile, pair, tmp_path):
    answer = toile("trace", "gatys", "toile", *pair, "--out", str(tmp_path))
    assert (answer.code, "do not have the same losses" in answer.err) == (Exit.USAGE, True)
    answer = toile("trace", "gatys", "--content", "nowhere.png", *pair[2:], "--out", str(tmp_path))
    assert (answer.code, "nowhere.png cannot be read" in answer.err) == (Exit.USAGE, True)
