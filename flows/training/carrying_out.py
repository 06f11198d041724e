"""A training as it was asked for: its files one after the other, what others need first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from flows.equipment import equipment
from flows.stopping import StopFlag
from flows.training.asked import Asked, networks_of, pieces_of
from flows.training.one_piece import Result, train_piece
from flows.training.pairs import read_pairs
from flows.training.pictures import allowed, read_photos
from flows.training.student import check_kind
from flows.training.watching import Listener
from flows.training.workshop import Workshop
from nst_core.training.lessons import LESSONS

# Does a piece of work, as the work itself or as a task of that name.
AsTask = Callable[[str, Callable[[], Result]], Result]


def train_asked(
    asked: Asked,
    root: str,
    *,
    device: str,
    listener: Listener,
    stop: StopFlag | None = None,
    as_task: AsTask = lambda _title, work: work(),
) -> list[Result]:
    """Train everything that is asked for, one file after the other; what is finished is left alone.

    Args:
        asked: what is wanted.
        root: of the bucket; "" as configured.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:1``.
        listener: is told.
        stop: ends it between two steps.
        as_task: carries out one file's training.

    Returns:
        A file each: its name, keys, how the training went, its scores.

    Raises:
        ConfigError, NotFound, CatalogMissing: nothing of that name.
        TrainingImpossible: photos, licences or settings that nothing can be learnt from, or it diverged.
        TrainingBusy: another process is at it.
        StorageFull, StorageUnavailable: the last checkpoint is as it was.
        Stopped: ``stop`` said so.
    """
    networks = networks_of(asked)
    storage = equipment().storage(root)
    day = datetime.now(UTC).date()
    styles = allowed(storage, "style", asked.style_catalog, asked.rights, day=day)
    for style_id in asked.styles:
        styles.row(style_id)
    contents = allowed(storage, "content", asked.content_catalog, asked.rights, day=day)
    done: list[Result] = []
    with equipment().borrowed(device) as lent:
        shop = Workshop(
            asked, storage, contents, styles, lent.name, lent.engine, listener, stop or StopFlag()
        )
        for recipe, part in networks:
            pieces = list(pieces_of(recipe, part, asked, list(styles.rows), storage))
            for piece in pieces:
                check_kind(piece)
            if len(pieces) > 1 and pieces[0].is_shared and not asked.shared:
                listener.say(
                    f"{part.model_name} has no file that its styles share yet: that is trained first"
                )
            listener.say(f"reading {len(contents.rows):,} photos of {contents.catalog.key}")
            if LESSONS[part.kind].learns_from == "pairs":
                photos, held_out = read_pairs(pieces[0], shop)
            else:
                photos, held_out = read_photos(storage, contents, part.train, shop.patience)
            if photos.broken:
                listener.say(f"{len(photos.broken):,} photos left out, such as: {photos.broken[0]}")
            done += [
                as_task(piece.named, partial(train_piece, piece, shop, photos, held_out)) for piece in pieces
            ]
    return done
