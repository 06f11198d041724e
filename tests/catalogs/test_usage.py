"""What may be done with a finished design is told from its row alone."""

from __future__ import annotations

from catalogs.usage import attribution_lines, licences_of, terms_address, usage_terms

FREE = {"content_licence": "CC0-1.0", "style_licence": "own"}


def test_of_several_textiles_each_licence_counts_once():
    row = {"content_licence": "CC-BY-4.0", "style_licence": "proprietary:mill-7 AND CC-BY-4.0"}
    assert licences_of(row) == ("CC-BY-4.0", "proprietary:mill-7")
    assert licences_of({}) == ()


def test_the_house_speaks_first_and_the_images_after_it():
    assert usage_terms(FREE, statement="© House.") == "© House. Made from images under CC0-1.0, own."
    assert usage_terms({}) == ""


def test_what_the_images_ask_for_is_said():
    row = {
        "content_licence": "CC-BY-NC-ND-4.0",
        "style_licence": "CC-BY-NC-SA-4.0",
        "content_attribution_line": "“A” by B",
        "style_licence_expires": "2027-01-01",
        "content_licence_expires": "2026-12-31",
        "style_territories": "DE FR",
    }
    said = usage_terms(row)
    for part in (
        "Not to be shown outside the house.",
        "Not for sale.",
        "To be offered under CC-BY-NC-SA-4.0.",
        "To be named: “A” by B.",
        "Licensed until 2026-12-31.",
        "The style image is licensed for DE FR.",
    ):
        assert part in said
    assert attribution_lines(row) == ("“A” by B",)


def test_the_address_of_the_terms():
    by_sa = "https://creativecommons.org/licenses/by-sa/4.0/"
    cc0 = "https://creativecommons.org/publicdomain/zero/1.0/"
    assert terms_address({"content_licence": "CC-BY-4.0", "style_licence": "CC-BY-SA-4.0"}) == by_sa
    assert terms_address(FREE) == cc0
    assert terms_address(FREE, statement_url="https://house.example") == "https://house.example"
    # two texts, and neither holds for the whole design
    assert terms_address({"content_licence": "CC-BY-4.0", "style_licence": "MIT"}) == ""
