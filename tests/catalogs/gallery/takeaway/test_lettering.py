"""Letters of many scripts: each by a font that has it, run by run, in the file or told of."""

from __future__ import annotations

import io
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

from catalogs.gallery.takeaway.fonts import face_of
from catalogs.gallery.takeaway.lettering import Lettering
from catalogs.lettering.installed import FOLDERS, tongue_of
from tests.catalogs.gallery.takeaway.pdf import embedded_in, lines_of

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
CMAPS = Path("/usr/share/poppler/cMap")
EAST = ("亚麻连衣裙，牡丹 No. 7", "リネンのワンピース「牡丹」", "린넨 원피스, 모란", "繁體中文 Été ×2")
needs_dejavu = pytest.mark.skipif(not DEJAVU.exists(), reason="DejaVu is not installed")


def drawn(lettering: Lettering, *texts: str, bold: bool = False) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(900, 40 + 20 * len(texts)))
    for place, text in enumerate(texts):
        canvas_at = (20, 20 + 20 * (len(texts) - 1 - place))
        lettering.draw(canvas, canvas_at, lettering.text(text), 12, black, bold=bold)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("folders", [(), FOLDERS])
def test_text_of_china_japan_and_korea_reads_back_as_it_was_written(folders, bold):
    lettering = Lettering(folders)
    assert [line.text for line in lines_of(drawn(lettering, *EAST, bold=bold))] == list(EAST)
    assert not lettering.missing


def test_letters_that_no_font_here_has_are_lent_by_the_viewer_and_that_is_known():
    lettering = Lettering(folders=())
    data = drawn(lettering, *EAST)
    assert lettering.is_lent
    for name in (b"/STSong-Light", b"/HeiseiKakuGo-W5", b"/HYSMyeongJo-Medium"):
        assert name in data
    plain = Lettering(folders=())
    assert len(embedded_in(drawn(plain, "Ete"))) == 1
    assert not plain.is_lent


@needs_dejavu
def test_a_font_that_is_installed_is_embedded_and_none_is_lent(tmp_path: Path):
    # Vera has no Greek; this file has, under the name of a font that is looked for
    (tmp_path / "deep").mkdir()
    shutil.copy(DEJAVU / "DejaVuSans.ttf", tmp_path / "deep" / "wqy-zenhei.ttc")
    lettering = Lettering(folders=(tmp_path,))
    data = drawn(lettering, "Linen Λινό φόρεμα, dress")
    assert embedded_in(data) == {"BitstreamVeraSans-Roman", "DejaVuSans"}
    assert [line.text for line in lines_of(data)] == ["Linen Λινό φόρεμα, dress"]
    assert not lettering.is_lent


def test_a_file_that_is_no_font_is_passed_over(tmp_path: Path):
    (tmp_path / "wqy-zenhei.ttc").write_bytes(b"not a font at all")
    lettering = Lettering(folders=(tmp_path,))
    assert [line.text for line in lines_of(drawn(lettering, EAST[0]))] == [EAST[0]]
    assert lettering.is_lent


def test_the_same_sign_is_set_in_the_shapes_of_its_text_s_tongue():
    faces = {
        text: face_of("牡", tongue_of(text), bold=False, folders=()) for text in ("牡丹", "牡丹の", "모란 牡")
    }
    assert [face and face.name for face in faces.values()] == [
        "STSong-Light",
        "HeiseiKakuGo-W5",
        "HYSMyeongJo-Medium",
    ]


def test_what_no_font_writes_is_a_question_mark_and_told_of():
    lettering = Lettering(folders=())
    assert lettering.text("लिनेन 👗 dress").letters.count("?") >= 4
    assert {"ल", "👗"} <= lettering.missing
    assert not lettering.is_legible("लिनेन की पोशाक")
    assert lettering.is_legible("Linen 亚麻 dress")


def test_an_accent_that_the_font_has_not_is_left_off():
    lettering = Lettering(folders=())  # Vera
    assert lettering.text("Été ở Ørsted, ½").letters == "Été o Ørsted, ½"
    assert not lettering.missing


@needs_dejavu
def test_hebrew_and_arabic_are_drawn_from_the_right_in_letters_that_are_found_again():
    lettering = Lettering()
    hebrew, arabic = (line.text for line in lines_of(drawn(lettering, "שמלת פשתן", "فستان كتان")))
    assert (hebrew[::-1], arabic[::-1]) == ("שמלת פשתן", "فستان كتان")


@given(st.text(max_size=60), st.floats(20, 300))
def test_lines_keep_every_letter_in_order_and_stay_within_their_width(text: str, width: float):
    lettering = Lettering(folders=())
    said = lettering.text(text)
    lines = lettering.lines(said, 8, width)
    assert "".join("".join(line.letters for line in lines).split()) == "".join(said.letters.split())
    assert all(lettering.width(line, 8) <= width for line in lines)


def test_a_line_ends_between_signs_but_not_before_a_full_stop():
    lettering = Lettering(folders=())
    # ten signs of 8 points each
    lines = lettering.lines(lettering.text("春夏秋冬春夏秋冬春夏。秋冬"), 8, 80)
    assert [line.letters for line in lines] == ["春夏秋冬春夏秋冬春", "夏。秋冬"]


def test_a_hyphen_is_no_place_to_break():
    lettering = Lettering(folders=())
    width = lettering.width(lettering.text("Heavy T-"), 8)
    lines = lettering.lines(lettering.text("Heavy T-shirt"), 8, width)
    assert [line.letters for line in lines] == ["Heavy", "T-shirt"]


@given(st.text(max_size=40))
def test_any_text_can_be_drawn(text: str):
    lettering = Lettering(folders=())
    lines_of(drawn(lettering, text, bold=True))


@pytest.mark.skipif(not (shutil.which("pdftotext") and CMAPS.exists()), reason="needs poppler and its data")
@pytest.mark.parametrize("folders", [(), FOLDERS])
def test_another_program_reads_the_same_text(folders, tmp_path: Path):
    texts = [*EAST, "Linen 亚麻 dress — 牡丹 No. 7 (été)", "Λινό φόρεμα", "שמלת פשתן", "فستان كتان"]
    lettering = Lettering(folders)
    (tmp_path / "it.pdf").write_bytes(drawn(lettering, *(text for text in texts)))
    told = subprocess.run(
        ["pdftotext", "-layout", "it.pdf", "-"], cwd=tmp_path, capture_output=True, check=True, timeout=60
    ).stdout.decode()
    marks = {ord(mark): None for mark in told if unicodedata.category(mark) == "Cf"}
    lines = [line.strip() for line in told.translate(marks).splitlines() if line.strip()]
    assert lines == [lettering.text(text).letters for text in texts]
