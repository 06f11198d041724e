"""YAML as plain values, each with the line it stands on; nothing in a file can run code or eat the memory.

Read are mappings, sequences and scalars. Plain scalars follow YAML 1.2's core schema: ``1e-2`` is a number,
``no`` and ``2026-11-21`` are text. Refused are tags, duplicate keys, and files too large, too deep or that
unfold into too much.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from configs.errors import ConfigError, Problem
from configs.fields import KeyPath, dotted

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_VALUES = 20_000

_INT = re.compile(r"[-+]?[0-9]+")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_WORDS: dict[str, bool | None] = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True)
class Tree:
    """The mapping a file holds, and where each of its keys and items stands."""

    values: Mapping[str, Any]
    places: Mapping[KeyPath, Place]
    problems: tuple[Problem, ...] = ()


def read_yaml(path: Path, *, shown_as: str | None = None) -> Tree:
    """Read a file whose top level is a mapping.

    Duplicate keys and tags are collected as problems of the tree; the first of two equal keys counts.

    Raises:
        ConfigError: the file cannot be read, is no YAML, or is larger than a config may be.
    """
    name = shown_as or str(path)
    return parse_yaml(_read_text(path, name), name=name)


def parse_yaml(text: str, *, name: str) -> Tree:
    """Parse the text of a file called ``name``; see :func:`read_yaml`."""
    try:
        loader = _BoundedComposer(text)
        root = loader.get_single_node()
    except _TooMuchError as error:
        raise ConfigError(str(error), file=name, line=error.line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = "; ".join(part for part in (error.context, error.problem) if part)
        raise ConfigError(
            f"this is no YAML: {said}", file=name, line=mark.line + 1 if mark else None
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"this is no YAML: {str(error).splitlines()[0]}", file=name) from None
    reading = _Reading(name)
    if root is None:
        return Tree({}, {(): Place(name, 1)})
    if not isinstance(root, MappingNode):
        raise ConfigError("the file must hold keys and values, like name: toile", file=name, line=1)
    values = reading.value(root, (), 0)
    return Tree(values, reading.places, tuple(reading.problems))


def _read_text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError("there is no such file", file=name) from None
    except IsADirectoryError:
        raise ConfigError("this is a folder, not a file", file=name) from None
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror or error}", file=name) from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"the file is larger than {MAX_BYTES // 1024} kB, which no config is", file=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"the file is not UTF-8 (byte 0x{data[error.start]:02x}); save it as UTF-8", file=name, line=line
        ) from None


class _TooMuchError(Exception):
    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _BoundedComposer(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's reader up to nodes, without any construction, stopped where a file nests too deeply."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise _TooMuchError(f"the file nests deeper than {MAX_DEPTH} levels, which no config does", line)
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


@dataclass
class _Reading:
    """Nodes turned into values; aliases are followed, and what they unfold into is counted."""

    file: str
    places: dict[KeyPath, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def value(self, node: Node, path: KeyPath, depth: int) -> Any:
        line = node.start_mark.line + 1
        self.places.setdefault(path, Place(self.file, line))
        if len(self.places) > MAX_VALUES or depth > MAX_DEPTH:
            raise ConfigError(
                "the aliases of the file unfold into more than a config may hold", file=self.file, line=line
            )
        if isinstance(node, MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            self._refuse_tag(node, "seq", path)
            return [self.value(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: MappingNode, path: KeyPath, depth: int) -> dict[str, Any]:
        self._refuse_tag(node, "map", path)
        read: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._problem("a key must be a plain word", line, path)
                continue
            key = key_node.value
            if key in read:
                first = self.places[(*path, key)].line
                self._problem(f"the key stands twice (first in line {first}); keep one", line, (*path, key))
                continue
            if key == "<<":
                self._problem("merge keys are not read; use extends: between files", line, path)
                continue
            self.places[(*path, key)] = Place(self.file, line)
            read[key] = self.value(value_node, (*path, key), depth + 1)
        return read

    def _scalar(self, node: Node, path: KeyPath) -> Any:
        self._refuse_tag(node, "str", path)
        text = str(node.value)
        return plain_scalar(text) if getattr(node, "style", None) is None else text

    def _refuse_tag(self, node: Node, plain: str, path: KeyPath) -> None:
        if node.tag != f"tag:yaml.org,2002:{plain}":
            tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            self._problem(
                f"the tag {tag[:80]} is not read; write the plain value", node.start_mark.line + 1, path
            )

    def _problem(self, message: str, line: int, path: KeyPath) -> None:
        self.problems.append(Problem(message, self.file, line, dotted(path) or None))


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return what an unquoted YAML 1.2 scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= 64:
        return int(text)
    if _HEX.fullmatch(text) and len(text) <= 64:
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    return math.nan if text in (".nan", ".NaN", ".NAN") else text
