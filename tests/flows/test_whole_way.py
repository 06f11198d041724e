"""The demo from drawing to manifest as a user runs it: real engine, Prefect's own server, killed once."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalogs.publication import read_manifest
from catalogs.storage.directory import DirectoryStorage

TOILE = (sys.executable, "-c", "from flows.cli import main; main()")


def toile(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*TOILE, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env=os.environ | {"TOILE_DEBUG": "0"},
    )


def said(*words: str) -> str:
    process = toile(*words)
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0, out
    return out


def pictures(root: Path) -> dict[str, str]:
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in root.glob("designs/*/*.png")}


@pytest.mark.slow
def test_a_killed_demo_goes_on_where_it_was_and_ends_whole(tmp_path: Path):
    root = tmp_path / "bucket"
    run = ("run", "demo", "--root", str(root), "--size-px", "96")
    said("demo", "--root", str(root), "--long-side-px", "160")
    process = toile(*run)
    while len(pictures(root)) < 5:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = pictures(root)
    assert 5 <= len(before) < 24

    out = said(*run)
    after = pictures(root)
    assert "24 of 24 designs ok" in out
    assert f"{24 - len(before)} painted, {len(before)} already there" in out
    assert {name: after[name] for name in before} == before
    rows = read_manifest(DirectoryStorage(root), "demo").to_pylist()
    assert {row["design_id"]: row["image_sha256"] for row in rows} == after
    assert not list(root.rglob("*.tmp*"))

    assert "0 painted, 24 already there" in said(*run)
    assert pictures(root) == after
