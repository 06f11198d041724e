"""Every page of the gallery before axe-core's rules for WCAG 2.2 AA, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.catalogs.gallery.rack import a_design, a_failure
from tests.ui.gallery.serving import DESIGNS, Served

Signed = Callable[..., Page]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ONE, TWO, FAILED = (row["design_id"] for row in (a_design(5), a_design(6), a_failure(DESIGNS + 1)))
PAGES = (
    "/",
    "/?group=style&sort=motif&min_motif=0.5",
    "/?category=hat",
    "/?status=failed",
    f"/?alike={ONE}",
    f"/design/{ONE}",
    f"/design/{FAILED}",
    f"/compare?id={ONE}&id={TWO}",
    "/compare",
    "/shortlists",
    "/shortlist/{spring}",
    "/shortlist/{spring}/history",
    f"/choose?design={ONE}",
    f"/ask?design={ONE}",
    "/requests",
    "/failures",
    "/nowhere",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(signed: Signed, gallery: Served, spring: str, scheme: str):
    page = signed("mia", "/healthz", color_scheme=scheme, reduced_motion="reduce")
    broken = []
    for path in (one.format(spring=spring) for one in PAGES):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        broken += [f"{path}: {told}" for told in violations(page)]
    assert broken == [], "\n".join(broken)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_over_a_page_breaks_no_rule_either(signed: Signed, gallery: Served, scheme: str):
    page = signed("mia", "/", color_scheme=scheme, viewport={"width": 768, "height": 1024})
    page.wait_for_load_state("networkidle")
    broken = violations(page)
    page.keyboard.press("?")
    assert [*broken, *violations(page)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_signing_in_breaks_no_rule(window: Callable[..., Page], gallery: Served, scheme: str):
    assert violations(window("/signin", color_scheme=scheme)) == []


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page: the rule, and where it is broken."""
    page.evaluate(AXE)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(told => told.violations"
        ".map(one => one.id + ' ' + one.nodes.slice(0, 3).map(node => node.target.join(' ')"
        " + ' (' + (node.any[0] || node.all[0] || node.none[0] || {message: ''}).message + ')').join('; ')))",
        TAGS,
    )
    return [str(one) for one in found]
