"""``toile gc``: shows what nothing needs, and touches nothing unasked."""

from __future__ import annotations

import os
import time

import pytest

from catalogs.layout import design_key, manifest_key
from tests.catalogs.keeping.test_garbage import a_night, keys, orphan

WEEKS_AGO = time.time() - 30 * 24 * 3600


@pytest.fixture
def old(directory_storage, monkeypatch):
    """A night and a design that nothing names, all of them a month old."""
    monkeypatch.setenv("TOILE_ROOT", directory_storage.root)
    a_night(directory_storage)
    name = orphan(directory_storage)
    for key in keys(directory_storage):
        os.utime(f"{directory_storage.root}/{key}", (WEEKS_AGO, WEEKS_AGO))
    return name


def test_gc_shows_counts_and_sizes_and_touches_nothing(toile, old, directory_storage):
    answer = toile("gc")
    assert answer.code == 0
    assert "designs 1 0.0 MB 0 0.0 MB" in answer.words
    assert "4 designs are named" in answer.out
    assert "nothing was touched" in answer.out
    assert directory_storage.exists(design_key(old))


def test_gc_puts_aside_and_says_so(toile, old, directory_storage):
    told = toile("gc", "--delete", "--json").json
    assert told["kinds"]["designs"]["objects"] == 1
    assert told["kinds"]["thumbs"]["bytes"] == len(b"nobody's")
    assert not directory_storage.exists(design_key(old))
    assert len(keys(directory_storage, "trash/")) == 2


def test_gc_names_what_it_cannot_read_and_fails(toile, old, directory_storage):
    directory_storage.write_atomic(manifest_key("torn"), b"PAR1")
    answer = toile("gc", "--delete")
    assert answer.code == 1
    assert "manifests/torn.parquet cannot be read" in answer.out
    assert directory_storage.exists(design_key(old))


def test_a_grace_under_an_hour_is_refused(toile, old):
    assert toile("gc", "--grace-hours", "0").code == 2
