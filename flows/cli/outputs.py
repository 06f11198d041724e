"""Files that a command leaves on this machine: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from configs.errors import ConfigError


def check_place(path: Path) -> None:
    """Make a file's folder and see that it can be written to, before the work that fills it.

    Raises:
        ConfigError: it cannot, or a folder has that name.
    """
    _replace(path, None)


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there: what lies there before stays until then.

    Raises:
        ConfigError: the folder refuses, or is full.
    """
    _replace(path, data)


def _replace(path: Path, data: bytes | None) -> None:
    beside = path.with_name(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        try:
            beside.write_bytes(data or b"")
            if data is not None:
                beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--out: {path} cannot be written ({error.strerror}); name a file in a folder that can"
        ) from error
