"""The files that a design is made from: read once for all designs that share them, and checked."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import cast

from catalogs.errors import NotFound, StorageDenied
from catalogs.further import MOTIF
from catalogs.storage import Storage
from configs.colorways import Contrast
from configs.recipe import Recipe
from flows.patience import Patience
from flows.shards.rows import PlanRow
from flows.shards.source_errors import LicenceEnded, SourceChanged, SourceDenied, SourceMissing
from flows.shards.trained_networks import TrainedNetworks
from nst_core.design import Colorway, DesignJob, FurtherStyle
from nst_core.memo import Memo

# A grid meets one textile after the other with two dozen garments, each with its mask.
KEPT_FILES = 64
OPTIONAL_FILES = ("mask", "protect", "palette", "regions")


def check_licences(planned: PlanRow, day: date) -> None:
    """Refuse a design whose images may not be used any more: a retry may come long after the plan.

    Raises:
        LicenceEnded: a licence's last day lies before ``day``.
    """
    for what in ("content", "style"):
        last = planned.get(f"{what}_licence_expires")
        if last and date.fromisoformat(last) < day:
            image = f"the {what} image {planned[f'{what}_id']!r}"
            raise LicenceEnded(
                f"{planned[f'{what}_licence']} of {image} ended on {last}, after the batch was planned; "
                f"renew it, write its new last day into licence_expires, and run the batch again",
                what=what,
                last=last,
            )


def colorway(said: str) -> Colorway:
    """Return a colorway as the plan says it: contrast, inks, colours."""
    contrast, inks, *colours = said.split(" ")
    return Colorway(tuple(colours), int(inks), cast(Contrast, contrast))


class Sources:
    """Reads the images and masks of planned designs from one storage.

    What is wrong with one image is an :class:`EngineError`, so that it becomes the row of its designs; a
    storage that is away is waited for and then raised as it is.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._files: Memo[bytes] = Memo(KEPT_FILES)
        self._networks = TrainedNetworks(storage)

    def job(self, planned: PlanRow, recipe: Recipe, patience: Patience) -> DesignJob:
        """Return what the engine needs for a design.

        Raises:
            SourceMissing, SourceDenied, SourceChanged: about one of its files.
            NetworkUntrained, NetworkRefused: about one of the networks that its recipe paints through.
            StorageUnavailable: the storage is away for longer than the patience.
        """
        further = planned["further_styles"] or ()
        motif = next((style for style in further if style["region"] == MOTIF), None)
        mask, protect, palette, regions = (self._optional(planned, what, patience) for what in OPTIONAL_FILES)
        return DesignJob(
            design_id=planned["design_id"],
            content=self._optional(planned, "content", patience),
            content_name=planned["content_key"] or "",
            style=self._file(planned, "style", patience),
            style_name=planned["style_key"],
            size_px=planned["size_px"],
            seed=planned["seed"],
            mask=mask,
            mask_name=planned["mask_key"],
            protect=protect,
            protect_name=planned["protect_key"],
            palette=palette,
            palette_name=planned["palette_key"],
            motif=None if motif is None else self._checked(motif["key"], motif["sha256"], patience),
            motif_name=None if motif is None else motif["key"],
            motif_ratio=None if motif is None else motif["motif_ratio"],
            repeat_share=planned["repeat_share"],
            colorway=None if not planned["colorway_colours"] else colorway(planned["colorway_colours"]),
            further=tuple(
                FurtherStyle(
                    data=self._checked(style["key"], style["sha256"], patience),
                    name=style["key"],
                    share=style["share"],
                    region=style["region"],
                    motif_ratio=style["motif_ratio"],
                )
                for style in further
                if style["region"] != MOTIF
            ),
            regions=regions,
            regions_name=planned["regions_key"],
            motif_share=planned["motif_share"],
            networks=self._networks.of(planned, recipe, patience),
        )

    def _optional(self, planned: PlanRow, what: str, patience: Patience) -> bytes | None:
        return self._file(planned, what, patience) if planned[f"{what}_key"] else None

    def _file(self, planned: PlanRow, what: str, patience: Patience) -> bytes:
        return self._checked(planned[f"{what}_key"], planned[f"{what}_sha256"], patience)

    def _checked(self, key: str, sha256: str, patience: Patience) -> bytes:
        return self._files.get((key, sha256), lambda: self._read(key, sha256, patience))

    def _read(self, key: str, sha256: str, patience: Patience) -> bytes:
        try:
            data = patience.call(lambda: self._storage.read(key))
        except NotFound as error:
            raise SourceMissing(
                f"{key} was there when the batch was planned and is gone; upload it again, or take it out of "
                "the catalog, then run again",
                key=key,
            ) from error
        except StorageDenied as error:
            raise SourceDenied(f"{key} may not be read: {error}", key=key) from error
        found = hashlib.sha256(data).hexdigest()
        if found != sha256:
            raise SourceChanged(
                f"{key} has changed since the batch was planned (sha256 is {found[:12]}…, planned was "
                f"{sha256[:12]}…); run the batch again to plan with the new image",
                key=key,
                found=found,
                planned=sha256,
            )
        return data
