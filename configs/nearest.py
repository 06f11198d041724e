"""The valid name that looks most like a mistyped one."""

import difflib
from collections.abc import Iterable


def nearest_name(got: object, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` closest to ``got``, letter case ignored; None when none is near."""
    if not isinstance(got, str):
        return None
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(got.casefold()[:200], folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None
