"""Letters on pictures: plain ones as Pillow's own font has them, others by the fonts that are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from catalogs.lettering import legible, write
from catalogs.lettering.installed import FOLDERS, MAIN, families, installed

needs_dejavu = pytest.mark.skipif(MAIN.plain not in installed(FOLDERS), reason="DejaVu is not installed")


def drawn(
    text: str, *, folders: tuple[Path, ...] = FOLDERS, width_px: float = 400, ending: str = ""
) -> np.ndarray:
    picture = Image.new("L", (440, 40), 255)
    draw = ImageDraw.Draw(picture)
    write(draw, (10, 8), text, 16, "black", width_px, ending=ending, folders=folders)
    return np.asarray(picture)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.array_equal(one, other))


@pytest.mark.parametrize("text", ["Linen dress 7", "Tweed – “grey” × 2 · plain…"])
def test_plain_letters_are_those_of_pillow_s_own_font_wherever_they_are_written(text):
    picture = Image.new("L", (440, 40), 255)
    plainly = text.translate(str.maketrans({"–": "-", "“": '"', "”": '"', "×": "x"}))
    ImageDraw.Draw(picture).text((10, 8), plainly, font=ImageFont.load_default(size=16), fill="black")
    assert same(drawn(text), np.asarray(picture))
    assert same(drawn(text, folders=()), np.asarray(picture))


def test_without_fonts_accents_are_left_off_and_other_scripts_are_question_marks():
    assert same(drawn("Crêpe de Chine, Łódź", folders=()), drawn("Crepe de Chine, Lodz"))
    assert same(drawn("着物 silk", folders=()), drawn("?? silk"))
    assert legible("Crêpe de Chine × Łódź", folders=())
    assert not legible("着物の着物", folders=())


@needs_dejavu
@pytest.mark.parametrize("text", ["Crêpe à fleurs", "Λινό φόρεμα", "льняное", "فستان كتان", "שמלת פשתן"])
def test_with_fonts_letters_keep_their_accents_and_their_script(text):
    assert legible(text)
    assert not same(drawn(text), drawn(text, folders=()))


@needs_dejavu
def test_arabic_letters_join_and_run_from_the_right():
    # the forms in which they stand, from the left: nun alone, alef at an end, teh and seen within, feh first
    seen = "\ufee5\ufe8e\ufe98\ufeb4\ufed3"
    font = ImageFont.truetype(str(installed(FOLDERS)[MAIN.plain]), 16, layout_engine=ImageFont.Layout.BASIC)
    picture = Image.new("L", (440, 40), 255)
    base = 8 + ImageFont.load_default(size=16).getmetrics()[0]
    ImageDraw.Draw(picture).text((10, base), seen, font=font, fill="black", anchor="ls")
    assert same(drawn("فستان"), np.asarray(picture))


@needs_dejavu
def test_letters_that_the_first_font_lacks_come_from_the_next(tmp_path: Path):
    shutil.copy(installed(FOLDERS)[MAIN.plain], tmp_path / "wqy-zenhei.ttc")
    assert [family.plain for family in families("", (tmp_path,))] == ["wqy-zenhei.ttc"]
    assert legible("Λινό φόρεμα", folders=(tmp_path,))
    # its Latin letters stay Pillow's
    assert same(drawn("Linen Λ", folders=(tmp_path,))[:, :40], drawn("Linen")[:, :40])


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "NanumGothic.ttf").write_bytes(b"not a font at all")
    assert not legible("린넨 원피스", folders=(tmp_path,))
    assert "NanumGothic.ttf is passed over" in caplog.text


@pytest.mark.parametrize("text", ["Linen " * 30, "Crêpe " * 30, "فستان " * 30])
def test_a_long_line_is_cut_within_its_width_and_keeps_its_ending(text):
    ink = np.flatnonzero((drawn(text, width_px=200, ending=", 512 px") < 255).any(axis=0))
    assert 150 < ink[-1] - ink[0] <= 201
    uncut = drawn(text, width_px=200)
    assert not same(uncut, drawn(text, width_px=200, ending=", 512 px"))


@given(st.text(max_size=60), st.integers(60, 300))
def test_any_text_is_written_within_its_width(text: str, width_px: int):
    ink = np.flatnonzero((drawn(text, width_px=width_px) < 255).any(axis=0))
    # a letter may lean a little over its own place
    assert not len(ink) or ink[-1] <= 10 + width_px + 4
