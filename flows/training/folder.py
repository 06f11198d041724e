"""A training's own folder: where it stands, its curve and sample, at its end weights and card."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from catalogs.errors import NotFound, StorageFull
from catalogs.layout import checkpoint_key, model_prefix, training_prefix
from catalogs.models import write_model
from catalogs.storage import Storage
from configs.model_card import ModelCard
from flows.patience import Patience
from flows.training.asked import Piece
from nst_core.training import Check, Checkpoint

CURVE, SAMPLE = "learning_curve.csv", "sample.png"


@dataclass(frozen=True)
class Folder:
    """Where one file of weights is trained.

    Args:
        storage: the bucket.
        piece: what is trained.
        patience: with the storage.
    """

    storage: Storage
    piece: Piece
    patience: Patience

    @property
    def checkpoint_key(self) -> str:
        """Where the last checkpoint lies."""
        return checkpoint_key(self.piece.model, self.piece.style_id)

    def begun(self) -> Checkpoint | None:
        """Return where an earlier process stopped; None: nothing was begun.

        Raises:
            NetworkRefused: what lies there is no checkpoint.
        """
        key = self.checkpoint_key
        try:
            data = self.patience.call(lambda: self.storage.read(key))
        except NotFound:
            return None
        return Checkpoint.from_bytes(data, name=key)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint in the place of the one before.

        Raises:
            StorageFull: there is no room; the one before is as it was.
        """
        key, data = self.checkpoint_key, checkpoint.to_bytes()
        try:
            self.patience.call(lambda: self.storage.write_atomic(key, data))
        except StorageFull as error:
            raise StorageFull(
                f"the checkpoint of step {checkpoint.step:,} ({len(data) / 1e6:.0f} MB) does not fit into "
                f"the storage ({error.message}); the one before it is as it was: make room, and the same "
                f"command goes on from there",
                key=key,
            ) from error

    def show(self, checks: Sequence[Check], sample: bytes | None, *, is_finished: bool) -> str:
        """Write the learning curve and the sample picture; return the sample's key.

        While it is trained they lie in the training's folder, then beside the weights.
        """
        place = (model_prefix if is_finished else training_prefix)(self.piece.model, self.piece.style_id)
        curve = curve_csv(checks)
        self.patience.call(lambda: self.storage.write_atomic(place + CURVE, curve, content_type="text/csv"))
        if sample is not None:
            self.patience.call(
                lambda: self.storage.write_atomic(place + SAMPLE, sample, content_type="image/png")
            )
        return place + SAMPLE

    def finish(self, card: ModelCard, weights: bytes) -> None:
        """Write weights and card."""
        self.patience.call(lambda: write_model(self.storage, card, weights))

    def clear(self) -> None:
        """Forget what was begun."""
        place = training_prefix(self.piece.model, self.piece.style_id)
        for key in (self.checkpoint_key, place + CURVE, place + SAMPLE):
            self.patience.call(lambda key=key: self.storage.delete(key))  # type: ignore[misc]


def curve_csv(checks: Sequence[Check]) -> bytes:
    """Return a learning curve as a table: a line a check, a column a term of the loss."""
    terms = sorted({name for check in checks for name in check.terms})
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["step", "seconds", "loss", "held_out", *terms])
    for check in checks:
        named = [f"{check.terms[name]:.6g}" if name in check.terms else "" for name in terms]
        figures = [f"{check.loss:.6g}", f"{check.held_out:.6g}"]
        table.writerow([check.step, f"{check.seconds:.1f}", *figures, *named])
    return buffer.getvalue().encode()
