"""A file says what it was made from, in words that other programs read."""

from __future__ import annotations

from xml.etree import ElementTree

from flows.provenance import LAID_ONLY, OPTIMISED, digital_source_type, xmp_packet

FACTS = {
    "title": "Tee × Ikat <\"&'>",
    "identifier": "ab" * 16,
    "sources": "museum; scan",
    "rights": "garment: CC0-1.0",
    "credit": "",
    "tool": "Toile 1",
    "made_at": "2026-11-21T10:00:00+00:00",
}
IPTC = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
TITLE = "{http://purl.org/dc/elements/1.1/}title"
CREDIT = "{http://ns.adobe.com/photoshop/1.0/}Credit"


def parsed(packet: str) -> ElementTree.Element:
    # the packet's own wrapping is processing instructions, which a parser passes over
    return ElementTree.fromstring(packet)


def test_a_packet_is_xml_and_says_that_a_trained_network_had_a_part_in_it():
    tree = parsed(xmp_packet(FACTS, source_type=digital_source_type(optimised=True)))
    assert tree.find(f".//{IPTC}").text == OPTIMISED
    assert OPTIMISED.endswith("/compositeWithTrainedAlgorithmicMedia")


def test_cloth_that_was_only_laid_does_not_claim_a_network():
    assert digital_source_type(optimised=False) == LAID_ONLY


def test_words_with_marks_of_xml_arrive_as_they_were():
    tree = parsed(xmp_packet(FACTS, source_type=OPTIMISED))
    assert "".join(tree.find(f".//{TITLE}").itertext()) == FACTS["title"]


def test_what_is_not_known_is_left_out():
    assert parsed(xmp_packet(FACTS, source_type=OPTIMISED)).find(f".//{CREDIT}") is None
    assert parsed(xmp_packet({}, source_type=OPTIMISED)).find(f".//{TITLE}") is None
