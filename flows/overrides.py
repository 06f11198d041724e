"""What one run wants otherwise than its batch's file, as flat fields: of a form, a flow or a command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from configs.batch import Batch
from configs.errors import ConfigError


@dataclass(frozen=True)
class Overrides:
    """What one run wants otherwise than the batch's file; 0, "" and False leave it as it is there.

    ``controls`` are named as in ``strength=0.7, keep_colours=luma``: one field of a form. So are
    ``contents`` (garments), ``styles`` (what they wear: ``ikat:0.7 + floral:0.3, zebra``), ``repeats`` and
    ``seeds``.
    """

    size_px: int = 0
    recipe: str = ""
    repeats: str = ""
    max_designs: int = 0
    budget_designs: int = 0
    controls: str = ""
    palette: str = ""
    contents: str = ""
    styles: str = ""
    region_styles: str = ""
    seeds: str = ""
    deterministic: bool = False

    def _filters(self, batch: Batch) -> dict[str, Any]:
        """Return the batch's filters, but for those of the side that this run names itself."""
        content = {"content_id": _listed(self.contents)} if self.contents else batch.filters.content
        return {"content": content, "style": {} if self.styles else batch.filters.style}

    def apply(self, batch: Batch) -> Batch:
        """Return the batch as this run wants it."""
        changes: dict[str, Any] = {}
        if self.size_px:
            changes["sizes_px"] = (self.size_px,)
        if self.recipe:
            changes["recipes"] = (self.recipe,)
        if self.repeats:
            changes["repeats"] = _listed(self.repeats)
        if self.max_designs:
            changes["max_designs"] = self.max_designs
        if self.budget_designs:
            changes["budget_designs"] = self.budget_designs
        if self.palette:
            changes["palette"] = self.palette
        if self.deterministic:
            changes["deterministic"] = True
        if self.region_styles:
            changes["region_styles"] = self.region_styles
        if self.styles:
            changes["styles"] = _listed(self.styles)
        if self.seeds:
            changes["seeds"] = tuple(_whole(seed) for seed in _listed(self.seeds))
        if self.contents or self.styles:
            changes["filters"] = self._filters(batch)
        if self.controls:
            changes["controls"] = batch.controls.model_dump(exclude_unset=True) | _named(self.controls)
        if not changes:
            return batch
        try:
            return Batch.model_validate(batch.model_dump(exclude_unset=True) | changes)
        except ValidationError as error:
            # A rule between keys names them itself and has no place of its own.
            told = [
                f"{'.'.join(map(str, one['loc']))}: {one['msg']}, got {one['input']!r}"
                if one["loc"]
                else one["msg"]
                for one in error.errors()
            ]
            raise ConfigError(f"the run wants otherwise than {batch.name} can: {'; '.join(told)}") from error


def _listed(field: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in field.split(","))))


def _whole(seed: str) -> int | str:
    """Return a number as one; what is none is left to the batch's own checks."""
    return int(seed) if seed.isdecimal() else seed


def _named(controls: str) -> dict[str, Any]:
    """Return the controls of ``strength=0.7, keep_colours=luma``; what they may be is checked after."""
    named: dict[str, Any] = {}
    for one in _listed(controls):
        name, equals, value = (part.strip() for part in one.partition("="))
        if not equals or not value:
            raise ConfigError(f"controls are named like strength=0.7, keep_colours=luma; got {one!r}")
        try:
            named[name] = float(value)
        except ValueError:
            named[name] = value
    return named
