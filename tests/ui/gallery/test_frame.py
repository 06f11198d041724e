from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_a_page_is_dark_when_the_system_is_and_the_other_way_when_somebody_says_so(
    window: Callable[..., Page],
):
    page = window(color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(paper) == "rgb(20, 20, 19)"

    page.get_by_role("button", name="Dark page").click()
    assert page.evaluate(paper) == "rgb(251, 250, 248)"
    page.reload()
    assert page.evaluate(paper) == "rgb(251, 250, 248)"

    # what the system says anyway is no choice: the page follows the system again
    page.get_by_role("button", name="Dark page").click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate(paper) == "rgb(251, 250, 248)"


def test_two_keys_work_on_every_page(window: Callable[..., Page]):
    page = window("/nowhere")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("ikat ? /")
    expect(page.get_by_role("searchbox")).to_have_value("ikat ? /")
