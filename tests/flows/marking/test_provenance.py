"""A file says what it was made from, in words that other programs read."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from configs.cloth import ClothPart
from configs.optimise import OptimisePart
from configs.recipe import Recipe
from flows.marking.provenance import LAID_ONLY, OPTIMISED, XMP_KEYWORD, design_xmp, digital_source_type
from flows.marking.xmp import MAX_CHARS, NAMESPACES, Localised, xmp_packet
from flows.shards.rows import RunFacts
from nst_core.codec import encode_png, encode_thumb

FACTS = RunFacts(
    run_started_utc=datetime(2026, 11, 21, tzinfo=UTC),
    tool="Toile 1",
    statement="© House & Sons",
    statement_url="https://house.example/terms",
)
BY = "“Ikat” by A. Weaver (archive), CC-BY-SA-4.0, https://creativecommons.org/licenses/by-sa/4.0/, adapted"
ROW: dict[str, Any] = {
    "design_id": "ab" * 16,
    "batch_id": "night",
    "content_key": "content/tee.png",
    "content_sha256": "1" * 64,
    "style_key": "style/ikat.png",
    "style_sha256": "2" * 64,
    "content_title": "Tee <\"&'>",
    "style_title": "Ikat",
    "content_licence": "CC0-1.0",
    "style_licence": "CC-BY-SA-4.0",
    "style_attribution_line": BY,
    "credit": "A. Weaver",
    "content_source": "own studio",
    "style_source": "archive",
    "recipe": "toile",
    "recipe_hash": "3" * 64,
    "weights_sha256": "4" * 64,
    "size_px": 512,
    "seed": 0,
    "colorway": "",
    "engine_version": "9",
    "rendered_at_utc": datetime(2026, 11, 21, 10, tzinfo=UTC),
}


def found(packet: str, name: str) -> list[str]:
    """Return the texts of a property, read by a parser that knows nothing of XMP."""
    # the packet's own wrapping is processing instructions, which a parser passes over
    prefix, local = name.split(":")
    tree = ElementTree.fromstring(packet)
    return ["".join(one.itertext()) for one in tree.iter(f"{{{NAMESPACES[prefix]}}}{local}")]


def test_a_packet_says_what_a_design_was_made_from_and_how():
    packet = design_xmp(ROW, FACTS, source_type=OPTIMISED)
    said = {
        "Iptc4xmpExt:DigitalSourceType": OPTIMISED,
        "dc:title": "Tee <\"&'> × Ikat",
        "dc:identifier": "ab" * 16,
        "dc:rights": "© House & Sons",
        "photoshop:Credit": "A. Weaver",
        "toile:Recipe": "toile",
        "toile:RecipeHash": "3" * 64,
        "toile:WeightsSha256": "4" * 64,
        "toile:Seed": "0",
        "toile:Attribution": BY,
        "xmp:CreateDate": "2026-11-21T10:00:00+00:00",
        "xmpRights:Marked": "True",
        "xmpRights:WebStatement": "https://house.example/terms",
    }
    assert {name: found(packet, name) for name in said} == {name: [text] for name, text in said.items()}
    assert found(packet, "stRef:documentID") == [f"sha256:{digit * 64}" for digit in "12"]
    [sources] = found(packet, "dc:source")
    assert "own studio" in sources
    assert "archive" in sources
    [terms] = found(packet, "xmpRights:UsageTerms")
    assert terms.startswith("© House & Sons. Made from images under CC0-1.0, CC-BY-SA-4.0.")
    assert "To be offered under CC-BY-SA-4.0." in terms
    assert BY in terms


def test_what_is_not_known_is_left_out():
    bare = {"design_id": "ab" * 16, "credit": None}
    packet = design_xmp(bare, RunFacts(run_started_utc=FACTS.run_started_utc), source_type=LAID_ONLY)
    for name in ("photoshop:Credit", "dc:title", "xmpRights:UsageTerms", "toile:Recipe", "xmpMM:Ingredients"):
        assert found(packet, name) == []


def test_the_terms_are_found_at_the_licence_where_the_house_has_no_page():
    facts = RunFacts(run_started_utc=FACTS.run_started_utc)
    packet = design_xmp(ROW, facts, source_type=OPTIMISED)
    assert found(packet, "xmpRights:WebStatement") == ["https://creativecommons.org/licenses/by-sa/4.0/"]


def test_a_design_claims_a_trained_network_only_where_one_had_a_part_in_it():
    layers = OptimisePart.model_validate({"style": {"layers": ["relu1_1"]}})
    laid = Recipe(name="laid", cloth=ClothPart(maker="tile"))
    assert digital_source_type(laid) == LAID_ONLY
    assert digital_source_type(laid.model_copy(update={"optimise": layers})) == OPTIMISED
    refined = ClothPart(maker="toss").model_copy(update={"refine": layers})
    assert digital_source_type(laid.model_copy(update={"cloth": refined})) == OPTIMISED


@given(st.text(), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_becomes_a_packet_that_parses(text: str, items: list[str]):
    packet = xmp_packet({"dc:title": Localised(text), "dc:source": text, "toile:Attribution": items})
    kept = [one for one in found(packet, "dc:source") if one]
    # one line, nothing hidden: the marks that survive are those that a reader sees, joiners, and spaces
    assert all(unicodedata.category(mark) not in {"Cc", "Cs", "Zl", "Zp"} for one in kept for mark in one)
    if text.isascii() and text.isprintable():
        assert kept == ([" ".join(text.split())] if text.strip() else [])


def test_a_megabyte_of_text_with_control_marks_becomes_two_thousand_characters_on_one_line():
    text = "Ikat\x00\x1b[31m\u202e\n" + "x" * 2**20
    packet = xmp_packet(dict.fromkeys(("dc:source", "photoshop:Credit"), text))
    [source] = found(packet, "dc:source")
    assert source.startswith("Ikat[31m xxx")
    assert len(source) == MAX_CHARS
    assert len(packet) < 6000


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
def test_exiftool_reads_png_webp_and_tiff_alike(tmp_path: Path):
    packet = design_xmp(ROW, FACTS, source_type=OPTIMISED)
    picture = np.full((8, 8, 3), 90, np.uint8)
    tiff = io.BytesIO()
    Image.fromarray(picture).save(tiff, "TIFF", tiffinfo={700: packet.encode()})
    (tmp_path / "a.png").write_bytes(encode_png(picture, text={XMP_KEYWORD: packet}))
    (tmp_path / "b.webp").write_bytes(encode_thumb(picture, xmp=packet))
    (tmp_path / "c.tif").write_bytes(tiff.getvalue())
    command = ["exiftool", "-json", "-G1", "-struct", "-charset", "utf8", "-XMP:all", "-warning", "-error"]
    files = [str(tmp_path / name) for name in ("a.png", "b.webp", "c.tif")]
    told = json.loads(subprocess.run([*command, *files], capture_output=True, check=True, timeout=60).stdout)
    for one in told:
        assert not {"ExifTool:Warning", "ExifTool:Error"} & set(one)
        # newer versions translate the vocabulary's address into words
        spoken = one["XMP-iptcExt:DigitalSourceType"].lower().replace(" ", "")
        assert "trainedalgorithmicmedia" in spoken
        assert "own studio; style: Ikat" in one["XMP-dc:Source"]
        assert one["XMP-dc:Title"] == "Tee <\"&'> × Ikat"
        assert one["XMP-xmpRights:WebStatement"] == "https://house.example/terms"
        assert BY in one["XMP-xmpRights:UsageTerms"]
        assert one["XMP-xmpMM:Ingredients"][1] == {
            "DocumentID": f"sha256:{'2' * 64}",
            "FilePath": "style/ikat.png",
        }
        assert one["XMP-toile:WeightsSha256"] == "4" * 64
