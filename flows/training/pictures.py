"""The catalogs' pictures as trainings take them: photos to learn from, textiles at their scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from catalogs.catalog import Catalog, load_catalog
from catalogs.errors import NotFound
from catalogs.kinds import KindName
from catalogs.rights import Image, image_problem
from catalogs.storage import Storage
from configs.network import TrainPart
from configs.recipe import Recipe
from configs.rights import RightsPart
from flows.equipment import equipment
from flows.patience import Patience
from nst_core.codec import Picture, decode
from nst_core.design import RgbFloat
from nst_core.errors import TrainingImpossible
from nst_core.textiles import seen_alone
from nst_core.training import Photos, load_photos

Row = Mapping[str, Any]
MOST_READERS = 16


@dataclass(frozen=True)
class Allowed:
    """A catalog's rows that may be learnt from, by id, and why others may not."""

    catalog: Catalog
    rows: Mapping[str, Row]
    refused: Mapping[str, str]

    @cached_property
    def licences(self) -> tuple[str, ...]:
        """The licences of these rows, each once."""
        return tuple(sorted({row["licence"] for row in self.rows.values()} - {""}))

    def row(self, name: str) -> Row:
        """Return a row by its id.

        Raises:
            NotFound: there is none; the message names the nearest.
            TrainingImpossible: its licence does not allow it.
        """
        if name in self.refused:
            raise TrainingImpossible(self.refused[name], code="rights")
        return self.rows[name] if name in self.rows else self.catalog.row(name)


def allowed(storage: Storage, kind: KindName, name: str, rights: RightsPart, *, day: date) -> Allowed:
    """Read a catalog and judge its rows by their licences.

    Raises:
        CatalogMissing, CatalogUnreadable: there is none.
    """
    catalog = load_catalog(storage, kind, name or None)
    rows, refused = {}, {}
    for row in catalog.rows.to_dict("records"):
        own = str(row[catalog.kind.id_column])
        image = Image(kind, own, row["licence"], row["licence_expires"], row["territories"])
        problem = image_problem(image, rights, day)
        if problem is None:
            rows[own] = {str(column): cell for column, cell in row.items()}
        else:
            refused[own] = problem[1]
    return Allowed(catalog, rows, refused)


def read_photos(
    storage: Storage, contents: Allowed, part: TrainPart, patience: Patience
) -> tuple[Photos, Mapping[str, Row]]:
    """Return the photos of a catalog, and the rows of those held out by the names of their files.

    Raises:
        TrainingImpossible: too few can be used, or too many are broken.
        StorageUnavailable: the storage is away for longer than the patience.
    """
    by_key = {str(row["image_key"]): row for row in contents.rows.values()}
    keys = drawn_keys(by_key, part)

    def read(key: str) -> tuple[str, bytes] | str:
        try:
            return key, patience.call(lambda: storage.read(key))
        except NotFound:
            return f"{key} is not there any more"

    with ThreadPoolExecutor(min(MOST_READERS, equipment().pace.prepare_threads)) as readers:
        found = list(readers.map(read, keys))
    try:
        photos = load_photos(
            [one for one in found if isinstance(one, tuple)],
            crop_px=part.picture_px,
            held_out=part.held_out,
            most_broken=part.most_broken,
            seed=part.seed,
            broken=[*left_out(contents), *(one for one in found if isinstance(one, str))],
        )
    except TrainingImpossible as error:
        if error.code == "too_few_photos" and contents.refused:
            first = next(iter(contents.refused.values()))
            raise TrainingImpossible(
                f"{error}; {len(contents.refused)} more may not be learnt from, such as: {first}",
                code=error.code,
            ) from None
        raise
    return photos, {name: by_key[name] for name in photos.held_out_names}


def drawn_keys(keys: Iterable[str], part: TrainPart) -> list[str]:
    """Return the keys of the photos that are learnt from, sorted: all, or as many as the seed draws."""
    known = sorted(keys)
    if len(known) <= part.most_photos:
        return known
    drawn = np.random.default_rng([part.seed, 5]).choice(len(known), part.most_photos, replace=False)
    return [known[place] for place in sorted(drawn)]


def left_out(contents: Allowed) -> list[str]:
    """Return why rows of a catalog have no picture that could be read."""
    return [f"{row.id or f'line {row.line}'}: {row.error}" for row in contents.catalog.broken]


def read_style(storage: Storage, row: Row, patience: Patience) -> tuple[bytes, Picture]:
    """Return a style image's bytes, and what they are decoded to.

    Raises:
        ImageRefused: it is no picture that we take.
        NotFound: it is gone.
    """
    key = str(row["image_key"])
    data = patience.call(lambda: storage.read(key))
    return data, decode(data, name=key)


def at_scale(pictures: Sequence[Picture], recipe: Recipe, part: TrainPart) -> list[RgbFloat]:
    """Return style images as the recipe shows them on a picture that squares are cut from.

    A motif is as large there as it is on a design of that size: a network knows strokes in px. Widths on
    cloth are left out, since they differ from garment to garment.
    """
    side = part.picture_px
    return [seen_alone(one, recipe, height_px=side, width_px=side, seed=part.seed) for one in pictures]
