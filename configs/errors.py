"""What can be wrong with a config file, as one error that holds every problem of the file.

::

    ConfigError               config_error       catch this; str() is the whole message, .problems the list

A problem says where (file, line, dotted key), what was got, what it may be, and the nearest valid name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

LISTED_NAMES = 24


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        message: what is wrong and what to do, without the place.
        file, line, key: where; ``line`` counts from 1, ``key`` is dotted (``optimise.optimiser.lr``).
        got: what stands there, as it reads in the file.
        allowed: what may stand there, where that is a short list.
        nearest: the one of ``allowed`` that was probably meant.
    """

    message: str
    file: str | None = None
    line: int | None = None
    key: str | None = None
    got: str | None = None
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        place = self.place
        return f"{place}: {self.sentence}" if place else self.sentence

    @property
    def place(self) -> str:
        """Where the problem is: ``recipes/mine.yaml, line 12``."""
        told = [self.file] if self.file else []
        told += [f"line {self.line}"] if self.line else []
        return ", ".join(told)

    @property
    def sentence(self) -> str:
        """What is wrong: the key, the message, what was got and what it may be."""
        said = f"{self.key}: {self.message}" if self.key else self.message
        if self.got is not None:
            said += f", got {self.got}"
        if self.nearest is not None:
            said += f"; did you mean {self.nearest!r}?"
        if self.allowed:
            names = ", ".join(self.allowed[:LISTED_NAMES])
            more = len(self.allowed) - LISTED_NAMES
            said += (
                f"{' It' if self.nearest else '; it'} may be {names}{f' and {more} more' if more > 0 else ''}"
            )
        return said


class ConfigError(Exception):
    """A config cannot be used; ``problems`` holds everything that is wrong with it.

    Args:
        message: what is wrong and what to do; with ``problems``, the line above their list.
        file, line, key, got, allowed, nearest: see :class:`Problem`; a single problem may be given like this.
        problems: all problems, in the order of the file.
    """

    code: ClassVar[str] = "config_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        key: str | None = None,
        got: str | None = None,
        allowed: Sequence[str] = (),
        nearest: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        where = None if file is None else str(file)
        self.message = message
        self.problems: tuple[Problem, ...] = tuple(problems) or (
            Problem(message, where, line, key, got, tuple(allowed), nearest),
        )
        first = self.problems[0]
        self.file, self.line, self.key = first.file, first.line, first.key
        self.got, self.allowed, self.nearest = first.got, first.allowed, first.nearest
        super().__init__(self._told())

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> ConfigError:
        """Return one error for all ``problems`` (at least one)."""
        if len(problems) == 1:
            return cls(problems[0].message, problems=problems)
        return cls(f"{problems[0].file or 'the config'} has {len(problems)} problems", problems=problems)

    def _told(self) -> str:
        if len(self.problems) == 1:
            return str(self.problems[0])
        return "\n".join([f"{self.message}:", *(f"  {problem}" for problem in self.problems)])

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.message, self.problems)


def _revive(kind: type[ConfigError], message: str, problems: tuple[Problem, ...]) -> ConfigError:
    return kind(message, problems=problems)
