"""Sixteen bits through a matrix and curves: littleCMS's colours, and all their steps."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from nst_core.press import SRGB, Profile, in_matrix_profile, in_profile, matrix_of, read_profile
from tests.nst_core.press.printers import dull, inked

# Adobe RGB (1998), 4.3.1.1: its primaries in D50, as its profile has them, and gamma 563/256.
ADOBE = {"r": (0.60974, 0.31111, 0.01947), "g": (0.20528, 0.62567, 0.06087), "b": (0.14919, 0.06322, 0.74457)}
GAMMA = b"curv" + struct.pack(">IIH", 0, 1, 563) + bytes(2)
# sRGB's curve as ICC writes it, kind 3.
PARAMETRIC = b"para" + struct.pack(">IHH", 0, 3, 0) + struct.pack(
    ">5i", *(round(65_536 * one) for one in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)  # fmt: skip


def wide(curve: bytes = GAMMA) -> bytes:
    """Return a display profile of Adobe's primaries: sRGB's, with other tags."""
    fixed = {name: struct.pack(">3i", *(round(65_536 * one) for one in xyz)) for name, xyz in ADOBE.items()}
    tags = {f"{name}XYZ".encode(): b"XYZ " + bytes(4) + data for name, data in fixed.items()}
    tags |= {f"{name}TRC".encode(): curve for name in ADOBE}
    tags[b"wtpt"] = b"XYZ " + bytes(4) + struct.pack(">3i", 63_190, 65_536, 54_061)
    tags[b"desc"] = b"desc" + struct.pack(">II", 0, 5) + b"Wide\0" + bytes(78)
    body, entries, at = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        entries += struct.pack(">4sII", name, at + len(body), len(data))
        body += padded
    head = bytearray(SRGB.data[:128])
    head[8:12] = bytes((2, 0x10, 0, 0))
    data = bytes(head) + struct.pack(">I", len(tags)) + entries + body
    return struct.pack(">I", len(data)) + data[4:]


@pytest.fixture(params=[GAMMA, PARAMETRIC], ids=["gamma", "parametric"])
def printer(request) -> Profile:
    return read_profile(wide(request.param), name="wide.icc")


def test_colours_are_those_of_littlecms(printer):
    rgb = np.random.default_rng(0).integers(0, 256, (200, 100, 3)).astype(np.uint8)
    ours = in_matrix_profile(rgb.astype(np.uint16) * 257, matrix_of(printer)) / 257
    apart = np.abs(ours - in_profile(rgb, printer))
    # its own eight bits are rounded twice, which shows near black alone
    assert apart.max() <= 2
    assert np.percentile(apart, 99.5) <= 0.75


def test_a_ramp_keeps_its_steps(printer):
    # eight bits would leave 256 of them
    ramp = np.repeat(np.arange(0, 65_536, 8, dtype=np.uint16)[:, None, None], 3, axis=2)
    found = in_matrix_profile(ramp, matrix_of(printer)).astype(int)
    assert (np.diff(found[..., 1], axis=0) >= 0).all()
    assert len(np.unique(found[..., 1])) > 8_000
    # grey stays grey, black black and white white: both profiles have D50's white
    assert np.ptp(found, axis=2).max() <= 40
    assert (found[0] == 0).all()
    assert found[-1].min() > 65_480


def test_srgb_into_itself_is_what_it_was():
    rgb = np.random.default_rng(1).integers(0, 65_536, (50, 40, 3)).astype(np.uint16)
    there = in_matrix_profile(rgb, matrix_of(SRGB)).astype(int)
    assert np.abs(there - rgb).max() <= 1


def test_profiles_of_tables_and_broken_ones_have_no_matrix():
    assert matrix_of(read_profile(inked(), name="inked.icc")) is None
    whole = wide()
    for data in (whole[:100], whole[:140], whole.replace(b"curv", b"xxxx")):
        assert matrix_of(Profile(data, "broken", "RGB", "screen")) is None
    falling = b"curv" + struct.pack(">II2H", 0, 2, 65_535, 0)
    assert matrix_of(Profile(wide(falling), "negative", "RGB", "screen")) is None
    assert (matrix_of(read_profile(dull(), name="dull.icc")) is None) == (b"B2A0" in dull())
