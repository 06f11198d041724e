"""Tiles of new cloth in the bucket: what one engine has finished, or found impossible, no other one tries."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from catalogs.errors import NotFound
from catalogs.layout import tile_claim_key, tile_key, tile_refusal_key
from catalogs.storage import Storage
from catalogs.tile_names import tile_name
from flows.patience import Patience
from flows.shards.claims import Claims, Lease
from flows.shards.finished_tile import FinishedTile, TileUnreadable, tile_from_png, tile_to_png
from flows.shards.shard import PaintingEngine, Shard
from flows.stopping import StopFlag
from nst_core.design import Painted
from nst_core.dressing import MakeTile
from nst_core.errors import ClothUnsuitable, EngineError, Stopped
from nst_core.memo import Memo

log = logging.getLogger(__name__)

# Garments come cloth by cloth: few are worn at a time.
KEPT_TILES = 4
# How often is looked whether another engine has finished a tile that it is making, seconds.
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class TileShelf:
    """The finished tiles of a storage, leases on those that are being made, and what makers have refused.

    Losing a tile costs the time to make it again, never a design: what cannot be read is made.

    Attributes:
        storage: where they lie.
        claims: gives the leases.
        patience: with the storage.
        stop: ends waiting for others.
        names: of the tiles, by design id.
        device: what makes tiles here, as a person would name it.
        precision: what the trunk runs in.
    """

    storage: Storage
    claims: Claims
    patience: Patience
    stop: StopFlag
    names: Mapping[str, str]
    device: str
    precision: str
    _found: Memo[FinishedTile] = field(default_factory=lambda: Memo(KEPT_TILES))
    _refused: Memo[tuple[str, str]] = field(default_factory=lambda: Memo(KEPT_TILES))

    @classmethod
    def of_shard(
        cls,
        shard: Shard,
        storage: Storage,
        claims: Claims,
        patience: Patience,
        stop: StopFlag,
        engine: PaintingEngine,
    ) -> TileShelf | None:
        """Return where the tiles of a shard's cloth come from and go to; None where it shares none.

        That is textiles as they are, and yardage of less than full strength, which is no garment's tile.
        """
        recipe, cloth = shard.recipe, shard.recipe.cloth
        if cloth is None or not cloth.is_new or (recipe.kind == "yardage" and recipe.controls.strength != 1):
            return None
        names = {row["design_id"]: tile_name(row, recipe) for row in shard.planned}
        return cls(storage, claims, patience, stop, names, engine.device_name, engine.precision)

    @cached_property
    def _designs_of(self) -> Counter[str]:
        return Counter(self.names.values())

    def is_alone(self, design_id: str) -> bool:
        """Whether no other design of the shard has this tile: yardage has colorways, made of its painting."""
        return self._designs_of[self.names[design_id]] == 1

    def find(self, design_id: str) -> FinishedTile | None:
        """Return the finished tile of a design's cloth; None where there is none yet."""
        key = tile_key(self.names[design_id])
        try:
            return self._found.get(key, lambda: tile_from_png(self._read(key), name=key))
        except NotFound:
            return None
        except (EngineError, TileUnreadable) as error:
            log.warning("%s; the tile is made again", error)
            return None

    def get(self, design_id: str, make: MakeTile) -> FinishedTile | EngineError:
        """Return the tile of a design's cloth: the finished one, else made here, once for all engines.

        Whoever makes it holds a lease that the others wait for. Nobody who waits holds one.

        Args:
            design_id: the design's.
            make: makes the tile; an error is the answer, and others try for themselves.

        Raises:
            Stopped: the run was asked to stop meanwhile.
            StorageUnavailable: the storage is away for longer than the patience.
        """
        while (found := self.find(design_id)) is None:
            claim = self._claim(design_id)
            if claim is None:
                if self.stop.sleep(LOOK_EVERY_S):
                    raise Stopped("the run was asked to stop while another engine made a tile")
                continue
            with claim:
                # It may have been finished between the look and the lease.
                there = self.find(design_id)
                return self._made(design_id, make) if there is None else there
        return found

    def worn(self, design_id: str, make: MakeTile) -> Painted | EngineError:
        """Return the tile of a garment's cloth, as :meth:`get` does: what an engine asks of a shelf."""
        tile = self.get(design_id, make)
        return tile if isinstance(tile, EngineError) else tile.painted

    @contextmanager
    def making(self, design_ids: Sequence[str]) -> Iterator[frozenset[str]]:
        """Hold leases on the tiles of designs of yardage while these are painted, those that can be had.

        Yields:
            The designs whose tiles nobody else is making.
        """
        with ExitStack() as held:
            ours = set()
            for design_id in design_ids:
                if (lease := self._claim(design_id)) is not None:
                    held.enter_context(lease)
                    ours.add(design_id)
            yield frozenset(ours)

    def put(self, design_id: str, painted: Painted) -> FinishedTile:
        """Write a tile that was finished here, whatever is there: the same, unless it cannot be read."""
        tile = FinishedTile(painted, self.device, self.precision)
        data, key = tile_to_png(tile), tile_key(self.names[design_id])
        self.patience.call(lambda: self.storage.write_atomic(key, data, content_type="image/png"))
        return tile

    def refused(self, design_id: str) -> ClothUnsuitable | None:
        """Return why a maker can make no such tile, as far as it was tried before, in whatever batch."""
        key = tile_refusal_key(self.names[design_id])
        try:
            code, message = self._refused.get(key, lambda: self._refusal(key))
        except NotFound:
            return None
        except (ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read: %r; the tile is tried again", key, error)
            return None
        return ClothUnsuitable(message, code=code)

    def refuse(self, design_id: str, error: ClothUnsuitable) -> None:
        """Write down why a maker can make no such tile: all that this depends on is in the tile's name."""
        data = json.dumps({"code": error.code, "error": error.message}).encode()
        key = tile_refusal_key(self.names[design_id])
        self.patience.call(lambda: self.storage.write_atomic(key, data, content_type="application/json"))

    def _read(self, key: str) -> bytes:
        return self.patience.call(lambda: self.storage.read(key))

    def _refusal(self, key: str) -> tuple[str, str]:
        said = json.loads(self._read(key))
        return str(said["code"]), str(said["error"])

    def _claim(self, design_id: str) -> Lease | None:
        key = tile_claim_key(self.names[design_id])
        lease = self.patience.call(lambda: self.claims.take(key))
        return lease if isinstance(lease, Lease) else None

    def _made(self, design_id: str, make: MakeTile) -> FinishedTile | EngineError:
        painted = make()
        return painted if isinstance(painted, EngineError) else self.put(design_id, painted)
