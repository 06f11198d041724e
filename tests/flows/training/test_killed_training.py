"""A training whose process is killed at whatever step goes on to the bytes of one that nobody disturbed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from catalogs.layout import card_key, checkpoint_key, training_claim_key, weights_key
from catalogs.storage.directory import DirectoryStorage
from tests.flows.training.toy import RECIPE

REAL = {"crop_px": 64, "width_share": 0.125, "batch": 2, "steps": 12, "held_out": 2, "check_every": 3}
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def command(recipe, root):
    words = ["train", str(recipe), "--style", "ikat", "--no-compare", "--device", "cpu", "--root", root]
    return [sys.executable, "-c", "from flows.cli import main; main()", *words]


def curve(storage):
    lines = storage.read("models/tiny/ikat/learning_curve.csv").decode().splitlines()
    return [line.split(",")[:1] + line.split(",")[2:] for line in lines]  # all but the seconds


@pytest.mark.slow
def test_killed_twice_it_ends_with_the_curve_and_the_weights_of_an_unbroken_one(house, tmp_path):
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(RECIPE.format(base="johnson", kind="johnson", name="tiny", train=REAL))
    other = DirectoryStorage(tmp_path / "other")
    for one in list(house.storage.list("")):
        other.write_atomic(one.key, house.storage.read(one.key))
    subprocess.run(command(recipe, str(tmp_path / "other")), env=ENVIRONMENT, check=True, timeout=600)

    checkpoint, seen = checkpoint_key("tiny", "ikat"), ""
    for _ in range(2):
        process = subprocess.Popen(command(recipe, house.root), env=ENVIRONMENT)
        while process.poll() is None:  # until there is another checkpoint
            etag = house.storage.stat(checkpoint).etag if house.storage.exists(checkpoint) else ""
            if etag not in ("", seen):
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        seen = house.storage.stat(checkpoint).etag
        assert house.storage.exists(training_claim_key("tiny", "ikat"))
        assert not house.storage.exists(card_key("tiny", "ikat"))
    done = subprocess.run(
        command(recipe, house.root), env=ENVIRONMENT, check=True, timeout=600, capture_output=True, text=True
    )
    assert "goes on from step" in done.stderr
    assert curve(house.storage) == curve(other)
    key = weights_key("tiny", "ikat")
    assert house.storage.read(key) == other.read(key)
