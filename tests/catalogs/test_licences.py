from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.licences import known_licences, read_licence
from catalogs.refusals import LicenceUnknown


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


def test_what_a_licence_means_for_a_design():
    by, nc, nd, cc0 = (read_licence(name) for name in ("CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC0"))
    assert (by.adaptable, by.commercial, by.needs_credit) == (True, True, True)
    assert (nc.adaptable, nc.commercial) == (True, False)
    assert (nd.adaptable, nd.commercial) == (False, True)
    assert (cc0.adaptable, cc0.commercial, cc0.needs_credit) == (True, True, False)


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
