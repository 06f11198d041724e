"""One file of weights, from its claim to its card: learnt, shown, compared, written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch

from catalogs.layout import card_key, weights_key
from catalogs.models import model_cards
from configs.model_card import Compared, ModelCard, card_text
from flows.errors import TrainingBusy
from flows.stopping import StopFlag
from flows.training.alone import alone_at
from flows.training.asked import Piece
from flows.training.cards import card_of, with_scores
from flows.training.comparing import compare
from flows.training.folder import Folder
from flows.training.pictures import Row
from flows.training.sample import sample_png
from flows.training.student import Shared, Student, same_training, settings_of, shared_file, student
from flows.training.watching import Listener
from flows.training.workshop import Textiles, Workshop, backbone_on, licences_of, textiles_of
from nst_core.errors import EngineError, TrainingImpossible
from nst_core.networks import KINDS, NetworkFiles, WeightsFile, weights_bytes
from nst_core.training import Checkpoint, Photos, Trained, train

SHOW_EVERY_S = 30.0
Result = dict[str, Any]


def train_piece(piece: Piece, shop: Workshop, photos: Photos, held_out: Mapping[str, Row]) -> Result:
    """Train one file of weights, unless it is trained so already or somebody else is at it.

    Args:
        piece: the file.
        shop: what all trainings share.
        photos: what it learns from.
        held_out: rows of the photos kept out, by the names of their files.

    Returns:
        Plain values: its name, keys, how the training went, its scores.

    Raises:
        as train_asked.
    """
    lost = StopFlag(parents=(shop.stop,))
    with alone_at(shop.storage, piece, shop.asked.command, on_lost=lost.cancel):
        try:
            return _train(piece, shop, photos, held_out, lost)
        except EngineError as error:
            if error.code == "stopped" and not shop.stop.cancelled:
                raise TrainingBusy(
                    f"another process took over the training of {piece.named}: this one was not heard of for "
                    f"a minute; its last checkpoint is kept",
                    model=piece.model,
                    style_id=piece.style_id,
                ) from error
            raise
        finally:
            lost.detach()


def _train(
    piece: Piece, shop: Workshop, photos: Photos, held_out: Mapping[str, Row], stop: StopFlag
) -> Result:
    folder = Folder(shop.storage, piece, shop.patience)
    shared = shared_file(shop.storage, piece)
    textiles = textiles_of(piece, shop)
    before = model_cards(shop.storage, piece.model)
    if not shop.asked.anew and _is_the_same(before.get(piece.style_id), piece, photos, shared, textiles):
        shop.listener.say(f"{piece.named} is trained so already, and left alone; --anew trains it again")
        return _told(before[piece.style_id], is_new=False)
    device = torch.device(shop.device)
    pupil = student(
        piece,
        textiles.seen,
        shared=shared,
        backbone=backbone_on(piece.recipe.backbone, device),
        device=device,
    )
    trained = _learn(piece, pupil, shop, folder, photos, textiles, stop)
    sample = sample_png(
        pupil.lesson, photos, textiles.seen, crop_px=piece.part.train.picture_px, device=device
    )
    kind = KINDS[piece.part.kind]
    tensors = {
        name: values
        for name, values in pupil.module.state_dict().items()
        if kind.of_style(name) != piece.is_shared
    }
    weights = weights_bytes(tensors, kind.stored)
    card = card_of(
        piece,
        pupil,
        trained,
        weights,
        numbers=sum(values.numel() for values in tensors.values()),
        photos=photos,
        contents=shop.contents,
        licences=licences_of(piece, shop),
        style_pixels=textiles.pixels,
        style_means=textiles.means,
        command=shop.asked.command,
        device=shop.engine.device_name,
    )
    card = with_scores(card, *_compared(piece, card, weights, shared, shop, held_out, textiles, stop))
    folder.show(trained.checks, sample, is_finished=True)
    folder.finish(card, weights)
    folder.clear()
    _say_done(piece, card, before, shop.listener)
    return _told(card, is_new=True)


def _learn(
    piece: Piece,
    pupil: Student,
    shop: Workshop,
    folder: Folder,
    photos: Photos,
    textiles: Textiles,
    stop: StopFlag,
) -> Trained:
    """Train, from where an earlier process stopped, and show how it goes."""
    of = same_training(piece, pupil.architecture, pupil.shared, photos, textiles.pixels)
    if shop.asked.anew:
        folder.clear()
    begun = folder.begun()
    if begun is not None and begun.of != of:
        raise TrainingImpossible(
            f"a training of {piece.named} with other settings, photos or textiles was begun and stopped at "
            f"step {begun.step:,}; train it as it was, or drop that with --anew",
            code="another_training",
        )
    where = "begins" if begun is None else f"goes on from step {begun.step:,}"
    shop.listener.say(
        f"{piece.named}: {where}, {piece.steps:,} steps at most, {len(photos.train):,} photos to learn from "
        f"and {len(photos.held_out):,} held out, on {shop.engine.device_name}"
    )
    shown_at = float("-inf")

    def keep(checkpoint: Checkpoint) -> None:
        nonlocal shown_at
        folder.keep(checkpoint)
        shop.listener.checked(piece, checkpoint.checks)
        if time.monotonic() - shown_at < SHOW_EVERY_S:
            return
        side, device = piece.part.train.picture_px, torch.device(shop.device)
        sample = sample_png(pupil.lesson, photos, textiles.seen, crop_px=side, device=device)
        key = folder.show(checkpoint.checks, sample, is_finished=False)
        shop.listener.shown(piece, checkpoint.checks, key)
        shown_at = time.monotonic()

    return train(
        pupil.lesson,
        photos,
        piece.part.train,
        of=of,
        steps=piece.steps,
        begun=begun,
        keep=keep,
        should_stop=lambda: stop.cancelled,
    )


def _compared(
    piece: Piece,
    card: ModelCard,
    weights: bytes,
    shared: Shared | None,
    shop: Workshop,
    held_out: Mapping[str, Row],
    textiles: Textiles,
    stop: StopFlag,
) -> tuple[Compared | None, str]:
    """Return the scores for the card, or why there are none."""
    if not shop.asked.compare:
        return None, "It was not compared with optimised designs (--no-compare)."
    if piece.is_shared and piece.part.pieces.style:
        return None, "It paints in no style by itself; the cards of its styles have scores."
    if piece.recipe.kind != "garment":
        return None, "It makes tiles of cloth, which are not compared with designs on garments."
    against = piece.part.train.against
    shop.listener.say(f"{piece.named}: painting garments held out, beside {against}")
    own = WeightsFile(weights, card_text(card), weights_key(piece.model, piece.style_id))
    beside = None if shared is None else shared.file
    files = NetworkFiles(own, None) if piece.is_shared else NetworkFiles(beside, own)
    try:
        found = compare(
            piece,
            files,
            list(held_out.values()),
            textiles.files,
            storage=shop.storage,
            engine=shop.engine,
            patience=shop.patience,
            should_stop=lambda: stop.cancelled,
        )
    except TrainingImpossible as error:
        shop.listener.say(f"{piece.named}: {error}")
        return None, str(error)
    return found, ""


def _is_the_same(
    card: ModelCard | None, piece: Piece, photos: Photos, shared: Shared | None, textiles: Textiles
) -> bool:
    """Say whether what is there was trained in just this way, from just these pictures."""
    if card is None:
        return False
    pixels = None if piece.is_shared else textiles.pixels[0]
    return (
        dict(card.training.settings) == settings_of(piece)
        and card.trained_on.sha256 == photos.sha256
        and card.style_pixels_sha256 == pixels
        and card.shared_sha256 == (None if shared is None else shared.sha256)
    )


def _say_done(piece: Piece, card: ModelCard, before: Mapping[str, ModelCard], listener: Listener) -> None:
    made = card.training
    listener.say(
        f"{piece.named}: done after {made.steps:,} steps and {made.minutes:.1f} min (ended by {made.ended}), "
        f"held out {made.held_out_loss:.4g}, {card.bytes / 1e6:.1f} MB"
    )
    for line in card.falls_short:
        listener.say(f"{piece.named}: {line}")
    if piece.is_shared:
        stale = [one for one, old in before.items() if one and old.shared_sha256 != card.weights_sha256]
        if stale:
            listener.say(
                f"{len(stale):,} styles were trained beside the former file and have to be trained again: "
                f"{', '.join(sorted(stale)[:8])}{' …' if len(stale) > 8 else ''}"
            )


def _told(card: ModelCard, *, is_new: bool) -> Result:
    return {
        "model": card.model,
        "style_id": card.style_id,
        "trained": is_new,
        "weights": weights_key(card.model, card.style_id),
        "card": card_key(card.model, card.style_id),
        "steps": card.training.steps,
        "minutes": card.training.minutes,
        "ended": card.training.ended,
        "held_out_loss": card.training.held_out_loss,
        "compared": None if card.compared is None else card.compared.model_dump(mode="json"),
        "falls_short": list(card.falls_short),
    }
