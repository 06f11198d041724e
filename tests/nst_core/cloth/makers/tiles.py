"""What the tests of all makers ask of a tile: the step across its joins against the steps inside."""

from __future__ import annotations

import numpy as np

from configs.cloth import Repeat
from nst_core.cloth.makers.layout import Sheet
from nst_core.garment.pixels import Image
from nst_core.lattice import cover

REPEATS: tuple[Repeat, ...] = ("straight", "half-drop", "half-brick", "mirror")


def sheet(side_px: int = 96, *, repeat: Repeat = "straight", seed: int = 0) -> Sheet:
    return Sheet(side_px, side_px, repeat, seed)


def worst_join(tile: Image, repeat: Repeat) -> float:
    """The step across the right and lower join over the 95th percentile of the tile's own steps."""
    height, width = tile.shape[:2]
    down = np.abs(np.diff(cover(tile, repeat, height_px=height + 1, width_px=width), axis=0)).mean(
        axis=(1, 2)
    )
    across = np.abs(np.diff(cover(tile, repeat, height_px=height, width_px=width + 1), axis=1)).mean(
        axis=(0, 2)
    )
    return max(float(steps[-1] / np.percentile(steps[:-1], 95)) for steps in (down, across))
