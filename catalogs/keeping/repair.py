"""Mending what `verify` found, from what is there: images, the trash, parts, plans. Nothing is deleted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from catalogs.errors import NotFound, PreconditionFailed
from catalogs.keeping.flaws import ManifestCheck, Verified
from catalogs.keeping.patching import (
    Patch,
    Patches,
    patch_parts,
    patched_manifest,
    rebuilt_manifest,
    sha256_of,
)
from catalogs.keeping.pictures import Atelier
from catalogs.keeping.totals import point_anew, sum_up
from catalogs.keeping.trash import PutAside, at_once, bring_back, put_aside
from catalogs.keeping.verification import verify
from catalogs.layout import (
    DAMAGED_PREFIX,
    LATEST_KEY,
    TRASH_PREFIX,
    batch_manifest_key,
    design_key,
    manifest_key,
    thumb_key,
)
from catalogs.parts import read_columns
from catalogs.refusals import ManifestRefused, PlanRefused
from catalogs.storage import Storage

_FROM_TRASH = "image brought back from the trash"
_ADOPTED = "image is whole and another version: rows got its digest"
_MISSING = "image is gone: rows set to missing, the next run paints it"
_DAMAGED = "image is damaged: moved to damaged/, rows set to missing, the next run paints it"


@dataclass
class Repaired:
    """What a repair did and what it left, sentences with how often each is true."""

    done: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def mend(
    storage: Storage, found: Verified, atelier: Atelier, now: datetime, *, batches: Sequence[str] = ()
) -> tuple[Repaired, Verified]:
    """Repair and look again until nothing is left, or nothing more can be done; return what was, and is now.

    Once is not always enough: a manifest that is made again may name pictures that are wrong too.

    Args:
        storage, found, atelier, now: of ``repair``.
        batches: that were looked at; none: all.
    """
    told = Repaired()
    for _ in range(ROUNDS):
        if found.sound:
            break
        this = repair(storage, found, atelier, now)
        told.done += this.done
        told.left = this.left
        found = verify(storage, batches, deep=found.deep)
        if not this.done:
            break
    return told, found


ROUNDS = 3


def repair(storage: Storage, found: Verified, atelier: Atelier, now: datetime) -> Repaired:
    """Mend what was found, as far as what is there allows.

    - An image that is gone is brought back from the trash; else its row becomes ``missing``, and the next run
      paints it.
    - An altered image that still carries its row stays, and rows get its digest. One that does not is moved
      to ``damaged/`` and counts as gone.
    - A thumbnail is made again from its image.
    - A manifest that is broken or incomplete is made again from plan, parts and images.
    - Parts get new digests too; ``summary.json`` and ``latest.json`` follow.

    A manifest that somebody published meanwhile is left to the next look.

    Args:
        storage: the bucket.
        found: of ``verify``.
        atelier: reads images and makes thumbnails.
        now: the time, aware.
    """
    return _Repair(storage, atelier, now).run(found)


class _Repair:
    def __init__(self, storage: Storage, atelier: Atelier, now: datetime) -> None:
        self._storage = storage
        self._atelier = atelier
        self._now = now
        self._told = Repaired()
        self._lock = threading.Lock()

    def run(self, found: Verified) -> Repaired:
        patches = self._pictures(found)
        touched = {check.batch_id for check in found.checks if self._manifest(check, patches)}
        touched |= {flaw.batch_id for flaw in found.others if flaw.kind == "summary_wrong"}
        lacking = [flaw.batch_id for flaw in found.others if flaw.kind == "manifest_missing"]
        touched |= {batch_id for batch_id in lacking if self._published_again(batch_id)}
        for batch_id in sorted(touched):
            if sum_up(self._storage, batch_id):
                self._tell(f"totals summed up again: {batch_id}")
        if touched or any(flaw.kind == "latest_wrong" for flaw in found.others):
            self._latest()
        return self._told

    def _pictures(self, found: Verified) -> dict[str, Patch]:
        """Mend images, then thumbnails; return what rows have to say otherwise, by design."""
        images = sorted(_wrong(found, "image_missing", "image_altered"))
        thumbs = _wrong(found, "thumb_missing", "thumb_altered")
        patches = dict(zip(images, at_once(self._image, images), strict=True))
        gone = {name for name, patch in patches.items() if patch.is_missing}
        painted = sorted(thumbs - gone)
        for name, sha256 in zip(painted, at_once(self._thumb, painted), strict=True):
            patches[name] = replace(patches.get(name, Patch()), thumb_sha256=sha256)
        return patches

    def _image(self, design_id: str) -> Patch:
        key = design_key(design_id)
        was_in_trash = self._from_trash(key)
        try:
            data = self._storage.read(key)
        except NotFound:
            self._tell(_MISSING)
            return Patch(is_missing=True)
        if self._atelier.row_inside(data, design_id) is not None:
            self._tell(_FROM_TRASH if was_in_trash else _ADOPTED)
            return Patch(image_sha256=sha256_of(data))
        put_aside(self._storage, [key], self._now, prefix=DAMAGED_PREFIX)
        self._tell(_DAMAGED)
        return Patch(is_missing=True)

    def _thumb(self, design_id: str) -> str | None:
        """Make a thumbnail again; return its digest, None where it cannot be made."""
        try:
            thumb = self._atelier.thumb_of(self._storage.read(design_key(design_id)))
        except NotFound:
            thumb = None
        if thumb is None:
            self._leave("thumbnail not made: its image cannot be read; verify --deep looks at it")
            return None
        self._storage.write_atomic(thumb_key(design_id), thumb, content_type="image/webp")
        self._tell("thumbnail made again")
        return sha256_of(thumb)

    def _tell(self, words: str) -> None:
        with self._lock:
            self._told.done[words] += 1

    def _leave(self, words: str) -> None:
        with self._lock:
            self._told.left[words] += 1

    def _from_trash(self, key: str) -> bool:
        for stamp in reversed(self._storage.folders(TRASH_PREFIX)):
            aside = f"{TRASH_PREFIX}{stamp}/{key}"
            if self._storage.exists(aside):
                return bring_back(self._storage, PutAside(aside, key, self._now, 0))
        return False

    def _manifest(self, check: ManifestCheck, patches: Patches) -> bool:
        """Write a manifest as it should be; return whether it was written."""
        names = {name.decode() for ids in check.wrong.values() for name in ids.tolist()}
        mine = {name: patches[name] for name in names if name in patches}
        if not mine and not {"manifest_unreadable", "manifest_incomplete"} & set(check.broken):
            return False
        try:
            if check.broken:
                data = rebuilt_manifest(self._storage, check.batch_id)
                words = "manifest made again from plan, parts and images"
            else:
                before = self._storage.read(check.key)
                data = patched_manifest(before, check.key, mine)
                patch_parts(self._storage, check.batch_id, before, mine)
                words = "manifest put right"
            if sha256_of(data) == check.sha256:
                return False
            if not self._write(check, data):
                return False
        except (NotFound, PlanRefused, ManifestRefused) as error:
            self._leave(f"{check.key} cannot be made again: {error}")
            return False
        self._tell(f"{words}: {check.batch_id}")
        return True

    def _published_again(self, batch_id: str) -> bool:
        """Write a published manifest that is gone, from the batch's own copy or anew."""
        own = batch_manifest_key(batch_id)
        try:
            try:
                data = self._storage.read(own)
                read_columns(data, key=own, columns=["design_id"])
            except (NotFound, ManifestRefused):
                data = rebuilt_manifest(self._storage, batch_id)
                self._storage.write_atomic(own, data)
            self._storage.write_atomic(manifest_key(batch_id), data, if_absent=True)
        except PreconditionFailed:
            return False  # it was published meanwhile
        except (NotFound, PlanRefused, ManifestRefused) as error:
            self._leave(f"{manifest_key(batch_id)} cannot be made again: {error}")
            return False
        self._tell(f"published manifest made again: {batch_id}")
        return True

    def _write(self, check: ManifestCheck, data: bytes) -> bool:
        """Write a manifest over the version that was looked at, the batch's own copy first."""
        own = batch_manifest_key(check.batch_id)
        try:
            if check.is_published and self._digest(own) in ("", check.sha256):
                self._storage.write_atomic(own, data)
            self._storage.write_atomic(check.key, data, if_match=check.etag)
        except PreconditionFailed:
            self._leave(f"{check.key} was published anew meanwhile: verify it again")
            return False
        return True

    def _digest(self, key: str) -> str:
        try:
            return sha256_of(self._storage.read(key))
        except NotFound:
            return ""

    def _latest(self) -> None:
        try:
            if key := point_anew(self._storage):
                self._tell(f"{LATEST_KEY} names {key}")
        except (PreconditionFailed, NotFound) as error:
            self._leave(f"{LATEST_KEY}: {error.message}")


def _wrong(found: Verified, *kinds: str) -> set[str]:
    ids = (ids for check in found.checks for kind, ids in check.wrong.items() if kind in kinds)
    return {name.decode() for some in ids for name in some.tolist()}
