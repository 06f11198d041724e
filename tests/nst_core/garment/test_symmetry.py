"""A garment's own mirror."""

from __future__ import annotations

import cv2
import numpy as np

from nst_core.garment.symmetry import mirror_axis, mirrored
from tests.nst_core.garment.scenes import SHIRT, draw, overlap

SHIRT_MASK = draw(SHIRT, colour=(90, 90, 90)).garment


def test_a_symmetric_garment_maps_onto_itself_also_when_turned():
    for degrees in (0, 12):
        turn = cv2.getRotationMatrix2D((110, 150), degrees, 0.9)
        mask = cv2.warpAffine(SHIRT_MASK.astype(np.uint8), turn, (240, 320)) > 0
        twin = mirrored(mask, mirror_axis(mask))
        assert overlap(twin.astype(np.float32), mask) > 0.93


def test_a_lost_sleeve_is_found_by_its_twin():
    lost = SHIRT_MASK.copy()
    lost[:, 175:] = False
    sleeve = SHIRT_MASK & ~lost
    twin = mirrored(lost, mirror_axis(SHIRT_MASK))
    assert (twin & sleeve).sum() > 0.9 * sleeve.sum()
