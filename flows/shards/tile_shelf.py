"""Tiles of new cloth in the bucket: what one engine has finished no other one makes again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from catalogs.errors import NotFound
from catalogs.layout import tile_claim_key, tile_key
from catalogs.storage import Storage
from flows.patience import Patience
from flows.shards.claims import Claims, Lease
from flows.stopping import StopFlag
from nst_core.codec import decode, encode_png
from nst_core.design import RgbImage
from nst_core.errors import EngineError, Stopped
from nst_core.memo import Memo

log = logging.getLogger(__name__)

# Garments come cloth by cloth: few are worn at a time.
KEPT_TILES = 4
# How often is looked whether another engine has finished a tile that it is making, seconds.
LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class TileShelf:
    """The finished tiles of a storage, and leases on those that are being made.

    Losing a tile costs the time to make it again, never a design: what cannot be read is made.

    Attributes:
        storage: where they lie.
        claims: gives the leases.
        patience: with the storage.
        stop: ends waiting for others.
        names: of the tiles, by design id.
    """

    storage: Storage
    claims: Claims
    patience: Patience
    stop: StopFlag
    names: Mapping[str, str]
    _found: Memo[RgbImage] = field(default_factory=lambda: Memo(KEPT_TILES))

    def find(self, design_id: str) -> RgbImage | None:
        """Return the finished tile of a design's cloth; None where there is none yet."""
        key = tile_key(self.names[design_id])
        try:
            return self._found.get(key, lambda: self._read(key))
        except NotFound:
            return None
        except EngineError as error:
            log.warning("%s; the tile is made again", error)
            return None

    def get(self, design_id: str, make: Callable[[], RgbImage | EngineError]) -> RgbImage | EngineError:
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

    @contextmanager
    def making(self, design_ids: Sequence[str]) -> Iterator[None]:
        """Hold leases on the tiles of designs of yardage while these are painted, those that can be had."""
        with ExitStack() as held:
            for name in dict.fromkeys(self.names[one] for one in design_ids):
                key = tile_claim_key(name)
                if isinstance(lease := self.patience.call(partial(self.claims.take, key)), Lease):
                    held.enter_context(lease)
            yield

    def put(self, design_id: str, tile: RgbImage) -> None:
        """Write a finished tile, whatever is there: the same, unless it cannot be read."""
        data = encode_png(tile, text={})
        key = tile_key(self.names[design_id])
        self.patience.call(lambda: self.storage.write_atomic(key, data, content_type="image/png"))

    def _read(self, key: str) -> RgbImage:
        return decode(self.patience.call(lambda: self.storage.read(key)), name=key).rgb

    def _claim(self, design_id: str) -> Lease | None:
        key = tile_claim_key(self.names[design_id])
        lease = self.patience.call(lambda: self.claims.take(key))
        return lease if isinstance(lease, Lease) else None

    def _made(self, design_id: str, make: Callable[[], RgbImage | EngineError]) -> RgbImage | EngineError:
        tile = make()
        if not isinstance(tile, EngineError):
            self.put(design_id, tile)
        return tile
