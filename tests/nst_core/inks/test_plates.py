"""Plates: together they are the composite, whatever is trapped; alone they are films at their scale."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import distance_transform_edt

from nst_core.codec import encode_plate_png, encode_plates_tiff
from nst_core.inks import Difference, Separated, plates_of, printed, total_coverage
from nst_core.inks.plates import printing_order
from tests.nst_core.inks.prints import FIVE, blobs, endless_labels, painted, palette

COLOURS = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=2, max_size=24, unique=True)
REPEATS = st.sampled_from(["straight", "half-drop", "half-brick", "mirror", None])


def in_inks(inks, colours=FIVE, repeat="straight", px_per_mm=10.0, ground=None) -> Separated:
    off = Difference(0, 0)
    return Separated(palette(colours), inks, painted(inks, colours), repeat, px_per_mm, off, ground)


@settings(max_examples=60, deadline=None)
@given(colours=COLOURS, repeat=REPEATS, trap_mm=st.floats(0, 1.2), seed=st.integers(0, 99), any_ink=st.data())
def test_plates_on_their_cloth_print_the_composite_exactly(colours, repeat, trap_mm, seed, any_ink):
    inks = np.random.default_rng(seed).integers(0, len(colours), (12, 16), dtype=np.uint8)
    ground = any_ink.draw(st.none() | st.integers(0, len(colours) - 1))
    separated = in_inks(inks, colours, repeat, ground=ground)
    plates = plates_of(separated, trap_mm=trap_mm)
    cloth = (255, 255, 255) if ground is None else colours[ground]
    assert np.array_equal(printed(plates, cloth), separated.composite)
    # nothing is printed on the ground, whatever is trapped beside it
    assert not any(plate.prints[inks == ground].any() for plate in plates)
    assert len(plates) == len(colours) - (ground is not None)


@settings(max_examples=30, deadline=None)
@given(colours=COLOURS, repeat=REPEATS, trap_mm=st.floats(0, 1.2))
def test_each_place_shows_one_ink_and_coverages_sum(colours, repeat, trap_mm):
    plates = plates_of(in_inks(blobs(24, 32, len(colours)), colours, repeat), trap_mm=trap_mm)
    assert np.array_equal(sum(plate.shows.astype(int) for plate in plates), np.ones((24, 32), int))
    assert all((plate.prints | ~plate.shows).all() for plate in plates)
    layers = sum(plate.prints.astype(int) for plate in plates)
    # every place has one layer at least, and what is counted twice is trapped
    assert layers.min() == 1
    assert total_coverage(plates) == pytest.approx(layers.mean())
    if trap_mm * 10 < 0.5:
        assert total_coverage(plates) == pytest.approx(1)


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_a_lighter_ink_spreads_by_the_trap_under_darker_ones_and_no_further(repeat):
    inks = blobs(24, 32, 5)
    plates = plates_of(in_inks(inks, repeat=repeat), trap_mm=0.3)
    order = printing_order(palette())
    endless = endless_labels(inks, repeat)
    turn = np.argsort(order)[endless]
    height, width = (side // 3 for side in endless.shape)
    middle = slice(height, height + 24), slice(width, width + 32)
    for number, plate in enumerate(plates):
        # another library measures how far each place is from the ink on the endless cloth: .3 mm are 3 px
        near = distance_transform_edt(endless != order[number]) <= 3
        expected = (turn == number) | (near & (turn > number))
        assert np.array_equal(plate.prints, expected[middle])


def test_the_ground_is_no_ink_that_lies_on_the_cloth():
    inks = blobs(24, 32, 5)
    plates = plates_of(in_inks(inks, ground=0), trap_mm=0)
    # untrapped, every place but the ground's has one layer
    assert total_coverage(plates) == pytest.approx(1 - (inks == 0).mean())
    assert [plate.number for plate in plates] == [1, 2, 3, 4]


def test_printing_goes_from_light_to_dark():
    plates = plates_of(in_inks(blobs(24, 32, 5)), trap_mm=0)
    # lightness in OKLab: 91, 61 (red), 59 (moss), 38, 21
    assert [plate.ink.rgb for plate in plates] == [FIVE[0], FIVE[1], FIVE[3], FIVE[2], FIVE[4]]
    assert [plate.number for plate in plates] == [1, 2, 3, 4, 5]


def test_a_plate_with_nothing_on_it_is_known():
    plates = plates_of(in_inks(np.zeros((8, 8), np.uint8) + (np.arange(8) % 2).astype(np.uint8)), trap_mm=0.2)
    assert [plate.empty for plate in plates].count(True) == 3
    assert {plate.coverage for plate in plates if plate.empty} == {0.0}


def test_the_tiff_holds_the_composite_and_a_film_for_each_plate():
    separated = in_inks(blobs(24, 32, 5))
    plates = plates_of(separated, trap_mm=0.2)
    names = ["Écru 1", "Madder", "Indigo", "Moss", "墨"]
    films = [(name, plate.prints) for name, plate in zip(names, plates, strict=True)]
    data = encode_plates_tiff(separated.composite, films, dpi=254)
    assert data == encode_plates_tiff(separated.composite, films, dpi=254)
    with Image.open(io.BytesIO(data)) as tiff:
        pages = []
        for page in range(tiff.n_frames):
            tiff.seek(page)
            assert (tiff.info["compression"], tiff.info["dpi"]) == ("tiff_lzw", (254, 254))
            pages.append((tiff.tag_v2[285], tiff.mode, np.asarray(tiff)))
    assert [page[:2] for page in pages] == [
        ("composite", "RGB"), ("Ecru 1", "1"), ("Madder", "1"), ("Indigo", "1"), ("Moss", "1"), ("ink", "1"),
    ]  # fmt: skip
    assert np.array_equal(pages[0][2], separated.composite)
    # black prints
    assert all(np.array_equal(page[2], ~plate.prints) for page, plate in zip(pages[1:], plates, strict=True))


def test_a_film_knows_its_ink_and_its_scale():
    film = blobs(24, 32, 2) > 0
    with Image.open(io.BytesIO(encode_plate_png("Écru", film, dpi=200))) as png:
        assert (png.mode, png.text["Title"]) == ("1", "Écru")
        assert png.info["dpi"] == pytest.approx((200, 200), abs=0.01)
        assert np.array_equal(np.asarray(png), ~film)
