"""Pairs to learn refining from: made by a recipe's own steps, garment by garment, and remembered."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalogs.errors import NotFound
from catalogs.layout import pair_key
from configs.loading import load_recipe, recipe_hash
from configs.recipe import Recipe
from flows.equipment import equipment
from flows.training.asked import Piece
from flows.training.pictures import MOST_READERS, Row, drawn_keys, left_out
from flows.training.workshop import Workshop
from nst_core.design import DesignJob, Prepared
from nst_core.errors import EngineError, Stopped, TrainingImpossible
from nst_core.training import Photos
from nst_core.training.pairs import load_pairs, pair_bytes

# Designs that are prepared while others are painted: enough for all hands, little in memory.
AHEAD = 32
SAY_EVERY_S = 30.0


@dataclass(frozen=True)
class Wanted:
    """A pair: a garment in a textile. Its key holds all that it depends on."""

    key: str
    garment: Row
    textile: Row
    motif_share: float | None


def read_pairs(piece: Piece, shop: Workshop) -> tuple[Photos, Mapping[str, Row]]:
    """Return pairs of the catalogs' garments, each in the next textile, and the garments of those held out.

    What is not there yet is made by the recipe ``train.against`` and put into the cache, so that a training
    that is begun again, or with other settings, makes none twice. Garments that teach nothing (none is found
    on the photo) are left out.

    Raises:
        TrainingImpossible: too few garments teach, or too many files are broken.
        Stopped: the work was cancelled.
    """
    train = piece.part.train
    teacher = load_recipe(train.against)
    wanted = _wanted(piece, shop, teacher)
    why: list[str] = []
    files = list(_files(wanted, teacher, train.crop_px, shop, why))
    if why:
        shop.listener.say(f"{len(why):,} garments teach nothing and are left out, such as: {why[0]}")
    photos = load_pairs(
        files,
        crop_px=train.crop_px,
        held_out=train.held_out,
        most_broken=train.most_broken,
        seed=train.seed,
        broken=left_out(shop.contents),
    )
    garments = {one.key: one.garment for one in wanted}
    return photos, {name: garments[name] for name in photos.held_out_names}


def _wanted(piece: Piece, shop: Workshop, teacher: Recipe) -> list[Wanted]:
    train = piece.part.train
    garments = {str(row["image_key"]): row for row in shop.contents.rows.values()}
    textiles = [shop.styles.row(name) for name in piece.style_ids]
    if not textiles:
        raise TrainingImpossible(
            f"there is no textile to train {piece.named} with; add some to the style catalog", code="no_style"
        )
    keys = drawn_keys(garments, train)
    order = np.random.default_rng([train.seed, 6]).permutation(len(keys))
    told = f"{recipe_hash(teacher)} {shop.engine.version} {shop.engine.weights_sha256(teacher.backbone)}"
    found = []
    for place, key in zip(order, keys, strict=True):
        garment, textile = garments[key], textiles[int(place) % len(textiles)]
        share = _motif_share(garment, textile, shop)
        files = f"{garment['image_sha256']} {garment['mask_sha256']} {textile['image_sha256']}"
        name = hashlib.sha256(f"{told} {files} {share} {train.crop_px} {train.seed}".encode()).hexdigest()
        found.append(Wanted(pair_key(name[:32]), garment, textile, share))
    return found


def _files(
    wanted: Sequence[Wanted], teacher: Recipe, side_px: int, shop: Workshop, why: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield each pair's file; ``why`` takes the reasons of those that there are none of."""
    hands = min(MOST_READERS, equipment().pace.prepare_threads)
    said_at = time.monotonic()
    with ThreadPoolExecutor(hands) as pool:

        def begin(one: Wanted) -> Future[bytes | Prepared | EngineError]:
            return pool.submit(_begun, one, teacher, side_px, shop)

        ahead = [begin(one) for one in wanted[:AHEAD]]
        for place, one in enumerate(wanted):
            if shop.stop.cancelled:
                for future in ahead:
                    future.cancel()
                raise Stopped(f"stopped after {place:,} of {len(wanted):,} pairs, as asked; they are kept")
            begun = ahead.pop(0).result()
            if place + AHEAD < len(wanted):
                ahead.append(begin(wanted[place + AHEAD]))
            made = _made(one, begun, teacher, side_px, shop)
            if isinstance(made, bytes):
                yield one.key, made
            else:
                why.append(f"{one.garment['image_key']}: {made}")
            if time.monotonic() - said_at > SAY_EVERY_S:
                said_at = time.monotonic()
                shop.listener.say(f"pairs by {teacher.name}: {place + 1:,} of {len(wanted):,}")


def _begun(one: Wanted, teacher: Recipe, side_px: int, shop: Workshop) -> bytes | Prepared | EngineError:
    """Return a pair that is there, or the design that it is made of, prepared."""

    def read(key: str) -> bytes:
        return shop.patience.call(lambda: shop.storage.read(key))

    try:
        return read(one.key)
    except NotFound:
        pass
    content, mask, style = (
        str(row.get(column) or "")
        for row, column in ((one.garment, "image_key"), (one.garment, "mask_key"), (one.textile, "image_key"))
    )
    try:
        job = DesignJob(
            design_id=one.key,
            content=read(content),
            content_name=content,
            style=read(style),
            style_name=style,
            size_px=side_px,
            seed=0,
            mask=read(mask) if mask else None,
            mask_name=mask or None,
            motif_share=one.motif_share,
        )
        return shop.engine.prepare(job, teacher)
    except NotFound as error:
        return EngineError(str(error), code="missing_image")
    except EngineError as error:
        return error


def _made(
    one: Wanted, begun: bytes | Prepared | EngineError, teacher: Recipe, side_px: int, shop: Workshop
) -> bytes | EngineError:
    """Return a pair's file, painted now where it was not there."""
    if not isinstance(begun, Prepared):
        return begun
    try:
        data = pair_bytes(shop.engine.pair(begun, teacher, side_px=side_px))
    except EngineError as error:
        return error
    shop.patience.call(lambda: shop.storage.write_atomic(one.key, data, durable=False))
    return data


def _motif_share(garment: Row, textile: Row, shop: Workshop) -> float | None:
    """Return how wide a textile is beside the garment, where both catalogs say how wide theirs are."""
    wide: list[Any] = [
        textile[shop.styles.catalog.kind.width_column],
        garment[shop.contents.catalog.kind.width_column],
    ]
    return float(wide[0] / wide[1]) if all(np.isfinite(one) for one in wide) else None
