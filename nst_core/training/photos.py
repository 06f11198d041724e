"""The photos that networks learn from: decoded once, cut anew at every step, the same for the same step."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from nst_core.codec import decode
from nst_core.design import RgbImage
from nst_core.errors import ImageRefused, TrainingImpossible

# A photo is kept a little larger than the squares cut from it, so that they differ.
ROOM = 1.125
LEAST_PHOTOS = 2
# Decoders let go of Python while they work.
MOST_READERS = 8


@dataclass(frozen=True, eq=False)
class Photos:
    """Photos in 8 bits, the short side at least a crop's; those held out are never learnt from.

    Args:
        train, held_out: ``(h, w, 3)`` each; ``(h, w, 11)`` where they are :mod:`pairs <.pairs>`.
        broken: why each photo that could not be read was left out.
        sha256: over the files, in the order of their names.
        held_out_names: of those held out, in their order.
        grid_px: squares are cut from places that are multiples of it.
    """

    train: Sequence[RgbImage]
    held_out: Sequence[RgbImage]
    broken: tuple[str, ...]
    sha256: str
    held_out_names: tuple[str, ...] = ()
    grid_px: int = 1

    def drawn(self, step: int, *, batch: int, crop_px: int, seed: int) -> Tensor:
        """Return the squares of a step, ``(batch, 3, crop, crop)`` in [0, 1]: every photo once an epoch.

        The same step gives the same squares, whatever came before: a training that was cut off goes on
        as if nothing had been.
        """
        places = range(step * batch, (step + 1) * batch)
        rng = np.random.default_rng([seed, 1, step])
        photos = [self.train[self._at(place, seed)] for place in places]
        return _planes([_random_square(photo, crop_px, rng, self.grid_px) for photo in photos])

    def kept_out(self, crop_px: int) -> Tensor:
        """Return the middles of the photos held out, ``(n, 3, crop, crop)`` in [0, 1]."""
        return _planes([_middle(photo, crop_px, self.grid_px) for photo in self.held_out])

    def _at(self, place: int, seed: int) -> int:
        epoch, index = divmod(place, len(self.train))
        return int(np.random.default_rng([seed, 0, epoch]).permutation(len(self.train))[index])


def load_photos(
    files: Iterable[tuple[str, bytes]],
    *,
    crop_px: int,
    held_out: int,
    most_broken: float,
    seed: int,
    broken: Sequence[str] = (),
) -> Photos:
    """Decode photos and keep some of them out of the training.

    Args:
        files, held_out, most_broken, seed, broken: as :func:`kept_apart` has them.
        crop_px: side of the largest squares that will be cut.

    Raises:
        TrainingImpossible: ``too_many_broken`` with the first reasons, or ``too_few_photos``.
    """

    def read(name: str, data: bytes) -> RgbImage:
        return _small(decode(data, name=name).rgb, crop_px)

    return kept_apart(files, read, held_out=held_out, most_broken=most_broken, seed=seed, broken=broken)


def kept_apart(
    files: Iterable[tuple[str, bytes]],
    read: Callable[[str, bytes], RgbImage],
    *,
    held_out: int,
    most_broken: float,
    seed: int,
    broken: Sequence[str] = (),
    grid_px: int = 1,
) -> Photos:
    """Read files and keep some of them out of the training.

    Args:
        files: names and bytes; the names' order decides nothing.
        read: a name and its bytes → a picture no smaller than the squares that will be cut; one that cannot
            be read raises ImageRefused.
        held_out: how many are kept out, drawn by the seed.
        most_broken: the share that may be unreadable.
        seed: of the draw.
        broken: why photos are not among the files that should be; they count as unreadable.
        grid_px: squares are cut from places that are multiples of it.

    Raises:
        TrainingImpossible: ``too_many_broken`` with the first reasons, or ``too_few_photos``.
    """
    digest, amiss = hashlib.sha256(), list(broken)
    found: list[tuple[str, RgbImage]] = []
    count = len(amiss)
    named = sorted(files)

    def tried(file: tuple[str, bytes]) -> RgbImage | ImageRefused:
        try:
            return read(*file)
        except ImageRefused as error:
            return error

    with ThreadPoolExecutor(min(MOST_READERS, os.cpu_count() or 1)) as readers:
        for (name, data), one in zip(named, readers.map(tried, named), strict=True):
            count += 1
            digest.update(hashlib.sha256(data).digest())
            if isinstance(one, ImageRefused):
                amiss.append(str(one))
            else:
                found.append((name, one))
    if len(amiss) > most_broken * count:
        raise TrainingImpossible(
            f"{len(amiss)} of {count} photos cannot be read, more than most_broken ({most_broken:g}) "
            f"allows: {'; '.join(amiss[:3])}",
            code="too_many_broken",
        )
    if len(found) < held_out + LEAST_PHOTOS:
        raise TrainingImpossible(
            f"a training wants at least {held_out + LEAST_PHOTOS} photos ({held_out} are held out for its "
            f"scores), and there are {len(found)}; add photos to the content catalog, or lower held_out",
            code="too_few_photos",
        )
    order = np.random.default_rng([seed, 2]).permutation(len(found))
    kept, learnt = order[:held_out], sorted(order[held_out:])
    return Photos(
        [found[place][1] for place in learnt],
        [found[place][1] for place in kept],
        tuple(amiss),
        digest.hexdigest(),
        tuple(found[place][0] for place in kept),
        grid_px,
    )


def _small(rgb: RgbImage, crop_px: int) -> RgbImage:
    height, width = rgb.shape[:2]
    scale = round(ROOM * crop_px) / min(height, width)
    size = (max(crop_px, round(width * scale)), max(crop_px, round(height * scale)))
    shrinks = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=shrinks), dtype=np.uint8)


def _random_square(rgb: RgbImage, side: int, rng: np.random.Generator, grid: int) -> RgbImage:
    height, width = rgb.shape[:2]
    top, left = (grid * int(rng.integers((whole - side) // grid + 1)) for whole in (height, width))
    square = rgb[top : top + side, left : left + side]
    return square[:, ::-1] if rng.random() < 0.5 else square


def _middle(rgb: RgbImage, side: int, grid: int) -> RgbImage:
    top, left = ((whole - side) // 2 // grid * grid for whole in rgb.shape[:2])
    return rgb[top : top + side, left : left + side]


def _planes(squares: Sequence[RgbImage]) -> Tensor:
    return torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float().div_(255)
