"""What may be done with a design today: its catalogs' terms, not those of the day it was painted."""

from __future__ import annotations

import pytest

from catalogs.layout import config_key, design_key
from flows.cli.show import find_design
from flows.marking.provenance import XMP_KEYWORD
from flows.marking.terms import Terms, terms_of_design
from nst_core.codec import read_png_text
from tests.flows.cli.test_reproduce import painted
from tests.flows.small_house import SmallHouse


@pytest.fixture
def house(tmp_path) -> SmallHouse:
    return SmallHouse(tmp_path).fill(contents=("tee",), styles=("ikat",))


@pytest.fixture
def design(house) -> str:
    return painted(house)


def style_says(house: SmallHouse, header: str, cells: str) -> None:
    lines = (
        f"style_id,image,title,kind,credit,source,{header}\nikat,ikat.png,Ikat,stripe,A. Weaver,x,{cells}\n"
    )
    house.storage.write_atomic("style/catalog.csv", lines.encode())


def terms(house: SmallHouse, design: str) -> Terms:
    return terms_of_design(house.storage, find_design(house.storage, design))


def test_as_long_as_nothing_changes_a_print_says_what_the_design_says(house, design):
    found = terms(house, design)
    packet = read_png_text(house.storage.read(design_key(design)))[XMP_KEYWORD]
    assert (found.changes, found.since_painted, found.xmp) == ((), False, packet)
    assert "made from style: Ikat, CC0-1.0" in found.credits()
    assert "made from content: Tee" in found.credits()


def test_a_licence_that_was_renewed_or_exchanged_is_todays(house, design):
    style_says(house, "licence,licence_expires,territories", "proprietary:mill-7,2031-01-31,FR DE")
    found = terms(house, design)
    assert found.changes == (
        ("style_licence", "CC0-1.0", "proprietary:mill-7"),
        ("style_licence_expires", "", "2031-01-31"),
        ("style_territories", "", "DE FR"),
    )
    assert found.row["style_licence_expires"] == "2031-01-31"
    assert "Licensed until 2031-01-31" in found.xmp
    assert "Licensed until 2031-01-31" in found.credits()
    style_says(house, "licence", "CC BY 4.0")
    assert "to be named: “Ikat” by A. Weaver (x), CC-BY-4.0" in terms(house, design).credits()


@pytest.mark.parametrize("gone", ["style/catalog.csv", config_key("demo")])
def test_where_the_catalog_or_the_batch_is_gone_the_terms_are_those_it_was_painted_under(house, design, gone):
    house.storage.delete(gone)
    found = terms(house, design)
    assert (found.since_painted, found.row["style_licence"]) == (True, "CC0-1.0")


def test_another_image_under_the_same_id_has_another_licence(house, design):
    style_says(house, "licence", "own")
    text = house.storage.read("style/catalog.csv").decode().replace("ikat.png", "other.png")
    house.storage.write_atomic("style/catalog.csv", text.encode())
    assert terms(house, design).since_painted
