"""toile separate: a picture file or a painted design in inks, with every file that a mill asks for."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from configs.errors import ConfigError
from flows.cli.exits import Exit
from flows.cli.separate import USUAL_INKS, Source, count_of, repeat_of
from flows.equipment import Equipment, equipped
from flows.marking.provenance import XMP_KEYWORD
from flows.marking.signing import Signer
from flows.marking.xmp import Localised, xmp_packet
from nst_core.codec import encode_png, read_png_text
from nst_core.palettes import read_palette, write_palette
from tests.flows.marking.test_signing import write_identity
from tests.nst_core.inks.prints import FIVE, blobs, painted, palette


@pytest.fixture
def textile(tmp_path):
    path = tmp_path / "textile.png"
    Image.fromarray(painted(blobs(48, 64, 5))).save(path)
    return str(path)


def test_a_picture_becomes_composite_plates_palette_and_table(toile, textile, tmp_path):
    out = tmp_path / "plates"
    sizes = ("--width-mm", "32", "--trap-mm", "0.5")
    answer = toile(
        "separate", textile, "--inks", "5", "--repeat", "straight", *sizes, "--out", str(out), "--json"
    )
    assert answer.code == Exit.DONE, answer.err
    assert sorted(answer.json["files"]) == sorted(str(path) for path in out.iterdir())
    # drawn in five inks: 2 px/mm, so a trap of .5 mm is 1 px
    assert (answer.json["width_px"], answer.json["dpi"], answer.json["delta_e_mean"]) == (64, 50.8, 0)
    assert answer.json["coverage"] > 1
    composite = Image.open(out / "composite.png")
    assert np.array_equal(np.asarray(composite.convert("RGB")), painted(blobs(48, 64, 5)))
    assert composite.info["dpi"] == pytest.approx((50.8, 50.8), abs=0.02)
    for name in ("palette.gpl", "palette.ase"):
        assert {ink.rgb for ink in read_palette((out / name).read_bytes(), name=name).inks} == set(FIVE)
    with (out / "inks.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert sum(float(row["shows"]) for row in rows) == pytest.approx(1, abs=5e-4)
    assert Image.open(out / "plates.tif").n_frames == 6
    assert len(list(out.glob("plate-0?-*.png"))) == 5


def test_plates_and_composite_say_on_what_the_picture_says_about_itself(toile, tmp_path):
    packet = xmp_packet({"dc:title": Localised("Tee × Ikat"), "toile:Attribution": ["“Ikat” by A. Weaver"]})
    picture = tmp_path / "design.png"
    picture.write_bytes(encode_png(painted(blobs(48, 64, 5)), text={XMP_KEYWORD: packet}))
    out = tmp_path / "plates"
    assert toile("separate", str(picture), "--inks", "5", "--out", str(out)).code == Exit.DONE
    for png in out.glob("*.png"):
        assert read_png_text(png.read_bytes())[XMP_KEYWORD] == packet
    with Image.open(out / "plates.tif") as tiff:
        assert tiff.tag_v2[700].decode() == packet


def test_plates_of_a_design_go_with_its_credits_and_signatures(toile, bucket, tmp_path):
    c2pa = pytest.importorskip("c2pa", reason="the extra c2pa is not installed")
    bucket(painted(blobs(48, 64, 5)), style_licence="CC-BY-4.0", style_attribution_line="“Rosé” by A. Weaver")
    identity, out = write_identity(tmp_path), tmp_path / "plates"
    with equipped(Equipment(make_signer=lambda: Signer(identity))):
        answer = toile("separate", "abab", "--inks", "5", "--out", str(out), "--json")
    assert answer.code == Exit.DONE, answer.err
    assert "to be named: “Rosé” by A. Weaver\n" in (out / "credits.txt").read_text(encoding="utf-8")
    assert str(out / "credits.txt") in answer.json["files"]
    for png in out.glob("*.png"):
        with c2pa.Reader("image/png", png.open("rb")) as reader:
            assert json.loads(reader.json())["validation_state"] == "Valid"
    # a signature inside would be a page without a size
    with Image.open(out / "plates.tif") as tiff:
        assert tiff.n_frames == 6
    beside = (out / "plates.c2pa").read_bytes()
    assert str(out / "plates.c2pa") in answer.json["files"]
    whole = (out / "plates.tif").read_bytes()
    changed = bytes([*whole[:-20], whole[-20] ^ 1, *whole[-19:]])
    for data, state in ((whole, "Valid"), (changed, "Invalid")):
        with c2pa.Reader("image/tiff", io.BytesIO(data), manifest_data=beside) as reader:
            told = json.loads(reader.json())
            assert (told["validation_state"], reader.is_embedded()) == (state, False)
        [parent] = told["manifests"][told["active_manifest"]]["ingredients"]
        assert parent["relationship"] == "parentOf"


def test_a_given_palette_is_kept_and_plates_with_nothing_on_them_are_named(toile, textile, tmp_path):
    card = tmp_path / "card.ase"
    card.write_bytes(write_palette(palette((*FIVE, (0, 255, 255))), "ase"))
    answer = toile("separate", textile, "--palette", str(card), "--out", str(tmp_path / "plates"))
    assert answer.code == Exit.DONE, answer.err
    assert "nothing is printed with #00ffff: no plate was made" in answer.err
    assert "a trap of 0.1 mm is under half a pixel" in answer.err
    assert len(list((tmp_path / "plates").glob("plate-*.png"))) == 5


def test_the_best_inks_of_a_palette_are_taken(toile, textile, tmp_path):
    card = tmp_path / "card.gpl"
    card.write_bytes(write_palette(palette(((0, 255, 255), *FIVE)), "gpl"))
    out = ("--out", str(tmp_path / "plates"))
    answer = toile("separate", textile, "--palette", str(card), "--inks", "5", *out, "--json")
    assert {row["hex"] for row in answer.json["inks"]} == {ink.hex for ink in palette().inks}


def test_the_ground_has_a_row_and_a_swatch_and_no_plate(toile, tmp_path):
    white = (255, 255, 255)
    picture, out = tmp_path / "on-white.png", tmp_path / "plates"
    Image.fromarray(painted(blobs(48, 64, 6), (white, *FIVE))).save(picture)
    answer = toile("separate", str(picture), "--inks", "5", "--out", str(out), "--json")
    assert answer.code == Exit.DONE, answer.err
    assert (answer.json["ground"], answer.json["delta_e_mean"]) == ("#ffffff", 0)
    # untrapped at 2.5 px/mm, ink lies wherever the cloth does not show
    ground, *inks = answer.json["inks"]
    assert (ground["number"], ground["name"], ground["prints"]) == (None, "ground", 0)
    assert answer.json["coverage"] == pytest.approx(1 - ground["shows"], abs=1e-3)
    assert [row["number"] for row in inks] == [1, 2, 3, 4, 5]
    assert (len(list(out.glob("plate-0?-*.png"))), Image.open(out / "plates.tif").n_frames) == (5, 6)
    swatches = read_palette((out / "palette.gpl").read_bytes(), name="palette.gpl").inks
    assert [ink.rgb for ink in swatches if ink.name == "ground"] == [white]
    answer = toile(
        "separate", str(picture), "--inks", "6", "--ground", "none", "--out", str(tmp_path / "all")
    )
    assert len(list((tmp_path / "all").glob("plate-0?-*.png"))) == 6


def test_a_cloth_whose_colour_is_not_in_the_picture_is_told(toile, textile, tmp_path):
    answer = toile(
        "separate", textile, "--ground", "#00ffff", "--inks", "5", "--out", str(tmp_path / "plates")
    )
    assert "no ink is near the cloth's colour #00ffff: all of the picture is printed" in answer.err


def test_a_broad_light_ink_that_may_be_the_cloth_is_pointed_out(toile, tmp_path):
    # cream is 9 off white: it is printed, unless somebody says otherwise
    picture = tmp_path / "on-cream.png"
    Image.fromarray(painted(blobs(48, 64, 2), (FIVE[0], FIVE[4]))).save(picture)
    said = "#ebe1cd is printed; if it is the cloth itself that shows there, say --ground '#ebe1cd'"
    assert said in toile("separate", str(picture), "--out", str(tmp_path / "all")).err
    asked = ("--ground", "#ebe1cd", "--out", str(tmp_path / "one"), "--json")
    answer = toile("separate", str(picture), *asked)
    assert (said in answer.err, len(answer.json["inks"]), answer.json["ground"]) == (False, 2, "#ebe1cd")


def test_plates_come_at_the_resolution_that_is_asked_for(toile, textile, tmp_path):
    out = ("--out", str(tmp_path / "plates"))
    answer = toile("separate", textile, "--inks", "5", "--width-mm", "64", "--dpi", "90", *out, "--json")
    # 1 px/mm is 25.4 dpi; four times that is the first not under 90
    assert (answer.json["dpi"], answer.json["width_px"]) == (101.6, 256)


def test_a_design_repeats_as_its_row_says_unless_another_way_is_asked_for():
    design = Source(b"", "x.png", repeat="half-drop")
    assert repeat_of(design, None) == "half-drop"
    assert repeat_of(design, "straight") == "straight"
    assert repeat_of(design, "none") is None
    assert repeat_of(Source(b"", "x.png"), None) is None
    with pytest.raises(ConfigError, match="'spiral', which is no repeat"):
        repeat_of(Source(b"", "x.png", repeat="spiral"), None)


def test_a_design_in_inks_keeps_its_own_unless_others_are_asked_for():
    own = Source(b"", "x.png", inks=tuple(f"#0000{n:02x}" for n in range(12)))
    assert count_of(own, None, None) == 12
    assert count_of(own, 5, None) == 5
    assert count_of(own, None, palette()) is None
    assert count_of(Source(b"", "x.png"), None, None) == USUAL_INKS


def test_what_is_wrong_is_said_before_anything_is_written(toile, textile, tmp_path):
    out = tmp_path / "plates"
    one, many, full = tmp_path / "one.txt", tmp_path / "many.txt", tmp_path / "full"
    one.write_text("#ff0000\n")
    many.write_text("".join(f"#{n:06x}\n" for n in range(500)))
    full.mkdir()
    (full / "plate-01-old.png").touch()
    for arguments, code, said in (
        ((textile, "--palette", str(one)), Exit.USAGE, "one.txt: it has 1 colour"),
        ((textile, "--palette", str(many)), Exit.USAGE, "many.txt: it has 500 colours"),
        ((textile, "--palette", str(tmp_path / "no.ase")), Exit.USAGE, "no.ase cannot be read"),
        ((textile, "--palette", "/dev/zero"), Exit.USAGE, "more than 1 MB, as no palette has"),
        ((textile, "--inks", "3", "--min-region-mm", "50", "--width-mm", "20"), Exit.USAGE, "is one ink"),
        ((textile, "--inks", "25"), Exit.USAGE, "--inks"),
        ((textile, "--ground", "cream"), Exit.USAGE, "the cloth's colour is written as"),
        (("nowhere.png",), Exit.NOTHING_FOUND, "nowhere.png is no file here"),
        ((str(one),), Exit.FAILED, "one.txt: the file is"),
    ):
        answer = toile("separate", *arguments, "--out", str(out))
        assert (answer.code, said in answer.err) == (code, True), answer.err
    assert not out.exists()
    answer = toile("separate", textile, "--out", str(full))
    assert (answer.code, "is not an empty folder" in answer.err) == (Exit.USAGE, True)
