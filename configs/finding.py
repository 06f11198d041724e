"""Where recipes and batches are found by name: the folder that TOILE_CONFIGS names, then our own."""

from __future__ import annotations

import os
from pathlib import Path

from configs.errors import ConfigError
from configs.nearest import nearest_name

BUILT_IN = Path(__file__).parent
FOLDERS = {"recipe": "recipes", "batch": "batches"}
SUFFIXES = (".yaml", ".yml")


def find_config(kind: str, name: str, *, beside: Path | None = None) -> Path:
    """Return the file of a recipe or batch.

    Args:
        kind: ``recipe`` or ``batch``.
        name: a name, or a path: whatever holds a slash or ends in ``.yaml``.
        beside: the file that names it; a relative path starts from its folder, else from the current one.

    Raises:
        ConfigError: there is none; the message holds the nearest name.
    """
    if is_path(name):
        path = Path(name).expanduser()
        path = path if beside is None or path.is_absolute() else beside.parent / path
        if _is_file(path):
            return path
        raise ConfigError(
            f"there is no {kind} file {name!r}", file=None if beside is None else shown_path(beside)
        )
    for folder in config_folders(kind):
        for suffix in SUFFIXES:
            if _is_file(folder / f"{name}{suffix}"):
                return folder / f"{name}{suffix}"
    known = list_configs(kind)
    raise ConfigError(
        f"there is no {kind} {name[:200]!r}; a file of your own is named by its path, like ./{kind}.yaml",
        allowed=known,
        nearest=nearest_name(name, known),
    )


def list_configs(kind: str) -> list[str]:
    """Return the names of all recipes or batches that are found by name, sorted."""
    names = {
        path.stem
        for folder in config_folders(kind)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.suffix in SUFFIXES and not path.name.startswith(".")
    }
    return sorted(names)


def config_folders(kind: str) -> list[Path]:
    """Return the folders that are searched for a kind, first to last."""
    own = os.environ.get("TOILE_CONFIGS")
    return ([Path(own).expanduser() / FOLDERS[kind]] if own else []) + [BUILT_IN / FOLDERS[kind]]


def is_path(name: str) -> bool:
    """Tell whether a text names a file rather than a recipe or batch."""
    return "/" in name or os.sep in name or name.endswith(SUFFIXES)


def shown_path(path: Path) -> str:
    """Return a path as a message shows it: relative where it lies under the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (ValueError, OSError):  # a NUL inside, a name longer than a file system keeps
        return False
