"""One run of one batch in this process: what all its shards share, and what is left for them to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from catalogs.done import Done
from catalogs.frozen import FrozenBatch
from catalogs.plan import Plan
from catalogs.storage import Storage
from configs.batch import Batch
from configs.errors import ConfigError
from flows.claims import Claims
from flows.progress import Progress
from flows.rows import RunFacts
from flows.shard import Shard
from flows.signing import Signer
from flows.sources import Sources
from flows.stopping import StopFlag


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


@dataclass
class BatchRun:
    """One run of one batch in this process, from its plan to its publication.

    Attributes:
        root: as given, "" for the configured one.
        storage: at that root.
        frozen: batch and recipes as they were planned.
        plan: all designs.
        done: those that were finished when the run began.
        facts: for the rows.
        stop: ends the run.
        progress: for whoever watches.
        signer: signs the designs; None where nobody asked for it.
    """

    root: str
    storage: Storage
    frozen: FrozenBatch
    plan: Plan
    done: Done
    facts: RunFacts
    stop: StopFlag
    progress: Progress
    signer: Signer | None = None
    claims: Claims = field(init=False)
    sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        self.claims = Claims(self.storage, run=f"{self.facts.prefect_run_id} on {os.uname().nodename}")
        self.sources = Sources(self.storage)
        counts = self.plan.counts()
        self.progress.plan(
            len(self.plan), there=len(self.done), failed=counts["failed"], skipped=counts["skipped"]
        )

    @property
    def batch_id(self) -> str:
        """The batch's id, which is also its folder."""
        return self.plan.batch_id

    def shard(self, shard_id: int) -> Shard:
        """Return a shard with its recipe and the rows of the plan."""
        rows: list[dict[str, Any]] = self.plan.shard(shard_id).to_pylist()
        recipe = self.frozen.recipes[rows[0]["recipe"]]
        return Shard(self.batch_id, shard_id, recipe, tuple(rows), self.plan.extras)

    def known(self, shard: Shard) -> dict[str, Mapping[str, Any]]:
        """Return what painting gave, for the designs of a shard that were finished when the run began."""
        return {id_: self.done.row(id_) for id_ in shard.design_ids if id_ in self.done}

    def missing_by_shard(self) -> dict[int, int]:
        """Return how many designs each unfinished shard is missing, by shard id, in order."""
        ids = self.plan.render_ids.to_pylist()
        shards = self.plan.table.column("shard_id").slice(0, len(ids)).to_pylist()
        missing: dict[int, int] = {}
        for design_id, shard_id in zip(ids, shards, strict=True):
            if design_id not in self.done:
                missing[shard_id] = missing.get(shard_id, 0) + 1
        return missing
