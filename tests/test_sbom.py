"""The bill of materials names every locked package with version and hashes, and nobody's registry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "bootstrap.lock", "weights.lock")


@pytest.fixture(scope="module")
def text() -> str:
    if shutil.which("cyclonedx-py", path=Path(sys.executable).parent) is None:
        pytest.skip("cyclonedx-py is not installed (development dependency cyclonedx-bom)")
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci/sbom.py")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_locked_package_is_in_it_with_version_and_all_its_hashes(text):
    locked: dict[tuple[str, str], set[str]] = {}
    for name in LOCKS:
        for entry in re.split(r"\n(?=\S)", (ROOT / name).read_text()):
            if found := re.match(r"([\w.-]+)==([^\s;]+)", entry):
                locked[found[1], found[2]] = set(re.findall(r"sha256:([0-9a-f]{64})", entry))
    told = {
        (one["name"], one["version"]): {each["content"] for each in one["hashes"] if each["alg"] == "SHA-256"}
        for one in json.loads(text)["components"]
    }
    assert len(locked) > 100
    assert all(locked.values())
    assert told == locked


def test_licences_are_told_and_no_registry(text):
    bill = json.loads(text)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    with_licence = [one for one in bill["components"] if one.get("licenses")]
    # the rest are for other systems, and not installed here
    assert len(with_licence) > 0.9 * len(bill["components"])
    torch = next(one for one in bill["components"] if one["name"] == "torch")
    assert "BSD" in torch["licenses"][0]["license"]["name"]
    assert re.findall(r"https?://[^/\"]+", text) == ["http://cyclonedx.org"]
