"""What Prefect's pages show of a training while it runs: the learning curve, the sample picture, the log."""

from __future__ import annotations

from collections.abc import Sequence

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from catalogs.storage import Storage
from flows.artifacts import LINK_EXPIRES_S
from flows.observability.events import TRAINING_CHECKED, TRAINING_TOLD
from flows.observability.signals import happened
from flows.training.asked import Piece
from nst_core.training import Check

# A table of thousands of lines is no help; the whole curve lies beside the weights.
MOST_LINES = 60


class OnPages:
    """Tells the log of every check, and makes the artifacts anew whenever there is a new sample.

    Args:
        storage: where the samples lie.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def say(self, line: str) -> None:
        """Log a sentence."""
        happened(TRAINING_TOLD, says=line)

    def checked(self, piece: Piece, checks: Sequence[Check]) -> None:
        """Log a check."""
        last = checks[-1]
        happened(
            TRAINING_CHECKED,
            model=piece.model,
            style=piece.style_id or "(shared)",
            step=last.step,
            steps=piece.steps,
            loss=round(last.loss, 4),
            held_out=round(last.held_out, 4),
            seconds=round(last.seconds, 1),
        )

    def shown(self, piece: Piece, checks: Sequence[Check], sample_key: str) -> None:
        """Make the artifacts ``learning-curve`` and ``network-sample`` anew."""
        create_table_artifact(
            curve_rows(checks), key="learning-curve", description=f"Learning curve: {piece.named}"
        )
        picture = self._storage.presign(sample_key, expires_s=LINK_EXPIRES_S)
        create_markdown_artifact(
            f"![photos held out, and how they are painted]({picture})\n\nAfter {checks[-1].step:,} steps; "
            f"under `{self._storage.root}`: `{sample_key}`\n",
            key="network-sample",
            description=f"Photos held out, and how they are painted: {piece.named}",
        )


def curve_rows(checks: Sequence[Check]) -> list[dict[str, float]]:
    """Return a learning curve as rows, evenly thinned out where it is long; its last check stays."""
    every = -(-len(checks) // MOST_LINES)
    shown = [check for place, check in enumerate(checks, 1) if place % every == 0 or place == len(checks)]
    return [
        {
            "step": check.step,
            "loss": round(check.loss, 5),
            "held out": round(check.held_out, 5),
            "minutes": round(check.seconds / 60, 2),
        }
        for check in shown
    ]
