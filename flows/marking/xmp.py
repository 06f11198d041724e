"""XMP, the words inside a picture that programs and search engines read: a packet from plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from catalogs.report.words import plain

# Of one text; a title is short, the names of all makers of a mix are not.
MAX_CHARS = 2000
# Of one list.
MAX_ITEMS = 100

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    # Ours; the top-level domain is one that nobody can own (RFC 2606).
    "toile": "https://toile.invalid/ns/1.0/",
}
_SPACES = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


@dataclass(frozen=True)
class Localised:
    """A text that XMP keeps in several languages; we say it in one."""

    text: str


Value = str | Localised | Sequence[str | Mapping[str, str]]


def xmp_packet(properties: Mapping[str, Value]) -> str:
    """Return an XMP packet, for PNG (iTXt ``XML:com.adobe.xmp``), WebP and TIFF (tag 700, UTF-8).

    Every text is put on one line of at most ``MAX_CHARS`` characters; control marks, which XML refuses, and
    marks that turn the direction of writing are left out. Lists end after ``MAX_ITEMS``. So a packet is well
    formed and bounded whatever a catalog holds.

    Args:
        properties: value by ``prefix:name``; a text, a localised text, a list of texts, or a list of
            structures with their own names. What is empty is left out.
    """
    told = "".join(_element(name, inside) for name, value in properties.items() if (inside := _inside(value)))
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_SPACES}><rdf:Description rdf:about="">'
        f"{told}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="r"?>'
    )


def _inside(value: Value) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Localised):
        text = _text(value.text)
        return f'<rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt>' if text else ""
    items = "".join(_item(one) for one in value[:MAX_ITEMS])
    return f"<rdf:Bag>{items}</rdf:Bag>" if items else ""


def _item(one: str | Mapping[str, str]) -> str:
    if isinstance(one, str):
        return f"<rdf:li>{text}</rdf:li>" if (text := _text(one)) else ""
    fields = "".join(_element(name, text) for name, value in one.items() if (text := _text(value)))
    return f'<rdf:li rdf:parseType="Resource">{fields}</rdf:li>' if fields else ""


def _text(value: str) -> str:
    return escape(plain(value, at_most=MAX_CHARS))


def _element(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>"
