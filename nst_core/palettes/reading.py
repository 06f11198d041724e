"""Palette files: their kind is known by content, never by name; six kinds are written."""

from __future__ import annotations

from typing import Literal, get_args

from configs.inks import FEWEST_INKS, MOST_INKS
from nst_core.palettes.aco import FIRST, SECOND, read_aco, write_aco
from nst_core.palettes.ase import MAGIC, read_ase, write_ase
from nst_core.palettes.palette import Ink, Palette, palette_of, refused
from nst_core.palettes.plain import (
    GPL_MAGIC,
    has_header,
    read_csv,
    read_gpl,
    read_list,
    unknown,
    write_csv,
    write_gpl,
    write_list,
)

FileKind = Literal["ase", "aco", "gpl", "csv", "hex", "lab"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
MAX_BYTES = 2**20


def read_palette(data: bytes, *, name: str, fewest: int = FEWEST_INKS, most: int = MOST_INKS) -> Palette:
    """Return the palette of a file: ASE, ACO (versions 1 and 2), GPL, CSV, or a list of hex or Lab.

    Args:
        data: the file.
        name: what to call it in a refusal, and the palette where it has no title.
        fewest, most: how many different colours are taken.

    Raises:
        PaletteRefused: with one of the codes ``palette_`` and ``empty``, ``too_large``, ``unknown``,
            ``truncated``, ``corrupt``, ``unsupported``, ``too_few``, ``too_many``.
    """
    if not data:
        raise refused(name, "palette_empty", "the file is empty", "upload it again")
    if len(data) > MAX_BYTES:
        what = f"it has {len(data) / 1e6:.1f} MB"
        raise refused(name, "palette_too_large", what, f"a palette has at most {most} colours")
    title, inks = _read(data, name)
    return palette_of(inks, name=name, title=title, fewest=fewest, most=most)


def write_palette(palette: Palette, kind: FileKind) -> bytes:
    """Return a file that :func:`read_palette` reads back: the same colours, in order, with their names."""
    if kind == "ase":
        return write_ase(palette)
    if kind == "aco":
        return write_aco(palette)
    if kind == "gpl":
        return write_gpl(palette).encode()
    if kind == "csv":
        return write_csv(palette).encode()
    return write_list(palette, as_lab=kind == "lab").encode()


def text_of(data: bytes, name: str) -> str:
    """Return a text file's text.

    Raises:
        PaletteRefused: ``palette_unknown``: it is none.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise unknown(name) from error
    if "\0" in text:
        raise unknown(name)
    return text


def _read(data: bytes, name: str) -> tuple[str, list[Ink]]:
    if data.startswith(MAGIC):
        return read_ase(data, name=name)
    if data.startswith((FIRST, SECOND)):
        return "", read_aco(data, name=name)
    text = text_of(data, name)
    if text.startswith(GPL_MAGIC):
        return read_gpl(text, name=name)
    return "", read_csv(text, name=name) if has_header(text) else read_list(text, name=name)
