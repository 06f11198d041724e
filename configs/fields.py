"""What every config block is made of: a frozen base, strict numbers, mappings that nobody can change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, NoReturn, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Broken:
    """A rule between several keys that a config breaks: where, what is wrong, what it may be."""

    path: KeyPath
    message: str
    got: object = None
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


class Part(BaseModel):
    """A frozen block of a config that refuses keys it does not know; equal blocks have equal hashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def broken_rules(cls, raw: object) -> Iterator[Broken]:  # noqa: ARG003 - most blocks have no such rules
        """Yield what is wrong between keys; ``raw`` may be the block or the mapping it is made from.

        A mapping that is wrong in other ways too must be readable: one look at a file finds everything.
        """
        yield from ()

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        broken = list(self.broken_rules(self))
        if broken:
            raise PydanticCustomError(RULES, "{said}", {"said": "; ".join(map(str, broken))})
        return self


RULES: Final = "rules_between_keys"


def dotted(path: KeyPath) -> str:
    """Return a path as it is written in a message: ``optimise.scales_px[1]``."""
    told = ""
    for step in path:
        told += f"[{step}]" if isinstance(step, int) else f".{step}" if told else step
    return told


def at(raw: object, *path: str) -> Any:
    """Return what lies at ``path`` in a block or in the mapping it is made from; None where nothing does."""
    for name in path:
        raw = raw.get(name) if isinstance(raw, Mapping) else getattr(raw, name, None)
    return raw


class FrozenDict(dict[str, Any]):
    """A dict that stays as it was read, so that a block can be a cache key."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("a config is frozen: make a new one with model_copy(update=...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def _freeze(value: Mapping[str, Any]) -> FrozenDict:
    return FrozenDict(value)


def _layer_weights(value: Any) -> Any:
    """Read a list of layers as equal weights that sum to 1; a null takes an inherited layer away."""
    if isinstance(value, list | tuple) and value and all(isinstance(name, str) for name in value):
        return {name: 1 / len(value) for name in value}
    if isinstance(value, Mapping):
        return {name: weight for name, weight in value.items() if weight is not None}
    return value


# Strict: a bool or a quoted "20" is a slip of the pen and not a number.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Line = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
    Field(description="One line of at most 200 characters."),
]

Layers = Annotated[
    dict[str, Annotated[Number, Field(ge=0)]],
    BeforeValidator(_layer_weights, json_schema_input_type=dict[str, float | None] | list[str]),
    AfterValidator(_freeze),
    Field(min_length=1),
]
Figures = Annotated[dict[str, str | Number], AfterValidator(_freeze)]
