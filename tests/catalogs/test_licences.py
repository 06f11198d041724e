from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.licences import attribution, known_licences, read_licence
from catalogs.refusals import LicenceUnknown
from catalogs.terms import common_offers, offered_under


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("CC0-1.0", "CC0-1.0"),
        ("cc0", "CC0-1.0"),
        ("CC0 1.0", "CC0-1.0"),
        ("cc by-sa 4.0", "CC-BY-SA-4.0"),
        ("CC-BY-3.0", "CC-BY-3.0"),
        ("cc_by_4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/deed.en", "public-domain"),
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"),
        ("creativecommons.org/licenses/by/2.5", "CC-BY-2.5"),
        ("Public Domain", "public-domain"),
        ("public-domain", "public-domain"),
        ("mit", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("own", "own"),
        ("proprietary:studio-2031-114", "proprietary:studio-2031-114"),
        ("Proprietary: Mill 7, 2026", "proprietary:Mill 7, 2026"),
        ("LicenseRef-House", "LicenseRef-House"),
    ],
)
def test_licences_are_read_as_people_write_them(written: str, normal: str):
    assert read_licence(written).id == normal


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("CC-BY-5.0", "'CC-BY-"),
        ("CCO-1.0", "'CC0-1.0'"),
        ("publc domain", "'public-domain'"),
        ("", "the licence is empty"),
        ("found on the web", "unknown licence 'found on the web'"),
        ("proprietary:", "names its contract"),
        ("proprietary:a\nb", "names its contract"),
        ("https://creativecommons.org/licenses/by-xx/4.0/", "unknown licence"),
        ("CC-BY-SA-ND-4.0", "unknown licence"),
        ("x" * 5000, "unknown licence 'xxx"),
    ],
)
def test_an_unknown_licence_names_the_nearest(written: str, said: str):
    with pytest.raises(LicenceUnknown) as caught:
        read_licence(written)
    assert said in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    ("written", "commercial", "adapted", "attribution", "share_alike"),
    [
        ("CC-BY-4.0", True, "shared", True, False),
        ("CC-BY-NC-4.0", False, "shared", True, False),
        # version 4.0 lets adapted material be produced and not shared, 3.0 lets nobody make any
        ("CC-BY-ND-4.0", True, "in-house", True, False),
        ("CC-BY-NC-ND-3.0", False, "never", True, False),
        ("CC-BY-SA-2.0", True, "shared", True, True),
        ("CC-BY-NC-SA-4.0", False, "shared", True, True),
        ("CC0", True, "shared", False, False),
        ("public domain", True, "shared", False, False),
        ("own", True, "shared", False, False),
        ("proprietary:mill-7", True, "shared", False, False),
        ("MIT", True, "shared", True, False),
        ("0BSD", True, "shared", False, False),
        ("GPL-3.0-or-later", True, "shared", True, True),
    ],
)
def test_what_a_licence_means_for_a_design(
    written: str, commercial: bool, adapted: str, attribution: bool, share_alike: bool
):
    terms = read_licence(written).terms
    assert (terms.commercial, terms.adapted, terms.attribution, terms.share_alike) == (
        commercial,
        adapted,
        attribution,
        share_alike,
    )


@pytest.mark.parametrize(
    ("licences", "under"),
    [
        (("CC0-1.0", "CC-BY-4.0", "own"), ""),
        (("CC-BY-SA-4.0", "CC-BY-2.0"), "CC-BY-SA-4.0"),
        # 2.0 lets its adaptations go to a later version of the same licence, and 4.0 to no earlier one
        (("CC-BY-SA-2.0", "CC-BY-SA-4.0"), "CC-BY-SA-4.0"),
        (("CC-BY-SA-3.0", "CC-BY-SA-2.5", "CC-BY-3.0"), "CC-BY-SA-3.0"),
        (("CC-BY-NC-SA-3.0", "CC-BY-NC-4.0"), "CC-BY-NC-SA-3.0"),
        # one way, says Creative Commons: what is under BY-SA 4.0 may go into a work under GPL 3.0
        (("CC-BY-SA-4.0", "GPL-3.0-only"), "GPL-3.0-only"),
        (("LGPL-2.1-or-later", "GPL-2.0-only"), "GPL-2.0-only"),
        (("proprietary:mill-7", "CC-BY-4.0"), ""),
    ],
)
def test_share_alike_decides_what_a_design_is_offered_under(licences: tuple[str, ...], under: str):
    assert common_offers(licences) != frozenset()
    assert offered_under(licences) == offered_under(reversed(licences)) == under


@pytest.mark.parametrize(
    "licences",
    [
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-SA-4.0", "CC-BY-NC-4.0"),
        ("CC-BY-SA-1.0", "CC-BY-SA-4.0"),
        ("CC-BY-SA-3.0", "GPL-3.0-only"),
        ("GPL-2.0-only", "GPL-3.0-only"),
        ("CC-BY-SA-4.0", "proprietary:mill-7"),
        ("CC-BY-SA-4.0", "LicenseRef-House"),
    ],
)
def test_licences_that_exclude_each_other_leave_nothing_to_offer(licences: tuple[str, ...]):
    assert common_offers(licences) == frozenset()


@given(st.lists(st.sampled_from(known_licences()), max_size=4))
def test_more_images_never_allow_more(licences: list[str]):
    for left_out in range(len(licences)):
        fewer, all_ = common_offers(licences[:left_out] + licences[left_out + 1 :]), common_offers(licences)
        assert fewer is None or (all_ is not None and all_ <= fewer)


def test_an_attribution_has_title_maker_source_licence_and_link():
    line = attribution("Ikat 7", "CC-BY-4.0", credit="A. Weaver", source="archive")
    assert line == (
        "“Ikat 7” by A. Weaver (archive), CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/, adapted"
    )
    assert attribution("Ikat 7", "CC0-1.0", credit="A. Weaver", source="archive") == ""


@given(st.sampled_from(known_licences()), st.booleans())
def test_a_normal_form_stays_itself(name: str, shout: bool):
    assert read_licence(name.upper() if shout else name).id == name


@given(st.text(max_size=60))
def test_any_text_is_a_licence_or_refused(text: str):
    try:
        normal = read_licence(text).id
    except LicenceUnknown:
        return
    assert read_licence(normal).id == normal
