"""What a run leaves for the next one: a design's image with its row inside, its thumbnail, a shard's part."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from catalogs.errors import NotFound, PreconditionFailed
from catalogs.layout import design_key, thumb_key
from catalogs.manifest import OK, row_from_json, row_to_json
from catalogs.parts import RESULTS_SCHEMA, read_rows
from catalogs.refusals import ManifestRefused
from catalogs.report.words import plain
from catalogs.storage import Storage
from flows.marking.provenance import (
    ENVIRONMENT_KEYWORD,
    ROW_KEYWORD,
    XMP_KEYWORD,
    design_xmp,
    environment_text,
)
from flows.marking.signing import Signer
from flows.observability.signals import span
from flows.patience import Patience
from flows.shards.rows import PlanRow, Row, RunFacts, adopted_row
from nst_core.codec import decode, encode_png, encode_thumb, read_png_text
from nst_core.design import RgbImage
from nst_core.errors import EngineError

log = logging.getLogger(__name__)

# An image is no place for what a catalog's extra columns may hold: 200 cells of 4,096 characters.
MAX_ROW_BYTES = 1_000_000
CUT_CHARS = 200


@dataclass(frozen=True)
class FinishedDesigns:
    """The images and thumbnails of designs in a storage.

    An image and its row are one object, written in one atomic write and never replaced by another image of
    the same design: what is there is whole, and whoever comes second takes it over. (A digest of the file
    cannot be inside the file: in that row it is empty.)

    The disk is waited for once a shard, by ``sync``, and not twice a design: until a part names them, files
    that a power cut takes are painted again.

    ``extras`` names the catalogs' extra columns in the rows; a ``signer`` signs what is written.
    """

    storage: Storage
    patience: Patience
    extras: tuple[str, ...] = ()
    signer: Signer | None = None

    def take_over(self, planned: PlanRow) -> Row | None:
        """Return the row of a design that an earlier run finished; None when there is nothing to take over.

        A thumbnail that is missing (the run died between the two) or cut (the power went) is made again.
        """
        design_id = planned["design_id"]
        key = design_key(design_id)
        try:
            data = self.patience.call(lambda: self.storage.read(key))
        except NotFound:
            return None
        inside = row_inside(data, design_id)
        if inside is None:
            log.warning("%s is no finished design of this program; it is painted again", key)
            return None
        row = adopted_row(planned, inside) | {"image_sha256": _sha256(data)}
        if not self._has_thumb(design_id, inside["thumb_sha256"]):
            packet = read_png_text(data).get(XMP_KEYWORD, "")
            row["thumb_sha256"] = self._write_thumb(design_id, decode(data, name=key).rgb, packet)
        return row

    def write(self, row: Row, image: RgbImage, *, facts: RunFacts, source_type: str) -> Row:
        """Write image and thumbnail and return the row with their digests.

        Where another run was first with the same design, its files stay and its row is returned.

        Args:
            row: of the painted design, digests empty.
            image: ``(H, W, 3)`` uint8, sRGB.
            facts: about the run.
            source_type: IPTC digital source type.
        """
        design_id = row["design_id"]
        with span("pack", design=design_id):
            row, data, thumb = self._packed(row, image, facts, source_type)
        key = design_key(design_id)
        try:
            self.patience.call(
                lambda: self.storage.write_atomic(
                    key, data, content_type="image/png", if_absent=True, durable=False
                )
            )
        except PreconditionFailed:
            if (theirs := self.take_over(row)) is not None:
                return theirs
            self.patience.call(
                lambda: self.storage.write_atomic(key, data, content_type="image/png", durable=False)
            )
        self._write_thumb_bytes(design_id, thumb)
        return row | {"image_sha256": _sha256(data)}

    def sync(self, design_ids: Iterable[str]) -> None:
        """Make image and thumbnail of these designs outlive a power cut, whoever wrote them."""
        keys = [key(design_id) for design_id in design_ids for key in (design_key, thumb_key)]
        self.patience.call(lambda: self.storage.sync(keys))

    def _packed(
        self, row: Row, image: RgbImage, facts: RunFacts, source_type: str
    ) -> tuple[Row, bytes, bytes]:
        """Return the row with the thumbnail's digest, the image's file and the thumbnail's."""
        packet = design_xmp(row, facts, source_type=source_type)
        thumb = encode_thumb(image, xmp=packet)
        row = row | {"thumb_sha256": _sha256(thumb)}
        text = {ROW_KEYWORD: self._row_text(row), XMP_KEYWORD: packet}
        text[ENVIRONMENT_KEYWORD] = environment_text(facts.environment)
        data = encode_png(image, text=text)
        if self.signer is not None:
            data = self.signer.sign(data, row, facts, source_type=source_type)
        return row, data, thumb

    def _row_text(self, row: Row) -> str:
        """Return the row as the image carries it; of very long extra columns only how they begin."""
        text = row_to_json(row, self.extras)
        if len(text.encode()) <= MAX_ROW_BYTES:
            return text
        cut = {name: plain(row[name], at_most=CUT_CHARS) for name in self.extras if row.get(name)}
        return row_to_json(row | cut, self.extras)

    def _has_thumb(self, design_id: str, sha256: str) -> bool:
        try:
            return _sha256(self.patience.call(lambda: self.storage.read(thumb_key(design_id)))) == sha256
        except NotFound:
            return False

    def _write_thumb(self, design_id: str, image: RgbImage, packet: str) -> str:
        thumb = encode_thumb(image, xmp=packet)
        self._write_thumb_bytes(design_id, thumb)
        return _sha256(thumb)

    def _write_thumb_bytes(self, design_id: str, thumb: bytes) -> None:
        key = thumb_key(design_id)
        self.patience.call(
            lambda: self.storage.write_atomic(key, thumb, content_type="image/webp", durable=False)
        )


def rows_of_part(storage: Storage, key: str) -> dict[str, Row]:
    """Return what painting gave, by design id, from the part under ``key``; empty without a readable one.

    Raises:
        StorageUnavailable: the storage is away.
    """
    try:
        rows: list[Row] = read_rows(storage.read(key), key=key, schema=RESULTS_SCHEMA).to_pylist()
    except NotFound:
        return {}
    except ManifestRefused as error:
        log.warning("%s; it is written anew", error)
        return {}
    return {row["design_id"]: row for row in rows}


def row_inside(data: bytes, design_id: str) -> Row | None:
    """Return the row that an image carries; None for a file that is cut, foreign or another design's."""
    try:
        row = row_from_json(read_png_text(data)[ROW_KEYWORD])
    except (EngineError, ManifestRefused, KeyError):
        return None
    return row if row.get("design_id") == design_id and row.get("status") == OK else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
