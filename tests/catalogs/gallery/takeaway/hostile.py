"""Two hundred texts that somebody could write into a catalog to hurt whoever opens a file made of it."""

from __future__ import annotations

from itertools import product

_FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1",
    '=HYPERLINK("http://example.invalid","x")', "=WEBSERVICE(A1)", "{=1+1}", '"=1+1', "'=1+1", ";=1+1",
)  # fmt: skip
_NAMES = (
    "../../etc/passwd", "..\\..\\windows", "/etc/passwd", "C:\\x", "CON", "nul.txt", "com1", "a:b", "a*b?",
    "a|b", "<a>",
    "trailing.", "trailing ", " ", "", ".", "..", "~", "%2e%2e%2f", "a\x00b", "a\nb", "\u202egnp.exe",
    "é" * 300, "x" * 5000, "界" * 200, "👗" * 80, "\ud7ff", "\ufffe", "\x1b[31m", "a/b\\c",
)  # fmt: skip
_MARKS = ("", "Linen ", "&amp; ", "<b>", "]]>", "{{", "_x0041_")
TITLES = tuple(dict.fromkeys(f"{before}{text}" for before, text in product(_MARKS, (*_FORMULAS, *_NAMES))))[
    :200
]
