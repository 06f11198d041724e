"""What ``toile doctor`` looks at: each check is a plain function that gives findings and never raises."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from flows.cli import storage_checks
from flows.cli.disk_checks import disk

MIN_MEMORY_BYTES = 1.5e9
GOOD_MEMORY_BYTES = 3e9


@dataclass(frozen=True)
class Finding:
    """What a check found; ``remedy`` is empty where all is well."""

    what: str
    state: Literal["ok", "note", "problem"]
    found: str
    remedy: str = ""


Check = Callable[[], list["Finding"]]
