"""What stands for a style image in a card."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from nst_core.codec import decode
from nst_core.networks import pixels_sha256

RGB = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def test_it_is_the_sha256_of_the_size_a_line_end_and_the_bytes_row_by_row():
    assert pixels_sha256(RGB) == hashlib.sha256(b"2x4\n" + bytes(range(24))).hexdigest()


def test_the_same_bytes_in_another_shape_are_another_image():
    assert pixels_sha256(RGB) != pixels_sha256(RGB.reshape(4, 2, 3))


def test_two_files_of_one_picture_are_one_image():
    rgb = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
    files = [
        cv2.imencode(".png", rgb[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes()
        for level in (0, 9)
    ]
    assert files[0] != files[1]
    assert {pixels_sha256(decode(data, name="a.png").rgb) for data in files} == {pixels_sha256(rgb)}


def test_how_the_rows_lie_in_memory_is_nothing_to_it():
    assert pixels_sha256(RGB[:, ::-1][:, ::-1]) == pixels_sha256(RGB)
