"""The tree shows the architecture, and these tests keep it true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("configs", "nst_core", "catalogs", "flows")


def test_imports_keep_to_the_layers():
    found = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("module", "stays_out"),
    [
        ("configs", ("torch", "numpy", "pandas", "prefect", "boto3")),
        ("catalogs", ("torch", "prefect", "nst_core")),
        ("nst_core.engine", ("prefect", "boto3", "pyarrow", "pandas", "fastapi")),
        ("flows.cli", ("torch", "prefect", "pandas")),
    ],
)
def test_importing_a_package_pulls_in_only_what_it_may(module: str, stays_out: tuple[str, ...]):
    probe = f"import sys, {module}; print(*[name for name in {stays_out!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.split() == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_opens_with_one_sentence_on_what_it_is(package: str):
    bare = [
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if not re.match(r'\s*(#[^\n]*\n\s*)*r?"""[^\s"]', path.read_text(encoding="utf-8"))
    ]
    assert bare == []


def test_the_lock_leaves_out_what_each_process_would_wait_for():
    names = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert "jsonschema" in names
    assert "rfc3987-syntax" not in names


@pytest.mark.parametrize("lock", ["requirements.lock", "bootstrap.lock", "weights.lock"])
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(lock: str):
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9_.\[\],-]+==[^\s]+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text
