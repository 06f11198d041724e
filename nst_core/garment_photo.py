"""What one garment photo gives to all its designs at one size: picture, mask, light, pieces."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from configs.recipe import GarmentPart
from nst_core.codec import decode, decode_mask
from nst_core.design import DesignJob, RgbFloat, RgbImage
from nst_core.errors import EngineError
from nst_core.garment import (
    GarmentMask,
    Look,
    Piece,
    Shading,
    find_fittings,
    find_mask,
    find_pieces,
    protection,
    read_shading,
    seams,
)
from nst_core.memo import fingerprint
from nst_core.scoring.flags import UNMASKED, UPSCALED
from nst_core.sizing import to_long_side


@dataclass(frozen=True)
class Garment:
    """A garment photo, read.

    ``key`` stands for all that it was made from; ``alpha`` is where it is painted, None: everywhere.
    """

    key: Hashable
    content: RgbImage
    mask: GarmentMask | None
    alpha: RgbFloat | None
    shading: Shading | None
    flags: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()

    @property
    def shape_px(self) -> tuple[int, int]:
        """Height and width, px."""
        return self.content.shape[0], self.content.shape[1]

    @property
    def width_px(self) -> int:
        """Width of the garment, of the picture where no mask says it, px."""
        if self.mask is None:
            return self.shape_px[1]
        columns = np.flatnonzero((self.mask.alpha > 0.5).any(axis=0))
        return int(columns[-1] - columns[0] + 1) if columns.size else self.shape_px[1]


def garment_key(job: DesignJob, part: GarmentPart | None) -> Hashable:
    """Return what stands for all that a design's garment is read from."""
    files = (job.content, job.mask, job.protect)
    return (*(fingerprint(file) if file is not None else "" for file in files), job.size_px, part)


def read_garment(job: DesignJob, part: GarmentPart | None, look: Look | None) -> Garment:
    """Decode and read a design's garment; ``look`` helps to find its mask.

    Raises:
        ImageRefused: the photo, its mask or its protect mask cannot be used.
        EngineError: the design names no photo, and its recipe is not yardage.
    """
    if job.content is None:
        raise EngineError(f"design {job.design_id} has no garment, and its recipe dresses one")
    key = garment_key(job, part)
    picture = decode(job.content, name=job.content_name)
    content = to_long_side(picture.rgb, job.size_px)
    flags: tuple[str, ...] = ()
    if max(picture.rgb.shape[:2]) < job.size_px:
        flags += (UPSCALED,)
    free = None if job.protect is None else 1 - _protection(job, job.protect, content)
    if part is None:
        return Garment(key=key, content=content, mask=None, alpha=free, shading=None, flags=flags)
    catalog_mask = decode_mask(job.mask, name=job.mask_name or job.content_name) if job.mask else None
    opaque = None if picture.alpha is None else _resize_plane(picture.alpha, content.shape[:2])
    mask = find_mask(content, catalog_mask=catalog_mask, alpha=opaque, part=part, look=look)
    if mask.source == "none":
        flags += (UNMASKED,)
    shading = read_shading(content, mask.alpha, part.shading) if part.shading is not None else None
    pieces = find_pieces(mask.alpha) if part.pieces and mask.source != "none" else ()
    if shading is not None and pieces:
        shading = replace(shading, values=shading.values * seams(pieces, part.seam_depth, content.shape[:2]))
    alpha = mask.alpha if free is None else mask.alpha * free
    if part.fittings and mask.source != "none":
        alpha = alpha * (1 - find_fittings(content, mask.alpha))
    return Garment(
        key=key, content=content, mask=mask, alpha=alpha, shading=shading, flags=flags, pieces=pieces
    )


def _protection(job: DesignJob, data: bytes, content: RgbImage) -> RgbFloat:
    name = job.protect_name or job.content_name
    mask = decode_mask(data, name=name, shows="what is protected", may_be_empty=True)
    return protection(mask, int(content.shape[0]), int(content.shape[1]), name=name)


def _resize_plane(plane: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    resized = cv2.resize(plane, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)
