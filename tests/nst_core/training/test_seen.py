"""Small squares of large pictures."""

import io

import numpy as np
from PIL import Image

from configs.network import TrainPart
from nst_core.training import load_photos


def png(side):
    file = io.BytesIO()
    # a ramp of one grey level a px, so that a square tells how large its picture was
    Image.fromarray(np.tile(np.arange(side, dtype=np.uint8), (side, 1))).convert("RGB").save(file, "PNG")
    return file.getvalue()


def test_squares_are_cut_from_pictures_of_the_size_that_is_seen():
    part = TrainPart(crop_px=64, seen_px=128, held_out=1)
    files = [(f"{place}.png", png(144)) for place in range(4)]
    photos = load_photos(files, crop_px=part.picture_px, held_out=1, most_broken=0, seed=0)
    # 128 px and room of an eighth are the 144 px that the ramps have
    square = photos.drawn(0, batch=1, crop_px=part.crop_px, seed=0)
    assert square.shape == (1, 3, 64, 64)
    assert round(float(square[0, 0, 0].max() - square[0, 0, 0].min()) * 255) == 63


def test_squares_alone_say_how_large_pictures_are_seen():
    assert TrainPart(crop_px=64).picture_px == 64
