"""An ASE with several groups, as a season's palettes are saved."""

from __future__ import annotations

from collections.abc import Iterable

from nst_core.palettes import Palette, write_palette


def ase_of(palettes: Iterable[Palette]) -> bytes:
    """Return one file with a group for each palette: the blocks of files of one, after one head."""
    files = [write_palette(palette, "ase") for palette in palettes]
    blocks = sum(int.from_bytes(file[8:12], "big") for file in files)
    return files[0][:8] + blocks.to_bytes(4, "big") + b"".join(file[12:] for file in files)
