"""What a design says about itself inside its file: what it was made from, how, and that a machine made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

# Keyword of the PNG's text chunk that holds the design's row of the manifest, as JSON.
ROW_KEYWORD = "toile:row"
XMP_KEYWORD = "XML:com.adobe.xmp"

# The International Press Telecommunications Council's words for how a picture came to be:
# https://cv.iptc.org/newscodes/digitalsourcetype/
IPTC_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
OPTIMISED = f"{IPTC_SOURCE_TYPES}compositeWithTrainedAlgorithmicMedia"
LAID_ONLY = f"{IPTC_SOURCE_TYPES}composite"

_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}


def digital_source_type(*, optimised: bool) -> str:
    """Return IPTC's word for a design: with a trained network's part in it, or only put together."""
    return OPTIMISED if optimised else LAID_ONLY


def xmp_packet(facts: Mapping[str, Any], *, source_type: str) -> str:
    """Return the XMP packet that picture programs and search engines read.

    Args:
        facts: ``title``, ``identifier``, ``sources``, ``rights``, ``credit``, ``tool``, ``made_at``; text,
            those that are missing or empty are left out.
        source_type: IPTC digital source type, a URI.
    """
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    told = [_element("Iptc4xmpExt:DigitalSourceType", source_type)]
    if title := _text(facts, "title"):
        told.append(f"<dc:title>{_localised(title)}</dc:title>")
    if rights := _text(facts, "rights"):
        told.append(f"<dc:rights>{_localised(rights)}</dc:rights>")
    for name, element in (
        ("identifier", "dc:identifier"),
        ("sources", "dc:source"),
        ("credit", "photoshop:Credit"),
        ("tool", "xmp:CreatorTool"),
        ("made_at", "xmp:CreateDate"),
    ):
        if value := _text(facts, name):
            told.append(_element(element, value))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {spaces}><rdf:Description rdf:about="">'
        f"{''.join(told)}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )


def _text(facts: Mapping[str, Any], name: str) -> str:
    return str(facts.get(name) or "")


def _element(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>"


def _localised(value: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(value)}</rdf:li></rdf:Alt>'
