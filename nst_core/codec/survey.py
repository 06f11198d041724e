"""What a file declares about itself, read by ourselves before any decoder sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Survey:
    """The declared facts of a file, and its bytes without what a decoder has no need of.

    Attributes:
        width_px, height_px: as stored, before the orientation is applied.
        clean: the file without metadata (EXIF, XMP, text): what is not there cannot be parsed wrongly, and
            no parser warns about it.
        frames: more than one for an animation; no more than two are counted.
        pages: full pages of a TIFF; thumbnails are none.
        scans: passes over the image (a progressive JPEG has about ten).
        orientation: 1..8 as in EXIF.
        bits: per sample, where the file says so; else 8.
    """

    width_px: int
    height_px: int
    clean: bytes
    frames: int = 1
    pages: int = 1
    scans: int = 1
    orientation: int = 1
    bits: int = 8


class DamageError(Exception):
    """A file contradicts its own format; ``code`` is ``truncated``, ``corrupt`` or ``unsupported_format``.

    Stays inside the codec, which turns it into an ``ImageRefused`` with the file's name.
    """

    def __init__(self, what: str, *, code: str = "corrupt", remedy: str = "save or upload it again") -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.remedy = remedy


def ends_early(got: int, expected: int) -> DamageError:
    """Return the refusal of a file of ``got`` bytes that needs at least ``expected``."""
    if expected < 10_000 or expected - got < 1000:
        what = f"the file ends after {got} of {expected} bytes"
    else:
        what = f"the file ends after {got / 1000:.0f} of {expected / 1000:.0f} kB"
    return DamageError(what, code="truncated", remedy="upload it again")
