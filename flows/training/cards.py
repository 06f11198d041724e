"""The card of what was trained: from which pictures, how, and how good it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import torch

from configs.model_card import Compared, ModelCard, TrainedOn, Training
from flows.training.asked import Piece
from flows.training.comparing import falls_short
from flows.training.pictures import Allowed
from flows.training.student import Student, settings_of
from nst_core.training import Photos, Trained
from nst_core.training.lessons import LESSONS

LINE = 200


def card_of(
    piece: Piece,
    student: Student,
    trained: Trained,
    weights: bytes,
    *,
    numbers: int,
    photos: Photos,
    contents: Allowed,
    licences: Sequence[str],
    style_pixels: Sequence[str],
    style_means: Sequence[tuple[float, ...]],
    command: str,
    device: str,
) -> ModelCard:
    """Return the card of trained weights, without scores.

    Args:
        piece, student, trained: the training.
        weights: the file's bytes.
        numbers: how many are in it.
        photos, contents: what it learnt from, and the catalog of these.
        licences: of all pictures.
        style_pixels, style_means: of each style image, as a card has them.
        command: the command line that asked for it.
        device: where it was trained, in words.
    """
    checks = trained.checks
    return ModelCard(
        kind=piece.part.kind,
        model=piece.model,
        style_id=piece.style_id,
        style_pixels_sha256=None if piece.is_shared else style_pixels[0],
        style_means=() if piece.is_shared else style_means[0],
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        shared_sha256=None if student.shared is None else student.shared.sha256,
        architecture=dict(student.architecture),
        weights=numbers,
        bytes=len(weights),
        trained_on=TrainedOn(
            what=_line(f"{_what(piece)} of {contents.catalog.key}{_with(piece)}"),
            photos=len(photos.train),
            held_out=len(photos.held_out),
            broken=len(photos.broken),
            licence=_line(", ".join(licences)),
            sha256=photos.sha256,
        ),
        training=Training(
            command=_line(command),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            device=_line(device),
            torch=torch.__version__,
            steps=checks[-1].step,
            minutes=round(trained.seconds / 60, 2),
            ended=trained.ended,
            rolled_back=trained.rolled_back,
            loss_first=checks[0].loss,
            loss_last=checks[-1].loss,
            held_out_loss=min(check.held_out for check in checks),
            settings=settings_of(piece),
        ),
    )


def with_scores(card: ModelCard, compared: Compared | None, why_not: str) -> ModelCard:
    """Return a card with scores, or with the reason why it has none."""
    told = (_line(why_not),) if compared is None else falls_short(compared)
    return card.model_copy(update={"compared": compared, "falls_short": told})


def _what(piece: Piece) -> str:
    pairs = LESSONS[piece.part.kind].learns_from == "pairs"
    return f"designs of {piece.part.train.against} on garments" if pairs else "garments"


def _with(piece: Piece) -> str:
    if not piece.is_shared:
        return ""
    many = len(piece.style_ids)
    return f", with the textiles {', '.join(piece.style_ids)}" if many <= 6 else f", with {many} textiles"


def _line(text: str) -> str:
    """Return a text as the one line that a card takes."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LINE else plain[: LINE - 1] + "…"
