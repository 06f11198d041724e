"""The order in which letters stand on a line: Hebrew and Arabic run from the right, Arabic letters join.

Programs that draw set letters from the left in the order they are given, so they are given here in the order
in which they are seen.

Source: Unicode Standard Annex 9, "Unicode Bidirectional Algorithm". Departures: marks that embed, override or
isolate were taken out of the text before (``plain``); brackets are neutral one by one (no rule N0); vowels
above and below letters, which both tongues do without, are left off: only a font's own tables place them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_PLACES = ("<isolated>", "<final>", "<initial>", "<medial>")
_LINE = "\u0640"  # that makes a word longer
_NEUTRAL = {"B", "S", "WS", "ON"}


def is_from_right(text: str) -> bool:
    """Say whether a text runs from the right as a whole: by its first letter that runs at all."""
    kinds = (unicodedata.bidirectional(mark) for mark in text)
    return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


def as_seen(text: str, *, from_right: bool) -> str:
    """Return a line of text in the order in which its letters stand, Arabic letters in their joined forms.

    Args:
        text: in the order in which it is read.
        from_right: whether the text that it is a line of runs from the right; numbers alone never do.
    """
    if not _FROM_RIGHT.search(text):
        return text
    marks = _joined("".join(mark for mark in text if not _is_vowel(mark)))
    kinds = [unicodedata.bidirectional(mark) or "L" for mark in marks]
    base = int(from_right)
    levels = _levels(_resolved(kinds, base), base)
    for place in range(len(marks) - 1, -1, -1):  # L1: spaces at the end stay at the end
        if not marks[place].isspace():
            break
        levels[place] = base
    placed = zip(marks, levels, strict=True)
    shown = [mark.translate(_MIRRORED) if level % 2 else mark for mark, level in placed]
    order = list(range(len(shown)))
    for level in range(max(levels, default=0), 0, -1):  # L2
        order = _turned(order, levels, level)
    return "".join(shown[place] for place in order)


def _is_vowel(mark: str) -> bool:
    return bool(unicodedata.combining(mark) and _FROM_RIGHT.match(mark))


def _resolved(kinds: list[str], base: int) -> list[str]:
    """Return L, R, EN or AN for each letter: rules W1 to W7, then N1 and N2."""
    kinds, edge = list(kinds), "R" if base else "L"
    strong = before = edge
    for place, kind in enumerate(kinds):
        if kind == "NSM":  # W1
            kind = before
        if kind in ("L", "R", "AL"):
            strong = kind
        kinds[place] = before = "AN" if kind == "EN" and strong == "AL" else kind  # W2
    kinds = ["R" if kind == "AL" else kind for kind in kinds]  # W3
    for place in range(1, len(kinds) - 1):  # W4
        left, right = kinds[place - 1], kinds[place + 1]
        if left == right and (kinds[place], left) in (("ES", "EN"), ("CS", "EN"), ("CS", "AN")):
            kinds[place] = left
    for start, end in _stretches(kinds, {"ET"}):  # W5
        if "EN" in kinds[max(start - 1, 0) : start] + kinds[end : end + 1]:
            kinds[start:end] = ["EN"] * (end - start)
    strong = edge
    for place, kind in enumerate(kinds):
        if kind in ("ES", "ET", "CS"):  # W6
            kinds[place] = "ON"
        elif kind == "EN" and strong == "L":  # W7
            kinds[place] = "L"
        elif kind in ("L", "R"):
            strong = kind
    for start, end in _stretches(kinds, {*_NEUTRAL, "BN"}):  # N1, N2
        sides = [kinds[start - 1] if start else edge, kinds[end] if end < len(kinds) else edge]
        sides = ["L" if side == "L" else "R" for side in sides]
        kinds[start:end] = [sides[0] if sides[0] == sides[1] else edge] * (end - start)
    return kinds


def _levels(kinds: list[str], base: int) -> list[int]:
    """Return how deep each letter lies, odd from the right: rules I1 and I2."""
    deeper = {"L": 1, "R": 0, "EN": 1, "AN": 1} if base else {"L": 0, "R": 1, "EN": 2, "AN": 2}
    return [base + deeper[kind] for kind in kinds]


def _stretches(kinds: list[str], wanted: set[str]) -> list[tuple[int, int]]:
    found, start = [], -1
    for place, kind in enumerate([*kinds, ""]):
        if kind in wanted:
            start = place if start < 0 else start
        elif start >= 0:
            found.append((start, place))
            start = -1
    return found


def _turned(order: list[int], levels: list[int], level: int) -> list[int]:
    """Return places with each stretch that lies at ``level`` or deeper turned round."""
    turned: list[int] = []
    stretch: list[int] = []
    for place in order:
        if levels[place] >= level:
            stretch.append(place)
        else:
            turned += [*reversed(stretch), place]
            stretch = []
    return [*turned, *reversed(stretch)]


# --- the forms of Arabic letters: alone, at the end of a word, at its start, inside ---


@cache
def _forms() -> dict[str, dict[str, str]]:
    """Return the forms of letters, and of lam with alef, as Unicode's compatibility table tells them."""
    forms: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)):
        form, _, letters = unicodedata.decomposition(chr(code)).partition(" ")
        if form in _PLACES:
            text = "".join(chr(int(letter, 16)) for letter in letters.split())
            forms.setdefault(text, {}).setdefault(form, chr(code))
    forms[_LINE] = dict.fromkeys(_PLACES, _LINE)
    return {text: told for text, told in forms.items() if len(text) == 1 or text[0] == "\u0644"}


def _joined(text: str) -> list[str]:
    """Return text mark by mark with Arabic letters in the forms in which they join their neighbours."""
    forms = _forms()
    for pair in (pair for pair in forms if len(pair) == 2):  # lam and alef are one letter
        text = text.replace(pair, forms[pair]["<isolated>"])
    pairs = {told["<isolated>"]: told for letters, told in forms.items() if len(letters) == 2}
    marks = list(text)
    known = [pairs.get(mark) or forms.get(mark, {}) for mark in marks]
    for place, one in enumerate(known):
        before = place > 0 and "<initial>" in known[place - 1] and "<final>" in one
        after = "<initial>" in one and place + 1 < len(known) and "<final>" in known[place + 1]
        form = ("<medial>" if after else "<final>") if before else ("<initial>" if after else "<isolated>")
        marks[place] = one.get(form, marks[place])
    return marks
