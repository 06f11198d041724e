"""Files that a command is given: read up to what such a file can have, and no further."""

from __future__ import annotations

from pathlib import Path

from configs.errors import ConfigError


def read_file(path: Path, option: str, *, at_most: int, what: str) -> bytes:
    """Return a file's bytes.

    Args:
        path: of the file.
        option: that named it, as ``--profile``.
        at_most: bytes that such a file can have; a device without end is no file.
        what: such a file is, as ``profile``.

    Raises:
        ConfigError: it cannot be read, or is larger.
    """
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as error:
        raise ConfigError(f"{option}: {path} cannot be read ({error.strerror})") from error
    if len(data) > at_most:
        raise ConfigError(f"{option}: {path} has more than {at_most / 1e6:.0f} MB, as no {what} has")
    return data
