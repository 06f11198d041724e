"""Reads back what reportlab wrote: the lines of each page, their letters found by the file's own tables."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)\s*endobj", re.S)
_TEXT = re.compile(
    rb"BT (?:1 0 0 1 )?(-?[\d.]+) (-?[\d.]+) T[md]\s*(.*?)\s*ET", re.S
)  # reportlab writes a line of one font as one such block
_SHOWN = re.compile(rb"/(F\d+(?:\+\d+)?) (-?[\d.]+) Tf|\(((?:\\.|[^\\()])*)\) Tj", re.S)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.S)


@dataclass(frozen=True)
class Line:
    """Letters drawn one after another at one height: page from 1, points from the left and from below."""

    page: int
    x: float
    y: float
    size: float
    text: str


def lines_of(data: bytes) -> list[Line]:
    """Return the lines of a PDF file in the order in which they were drawn."""
    objects = {int(number): body for number, body in _OBJECT.findall(data)}
    fonts = _fonts(objects)
    lines: list[Line] = []
    for page, body in enumerate((one for one in objects.values() if re.search(rb"/Type /Page\b", one)), 1):
        content = re.search(rb"/Contents (\d+) 0 R", body)
        assert content is not None
        for x, y, inside in _TEXT.findall(_stream(objects[int(content[1])])):
            text, size, font = "", 0.0, ""
            for name, points, told in _SHOWN.findall(inside):
                if name:
                    font, size = name.decode(), float(points)
                else:
                    text += _letters(told, fonts[font])
            last = lines[-1] if lines else None
            if last and (last.page, last.y, last.size) == (page, float(y), size):
                lines[-1] = Line(page, last.x, last.y, size, last.text + text)
            else:
                lines.append(Line(page, float(x), float(y), size, text))
    return lines


def embedded_in(data: bytes) -> set[str]:
    """Return the names of the fonts whose outlines are in a PDF file."""
    return {
        name.decode()
        for name in re.findall(rb"/FontName /[A-Z]{6}\+([^\s/]+)", data)
        if b"/FontFile2" in data
    }


def _fonts(objects: dict[int, bytes]) -> dict[str, dict[int, str] | None]:
    """Return the letters of each font's codes; None where codes are UTF-16 themselves."""
    named = {
        name.decode(): objects[int(number)]
        for body in objects.values()
        for name, number in re.findall(rb"/(F\d+(?:\+\d+)?) (\d+) 0 R", body)
    }
    found: dict[str, dict[int, str] | None] = {}
    for name, body in named.items():
        table = re.search(rb"/ToUnicode (\d+) 0 R", body)
        if table is None:
            found[name] = None
            continue
        pairs = re.findall(rb"<([0-9A-F]{2})> <([0-9A-F]{4,})>", _stream(objects[int(table[1])]))
        found[name] = {
            int(code, 16): bytes.fromhex(told.decode()).decode("utf-16-be") for code, told in pairs
        }
    return found


def _letters(told: bytes, table: dict[int, str] | None) -> str:
    codes = _ESCAPED.sub(_unescaped, told)
    return codes.decode("utf-16-be") if table is None else "".join(table[code] for code in codes)


def _unescaped(found: re.Match[bytes]) -> bytes:
    mark = found[1]
    if mark.isdigit():
        return bytes([int(mark, 8)])
    return {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}.get(mark, mark)


def _stream(body: bytes) -> bytes:
    start = re.search(rb"stream\r?\n", body)
    length = re.search(rb"/Length (\d+)", body)
    assert start is not None
    assert length is not None
    data = body[start.end() :][: int(length[1])]
    if b"/ASCII85Decode" in body:
        data = base64.a85decode(data.strip().removesuffix(b"~>"))
    return zlib.decompress(data) if b"/FlateDecode" in body else data
