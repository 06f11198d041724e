from __future__ import annotations

import numpy as np

from nst_core.strength import weakened

RANDOM = np.random.default_rng(0)
PAINTED, PHOTO, PLAIN = (RANDOM.integers(0, 256, (8, 6, 3), dtype=np.uint8) for _ in range(3))


def test_nothing_is_the_photo_and_all_is_the_painting_bit_for_bit():
    for plain in (PLAIN, None):
        assert (weakened(PAINTED, PHOTO, plain, 0.0) == PHOTO).all()
        assert (weakened(PAINTED, PHOTO, plain, 1.0) == PAINTED).all()


def test_a_pattern_comes_slowly_at_first():
    # 80 to 200 over a garment that is plain; 1/8, .354, .650 of 120: 15, 42.4, 77.9
    garment, painted = (np.full((2, 2, 3), value, np.uint8) for value in (80, 200))
    steps = [weakened(painted, garment, garment, strength)[0, 0, 0] for strength in (0, 0.25, 0.5, 0.75, 1)]
    assert steps == [80, 95, 122, 158, 200]


def test_an_old_print_is_gone_before_the_pattern_is_there():
    # plain cloth of 100 with a print of 20 in it, painted 200: at a half the ground is 135, and the
    # print 80 · (1/2)⁴ = 5 below it
    photo = np.full((1, 2, 3), 100, np.uint8)
    plain, painted = photo.copy(), np.full_like(photo, 200)
    photo[0, 1] = 20
    assert weakened(painted, photo, plain, 0.5)[0, :, 0].tolist() == [135, 130]


def test_where_painting_and_plain_cloth_are_the_photo_it_stays_bit_for_bit():
    for strength in (0.1, 0.37, 0.9):
        assert (weakened(PHOTO, PHOTO, PHOTO, strength) == PHOTO).all()
