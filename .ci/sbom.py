"""Print a bill of materials (CycloneDX 1.6, JSON) of the locks: each package, version, hashes and licence.

Packages and hashes are cyclonedx-py's reading of the locks, so that the same locks give the same bytes;
licences are what the packages installed beside this interpreter say of themselves. ``make sbom`` runs it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "bootstrap.lock", "weights.lock")
# A licence is a name; some packages give its whole text instead.
LONGEST_NAME = 120


def bill() -> dict[str, Any]:
    """Return the bill of all locks."""
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in LOCKS)
    command = [str(Path(sys.executable).with_name("cyclonedx-py")), "requirements", "-"]
    # a check of its own writing against the schema takes a minute with so many hashes
    options = ["--output-reproducible", "--short-PURLs", "--spec-version", "1.6", "--no-validate"]
    done = subprocess.run([*command, *options], input=text, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    told["components"] = [component(one) for one in told["components"]]
    # the tool's own addresses are no part of what we ship
    told["metadata"]["tools"] = {
        "components": [
            {key: one[key] for key in ("type", "name", "version")}
            for one in told["metadata"]["tools"]["components"]
        ]
    }
    return told


def component(found: dict[str, Any]) -> dict[str, Any]:
    """Return a package without the words of its requirement line and the index that it may come from."""
    references = found.get("externalReferences", [])
    hashes = [one for reference in references for one in reference.get("hashes", [])]
    licences = licence_of(found["name"])
    return {
        **{key: found[key] for key in ("type", "bom-ref", "name", "version", "purl")},
        "hashes": sorted(hashes, key=lambda one: one["content"]),
        **({"licenses": [{"license": {"name": licences}}]} if licences else {}),
    }


def licence_of(package: str) -> str:
    """Return a package's licence as it declares it; "" where it is not installed here, or does not say."""
    try:
        told = metadata(package)
    except PackageNotFoundError:  # for another system or another Python
        return ""
    plain = told.get("License-Expression") or told.get("License") or ""
    if plain and len(plain) <= LONGEST_NAME and "\n" not in plain:
        return re.sub(r"\s+", " ", plain)
    classified = [
        one.split(" :: ")[-1] for one in told.get_all("Classifier", []) if one.startswith("License ::")
    ]
    return "; ".join(classified)


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")
