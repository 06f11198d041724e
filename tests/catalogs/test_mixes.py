from __future__ import annotations

import pytest

from catalogs.mixes import read_regions, read_shares
from catalogs.refusals import StylesUnclear


@pytest.mark.parametrize(
    ("cell", "shares"),
    [
        ("ikat", {"ikat": 1}),
        ("ikat:0.7+floral:0.3", {"ikat": 0.7, "floral": 0.3}),
        (" floral : 3 + ikat : 7 ", {"ikat": 0.7, "floral": 0.3}),
        ("b+a", {"a": 0.5, "b": 0.5}),
        ("a:2+b+c", {"a": 0.5, "b": 0.25, "c": 0.25}),
    ],
)
def test_shares_sum_to_one_with_the_largest_first_however_they_are_written(cell, shares):
    found = read_shares(cell)
    assert list(dict(found)) == list(shares)
    assert dict(found) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("a+a", "names 'a' twice"),
        ("a+", "has a place without a style"),
        ("a:x", "a number above 0, got 'x'"),
        ("a:0+b", "a number above 0, got '0'"),
        ("a:inf+b", "a number above 0, got 'inf'"),
        ("+".join("abcdefghi"), "mixes 9 styles, at most 8"),
    ],
)
def test_a_mix_that_cannot_be_read_says_why(cell, said):
    with pytest.raises(StylesUnclear, match=said):
        read_shares(cell)


def test_regions_come_in_the_order_of_the_colours():
    wanted = (("white", "c"), ("red", "a"), ("blue", "b"))
    assert read_regions("red=a blue=b white=c") == read_regions("blue=b, white=c, red=a") == wanted
    assert read_regions("") == ()


@pytest.mark.parametrize("cell", ["pink=a", "red", "red=", "red=a red=b", "black=a"])
def test_a_region_that_cannot_be_read_names_the_colours(cell):
    with pytest.raises(StylesUnclear, match=r"white, red, green, .*, magenta, black is the rest"):
        read_regions(cell)
