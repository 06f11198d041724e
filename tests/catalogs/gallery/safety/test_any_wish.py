"""Whatever is asked of what is there: any view, any edit, any form that knows the right names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.gallery.collection.columns import FACET
from catalogs.gallery.finding.view import GROUPS, RANGED, SORTS
from catalogs.gallery.shortlists import HOUSE, Kind, edit
from catalogs.gallery.shortlists.clock import new_event_id
from tests.catalogs.gallery.people import signed_in
from tests.catalogs.gallery.rack import a_design
from tests.catalogs.gallery.safety.test_any_request import FEW, MANY, app  # noqa: F401, a fixture

LIST = "spring"
DESIGNS = [a_design(number)["design_id"] for number in range(7)]
PAGES = (
    *("/", "/api/designs", "/api/counts", "/api/spread", "/compare", "/ask", "/failures", "/shortlists"),
    *("/takeaway/line-sheet", "/takeaway/spreadsheet", "/takeaway/pictures", "/takeaway/contact-sheet"),
    *(f"/design/{one}" for one in (DESIGNS[0], DESIGNS[6], "0" * 32)),
    *(f"/{kind}/{DESIGNS[place]}" for kind in ("thumbs", "images", "garments", "styles") for place in (0, 6)),
    *(
        f"/shortlist/{LIST}",
        f"/shortlist/{LIST}/history",
        f"/api/shortlists/{LIST}",
        "/api/choices",
        "/api/requests",
    ),
)
ACTIONS = ("/choose", "/ask", "/shortlists", f"/shortlist/{LIST}/share", f"/shortlist/{LIST}/revoke")
NAMES = (
    *FACET,
    *(f"{end}_{name}" for end in ("min", "max") for name in RANGED),
    *("since", "until", "q", "listed", "list", "rejected", "sort", "group", "best_of", "alike", "by", "fold"),
    *(
        "start",
        "count",
        "version",
        "choices",
        "size",
        "paper",
        "ids",
        "id",
        "design",
        "batch",
        "stamp",
        "next",
    ),
)
FIELDS = (
    *("kind", "list", "design", "text", "stars", "on", "after", "undoes", "back", "name", "hours", "share"),
    *("mark", "note", "size_px", "colorway", "palette", "category", "style_kind", "limit"),
)
WISHES = ("hires", "colorways", "more_like", "repeat", "4", "1024", "true", "1764000000-0123abcd", "[]", "{}")
WORDS = (
    *(
        "dress",
        "floral",
        "ss27",
        "ok",
        "failed",
        "night-1",
        "hide",
        "off",
        "look",
        "palette",
        "letter",
        "",
        "0",
    ),
    *("2026-11-21", "2026-13-41", "0001-01-01", "9999-12-31", "nan", "-inf", "1e999", "0x10", "-1", "9" * 30),
    *(*SORTS, *(f"-{one}" for one in SORTS), *GROUPS, LIST, HOUSE, DESIGNS[0], DESIGNS[6], "0" * 32),
)
TEXT = st.text(max_size=12)
VIEWS = st.lists(
    st.tuples(st.one_of(st.sampled_from(NAMES), TEXT), st.one_of(st.sampled_from(WORDS), TEXT)), max_size=6
)
ANY = st.one_of(
    TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none()
)
EDITS = st.fixed_dictionaries(
    {"kind": st.one_of(st.sampled_from([str(kind) for kind in Kind]), ANY)},
    optional={
        "id": st.one_of(st.builds(lambda: new_event_id(datetime.now(UTC))), ANY),
        "list": st.one_of(st.sampled_from([LIST, HOUSE, "", "new"]), ANY),
        "design": st.one_of(st.sampled_from(DESIGNS), ANY),
        "text": st.one_of(st.text(), ANY),
        "stars": st.one_of(st.integers(0, 5), ANY),
        "on": ANY,
        "after": st.one_of(st.sampled_from([*DESIGNS, ""]), ANY),
        "undoes": ANY,
        "seen": st.one_of(st.lists(ANY, max_size=3), ANY),
        "place": ANY,
        "share": ANY,
        "until": ANY,
        "at_utc": ANY,
        "by": ANY,
    },
)
FORMS = st.tuples(
    st.sampled_from(
        ["/choose", "/ask", "/shortlists", f"/shortlist/{LIST}/share", f"/shortlist/{LIST}/revoke"]
    ),
    st.dictionaries(
        st.one_of(
            st.sampled_from(
                ["kind", "list", "design", "text", "stars", "on", "after", "undoes", "back", "name"]
            ),
            st.sampled_from(["days", "share", "sizes", "colorways", "count", "what", "note", "repeat"]),
            TEXT,
        ),
        st.one_of(st.sampled_from([*WORDS, *Kind, *WISHES]), TEXT),
        max_size=6,
    ),
)


def a_list(app: FastAPI) -> None:  # noqa: F811
    shelf = app.state.house.shelf
    edit(shelf, LIST, {"kind": "create", "text": "Spring"}, by="mia")
    for design in DESIGNS[:3]:
        edit(shelf, LIST, {"kind": "add", "design": design}, by="mia")


def check_views(app: FastAPI, how: settings) -> None:  # noqa: F811
    a_list(app)
    browser = signed_in(app)

    @how
    @given(st.sampled_from(PAGES), VIEWS)
    def try_one(page: str, view: list[tuple[str, str]]) -> None:
        answer = browser.get(page, params=view)
        assert answer.status_code < 500, answer.text[:300]

    try_one()


def check_wishes(app: FastAPI, how: settings) -> None:  # noqa: F811
    a_list(app)
    browser = signed_in(app)

    @how
    @given(st.lists(EDITS, min_size=1, max_size=4), FORMS)
    def try_one(edits: list, form: tuple[str, dict]) -> None:
        for answer in (
            browser.post("/api/shortlists/edits", json={"edits": edits}),
            browser.post(form[0], data=form[1]),
            browser.get(f"/shortlist/{LIST}"),
            browser.get(f"/shortlist/{LIST}/history"),
        ):
            assert answer.status_code < 500, answer.text[:300]

    try_one()


def test_no_view_is_a_fault_of_ours(app: FastAPI):  # noqa: F811
    check_views(app, settings(FEW, max_examples=40))


def test_no_wish_is_a_fault_of_ours_and_the_list_can_still_be_read(app: FastAPI):  # noqa: F811
    check_wishes(app, settings(FEW, max_examples=20))


@pytest.mark.slow
def test_none_of_many_views_and_wishes_is(app: FastAPI):  # noqa: F811
    check_views(app, settings(FEW, max_examples=40 * MANY))
    check_wishes(app, settings(FEW, max_examples=10 * MANY))
