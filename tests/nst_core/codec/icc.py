"""A small writer of ICC profiles, so that colour tests need no file: primaries, D50 white, one gamma."""

import struct


def matrix_profile(red, green, blue, *, gamma: float, space: bytes = b"RGB ") -> bytes:
    """Return an ICC v2 display profile; primaries are XYZ columns adapted to D50."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 2) + b"x\0" + b"\0" * 78,
        b"cprt": b"text\0\0\0\0CC0\0",
        b"wtpt": _xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": _xyz(*red),
        b"gXYZ": _xyz(*green),
        b"bXYZ": _xyz(*blue),
    }
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    at = 128 + 4 + 12 * len(tags)
    table, bodies = b"", b""
    for name, body in tags.items():
        body += b"\0" * (-len(body) % 4)
        table += struct.pack(">4sII", name, at + len(bodies), len(body))
        bodies += body
    size = at + len(bodies)
    header = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    header = header.ljust(128, b"\0")
    return header + struct.pack(">I", len(tags)) + table + bodies


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in (x, y, z)))
