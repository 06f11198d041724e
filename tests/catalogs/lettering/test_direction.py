from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs.lettering import direction
from catalogs.lettering.direction import is_from_right


def as_seen(text: str) -> str:
    return direction.as_seen(text, from_right=is_from_right(text))


ANY = st.text(st.sampled_from("ab12 ,.-%$/:()אבגסלםدرسلامـ٣—×!"), max_size=16)


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("Linen été (7)", "Linen été (7)"),
        # Annex 9: the base is that of the first strong letter; numbers run from the left in either
        ("שלום 12", "12 םולש"),
        ("dress שלום 12", "dress 12 םולש"),
        ("שלום dress", "dress םולש"),
        ("(שלום)", "(םולש)"),
        # a price keeps its sign, a date its strokes
        ("שלום 10%", "10% םולש"),
        ("שלום 1/2", "1/2 םולש"),
    ],
)
def test_hebrew_is_set_from_the_right_and_numbers_from_the_left(told: str, seen: str):
    assert as_seen(told) == seen


def test_arabic_letters_take_the_form_of_their_place_in_the_word():
    # beh alone, at the start, inside, at the end; dal joins what is before it alone
    assert as_seen("ب") == "\ufe8f"
    assert as_seen("ببب") == "\ufe90\ufe92\ufe91"
    assert as_seen("بدب") == "\ufe8f\ufeaa\ufe91"
    # lam and alef are one letter, alone and after what joins it
    assert as_seen("لا") == "\ufefb"
    assert as_seen("بلا") == "\ufefc\ufe91"


def test_vowels_above_and_below_are_left_off():
    assert as_seen("فُستان") == as_seen("فستان")


@given(ANY)
def test_no_letter_is_lost_by_its_place(text: str):
    def letters(line: str) -> list[str]:
        return sorted(unicodedata.normalize("NFKC", line).translate(str.maketrans("", "", "()")))

    assert letters(as_seen(text)) == letters(text)


def test_a_line_within_a_text_runs_as_its_text_does():
    assert direction.as_seen("שלום good", from_right=False) == "םולש good"
    assert direction.as_seen("שלום good", from_right=True) == "good םולש"
