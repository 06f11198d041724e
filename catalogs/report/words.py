"""Text from catalogs made fit to be shown, numbers as people write them, and what helps a failure."""

from __future__ import annotations

import html
import math
import unicodedata

# Marks that reorder or hide what follows; a title must not be able to rewrite the page around it.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_KEPT = {"\u200c", "\u200d"}  # joiners that many scripts and emoji are written with
MAX_TITLE_CHARS = 160
MAX_REASON_CHARS = 400


def plain(text: object, *, at_most: int = MAX_TITLE_CHARS) -> str:
    """Return text on one line without control marks, cut with an ellipsis; None is ""."""
    if text is None:
        return ""
    shown = str(text)[: 4 * at_most]
    if not (shown.isascii() and shown.isprintable()):  # most texts are, and a night has millions
        shown = "".join(
            " " if mark.isspace() else mark
            for mark in shown
            if mark.isspace() or mark in _KEPT or unicodedata.category(mark) not in _HIDDEN
        )
    shown = " ".join(shown.split())
    return shown if len(shown) <= at_most else shown[: at_most - 1].rstrip() + "…"


def escaped(text: object, *, at_most: int = MAX_TITLE_CHARS) -> str:
    """Return ``plain`` text safe inside HTML, attribute values included."""
    return html.escape(plain(text, at_most=at_most), quote=True)


def figure(value: float | None, digits: int = 2) -> str:
    """Return a score as a person writes it, ``.67``; "–" where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 and text not in ("0", "-0") else text


def rank(score: float) -> str:
    """Return a rank score as a person reads it, ``76``; "–" where there is none."""
    return f"{score:.0f}" if math.isfinite(score) else "–"


def duration(seconds: float) -> str:
    """Return a span of time: ``45 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def remedy(code: str) -> str:
    """Return what helps against failures or skips of this code; a sentence, plain text."""
    return _REMEDIES.get(code, _RETRY)


_RETRY = "Read the reason; when it is gone, retry the batch: only what failed is painted again."
_HELPS = {
    "Export the image again as PNG or JPEG, upload it under the same name and run the batch again.": (
        "truncated not_an_image unsupported_format corrupt image_refused"
    ),
    "Upload the file, or correct its name in the catalog, then run the batch again.": (
        "missing_image image_missing not_found"
    ),
    "Give the run's credentials the right to read the image, then retry.": "image_denied storage_denied",
    "Write the licence into the catalog, then run the batch again.": "unknown_licence rights_unlicensed",
    "The licence does not allow what the batch does with its designs: take another image, or a permission of "
    "your own (`proprietary:<contract>`); the batch's `rights` say what it does.": (
        "rights_noncommercial rights_no_derivatives rights_attribution rights_share_alike rights_territory"
    ),
    "Two licences want the design offered in ways that exclude each other: pair these images with others.": (
        "rights_share_alike_conflict"
    ),
    "Renew the contract and write its new last day into `licence_expires`, then run the batch again.": (
        "rights_expired"
    ),
    "Correct the row (`toile catalog check` lists every such row), then run the batch again.": (
        "unsafe_id id_missing duplicate_id unsafe_path title_missing bad_width bad_expiry bad_territory "
        "text_too_long"
    ),
    "The image was replaced after planning: run the batch again, which plans anew.": "changed_since_planned",
    "Paint at a smaller size, or on a machine with more memory, then retry.": "out_of_memory",
    "Another seed or fewer steps usually help; the recipe is too strong for this pair.": "nonfinite",
    "`toile weights check` says what is wrong, `toile weights pull` mends it.": (
        "weights_missing weights_corrupt"
    ),
    "The bucket did not answer; retry when it does.": "storage_unavailable",
    "Free some space or raise the quota, then retry.": "storage_full",
    "The run ended before these designs: retry, and only they are painted.": "missing stopped",
    "The batch's time was up: run it again, or raise budget_minutes.": "budget",
    "Nothing to do: the same bytes are painted once, under the design that is named.": "duplicate",
    "Raise max_designs in the batch to have these too.": "max_designs",
}
_REMEDIES = {code: words for words, codes in _HELPS.items() for code in codes.split()}
