"""A line of the doctor's table, and the net under each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from flows.cli.masking import masked


@dataclass(frozen=True)
class Finding:
    """What a check found; ``remedy`` is empty where all is well."""

    what: str
    state: Literal["ok", "note", "problem"]
    found: str
    remedy: str = ""


Check = Callable[[], list[Finding]]


def guarded(name: str, check: Check) -> Check:
    """Return a check whose error is a finding: one broken thing must not hide the others."""

    def looked() -> list[Finding]:
        try:
            found = check()
        except Exception as error:  # noqa: BLE001 (it becomes a line of the table)
            first_line = (str(error).splitlines() or [""])[0]
            told = f"{type(error).__name__}: {first_line}"
            found = [Finding(name, "problem", told, "toile --debug doctor shows where it happened")]
        return [replace(one, found=masked(one.found), remedy=masked(one.remedy)) for one in found]

    return looked
