import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.errors import KeyRefused
from catalogs.storage.keys import MAX_KEY_BYTES, MAX_PART_BYTES, check_key, check_prefix


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "designs/0f/0fab.png",
        "content/Tee White (1).PNG",
        "style/100% wool #3?.png",
        "style/ikat+floral=&x.png",
        "style/café.png",
        unicodedata.normalize("NFD", "style/café.png"),
        "style/漢字😀.png",
        ".hidden/..a/b..",
        " lead and trail ",
        "p" * MAX_PART_BYTES,
        "/".join(["p" * 127] * 8),  # 8 × 127 + 7 slashes = 1023 bytes
    ],
)
def test_a_key_is_kept_exactly_as_given(key):
    assert check_key(key) == key


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("../x", "'..'"),
        ("a/../../x", "'..'"),
        ("a/./b", "'.'"),
        ("a//b", "empty part"),
        ("a/", "empty part"),
        ("a\\b", "backslash"),
        ("a\nb", r"'\n'"),
        ("a\x00b", r"'\x00'"),
        ("a\x7fb", r"'\x7f'"),
        ("a\x85b", r"'\x85'"),
        ("a\ud800b", r"'\ud800'"),
        (".toile-write-1", "'.toile-'"),
        ("a/.toile-lock", "'.toile-'"),
        ("p" * (MAX_PART_BYTES + 1), "256 bytes"),
        ("ü" * 128, "256 bytes"),
        ("/".join(["p" * 127] * 8) + "/p", "1025 bytes"),
    ],
)
def test_a_key_that_one_member_could_not_keep_is_refused_with_the_reason(key, word):
    with pytest.raises(KeyRefused) as refused:
        check_key(key)
    assert word in str(refused.value)
    assert refused.value.key == key
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "designs/0", ".", "..", "a/."])
def test_a_prefix_may_end_anywhere(prefix):
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "/a", "../", "a/../b", "a//", "a\\", ".toile-write-/x", "p" * 1025])
def test_a_prefix_that_no_key_can_begin_with_is_refused(prefix):
    with pytest.raises(KeyRefused):
        check_prefix(prefix)


@given(st.text(max_size=300))
def test_a_key_is_either_kept_or_refused_and_its_beginnings_are_prefixes(text):
    try:
        key = check_key(text)
    except KeyRefused:
        return
    assert key == text
    assert len(key.encode()) <= MAX_KEY_BYTES
    for end in range(len(key) + 1):
        check_prefix(key[:end])
