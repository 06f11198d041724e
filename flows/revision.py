"""Which code made a design: the program's version and its git revision."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

# What has a hand in the pixels, from the decoder to the encoder.
PACKAGES = ("numpy", "opencv-python-headless", "pillow", "torch", "torchvision")


def git_revision() -> str:
    """Return the revision of this code: of its checkout, else what TOILE_GIT_REVISION says, else ""."""
    told = os.environ.get("TOILE_GIT_REVISION", "")
    checkout = Path(__file__).resolve().parent.parent
    if told or not (checkout / ".git").exists():
        return told
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def tool_name() -> str:
    """Return this program's name and version."""
    try:
        return f"Toile {version('toile')}"
    except PackageNotFoundError:
        return "Toile"


def environment() -> dict[str, str]:
    """Return the versions of Python and of the packages that paint, by name; those that are there."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
