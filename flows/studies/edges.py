"""The edge maps of a design beside those of its photo: a picture and the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from catalogs.errors import NotFound
from catalogs.layout import design_key
from catalogs.report.labelled import labelled_grid
from catalogs.storage import Storage
from nst_core.codec import decode
from nst_core.scoring import EdgeMaps, as_picture, edge_maps


@dataclass(frozen=True, eq=False)
class Edges:
    """Photo and design at one size with their edge maps.

    Attributes:
        before, after: ``(3, H, W)`` in [0, 1].
        maps_before, maps_after: of the two.
    """

    before: Tensor
    after: Tensor
    maps_before: EdgeMaps
    maps_after: EdgeMaps

    def figures(self) -> dict[str, dict[str, float]]:
        """Return ``tv_across``, ``tv_down`` and ``energy``: before, after, their ratio unless before is 0."""
        found = {}
        for name in ("tv_across", "tv_down", "energy"):
            before, after = getattr(self.maps_before, name), getattr(self.maps_after, name)
            found[name] = {"before": before, "after": after} | ({"ratio": after / before} if before else {})
        return found

    def picture(self) -> bytes:
        """Return a PNG: the photo and its maps, below them the design and its maps."""
        return labelled_grid(
            [
                [
                    (when, _image(picture)),
                    (f"{when}, across: TV {maps.tv_across:.4f}", _image(as_picture(maps.across))),
                    (f"{when}, down: TV {maps.tv_down:.4f}", _image(as_picture(maps.down))),
                ]
                for when, picture, maps in (
                    ("before", self.before, self.maps_before),
                    ("after", self.after, self.maps_after),
                )
            ]
        )


def edges_of(storage: Storage, row: dict[str, Any]) -> Edges:
    """Return the edges of a painted design and of its photo, brought to the design's size.

    Args:
        storage: where both images are.
        row: the design's row of the manifest.

    Raises:
        NotFound: the design was not painted, or its photo is gone.
        ImageRefused: one of the two can no longer be read.
    """
    if row["status"] != "ok":
        raise NotFound(
            f"design {row['design_id']} was not painted ({row['status']}): it has no edges",
            key=design_key(row["design_id"]),
        )
    if not row.get("content_key"):
        raise NotFound(
            f"design {row['design_id']} is yardage: there is no photo whose edges it could be compared with",
            key=design_key(row["design_id"]),
        )
    design = decode(storage.read(design_key(row["design_id"])), name=design_key(row["design_id"])).rgb
    photo = decode(storage.read(row["content_key"]), name=row["content_key"]).rgb
    size = (design.shape[1], design.shape[0])
    resized = np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.LANCZOS))
    before, after = _planes(resized), _planes(design)
    return Edges(before, after, edge_maps(before), edge_maps(after))


def _planes(image: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(image.copy()).permute(2, 0, 1).float() / 255


def _image(planes: Tensor) -> Image.Image:
    return Image.fromarray((planes * 255).round().byte().permute(1, 2, 0).numpy())
