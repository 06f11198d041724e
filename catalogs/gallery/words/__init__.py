"""Everything that pages say, in one file a language: ``en.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any


class Words:
    """Sentences by name (``wall.empty``), with places for values: ``{count} designs``."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = dict(_flat(told))

    def __call__(self, name: str, /, **values: object) -> str:
        """Return a sentence; ``count`` chooses between ``<name>.one`` and ``<name>.many``.

        Raises:
            KeyError: the language has no such sentence, or a value is missing.
        """
        if "count" in values and name not in self._told:
            name = f"{name}.one" if values["count"] == 1 else f"{name}.many"
        return self._told[name].format(**{key: _shown(value) for key, value in values.items()})

    def word(self, facet: str, word: str) -> str:
        """Return what a word of the manifest is called; most are called as they are, nothing has a name."""
        return self._told.get(f"{facet}.{word or 'nothing'}", word or self._told["facet.nothing"])

    def below(self, name: str) -> dict[str, str]:
        """Return all sentences whose names start with ``name.``, by the rest: for a page's own script."""
        return {
            key.removeprefix(f"{name}."): text
            for key, text in self._told.items()
            if key.startswith(f"{name}.")
        }


def english() -> Words:
    """Return the English words."""
    text = resources.files(__package__).joinpath("en.toml").read_text(encoding="utf-8")
    return Words(tomllib.loads(text))


def _shown(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def _flat(told: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in told.items():
        name = f"{above}{key}"
        flat += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(name, str(value))]
    return flat
