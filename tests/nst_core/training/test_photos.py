"""The photos that networks learn from."""

from __future__ import annotations

import io
from itertools import chain

import numpy as np
import pytest
import torch
from PIL import Image

from nst_core.errors import TrainingImpossible
from nst_core.training import load_photos

from .lessons import photos

SIDE = 32


def files(count: int = 12, broken: int = 0) -> list[tuple[str, bytes]]:
    """Photos, each of one grey that tells its number; the last ones end after 60 bytes."""
    found = []
    for place in range(count):
        buffer = io.BytesIO()
        Image.fromarray(np.full((48, 40 + place, 3), 10 * place, np.uint8)).save(buffer, "PNG")
        data = buffer.getvalue()
        found.append((f"{place:02}.png", data[:60] if place >= count - broken else data))
    return found


def loaded(given=None, **changes):
    settings = {"crop_px": SIDE, "held_out": 3, "most_broken": 0.25, "seed": 0, **changes}
    return load_photos(files() if given is None else given, **settings)


def greys(squares: torch.Tensor) -> list[int]:
    return [round(255 * float(one.mean())) // 10 for one in squares]


def test_the_same_step_draws_the_same_squares_whatever_came_before():
    one, again = photos(), photos()
    one.drawn(0, batch=2, crop_px=SIDE, seed=4)
    one.drawn(5, batch=2, crop_px=SIDE, seed=4)
    drawn = [few.drawn(7, batch=2, crop_px=SIDE, seed=4) for few in (one, again)]
    assert torch.equal(*drawn)
    assert not torch.equal(drawn[0], again.drawn(8, batch=2, crop_px=SIDE, seed=4))
    assert not torch.equal(drawn[0], again.drawn(7, batch=2, crop_px=SIDE, seed=5))


def test_every_photo_is_drawn_once_an_epoch_in_another_order():
    few = loaded()
    assert len(few.train) == 9
    steps = [greys(few.drawn(step, batch=3, crop_px=SIDE, seed=0)) for step in range(6)]
    epochs = [[*chain(*steps[:3])], [*chain(*steps[3:])]]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted({*epochs[0]})
    assert epochs[0] != epochs[1]


def test_photos_held_out_are_never_drawn():
    few = loaded()
    kept = greys(few.kept_out(SIDE))
    drawn = {grey for step in range(9) for grey in greys(few.drawn(step, batch=3, crop_px=SIDE, seed=0))}
    assert len(set(kept)) == 3
    assert drawn | set(kept) == set(range(12))
    assert not drawn & set(kept)


def test_squares_are_cut_at_random_and_some_are_mirrored():
    ramp = np.tile(np.arange(0, 240, 2, dtype=np.uint8)[None, :, None], (40, 1, 3))
    buffer = io.BytesIO()
    Image.fromarray(ramp).save(buffer, "PNG")
    few = load_photos(
        [(str(n), buffer.getvalue()) for n in range(4)], crop_px=SIDE, held_out=1, most_broken=0, seed=0
    )
    squares = torch.cat([few.drawn(step, batch=3, crop_px=SIDE, seed=0) for step in range(6)])
    rises = (squares[:, 0, 0, -1] > squares[:, 0, 0, 0]).tolist()
    assert {True, False} == set(rises)
    assert len({round(float(one.mean()), 4) for one in squares}) > 6


def test_a_photo_is_kept_a_little_larger_than_what_is_cut_from_it():
    few = loaded()
    assert {min(photo.shape[:2]) for photo in few.train} == {36}
    tiny = io.BytesIO()
    Image.new("RGB", (9, 20)).save(tiny, "PNG")
    grown = loaded([*files(), ("tiny.png", tiny.getvalue())])
    assert grown.drawn(0, batch=4, crop_px=SIDE, seed=0).shape == (4, 3, SIDE, SIDE)


def test_broken_photos_are_left_out_and_counted():
    few = loaded(files(broken=2))
    assert len(few.broken) == 2
    assert all("png" in said for said in few.broken)
    assert len(few.train) + len(few.held_out) == 10
    assert loaded(files()).broken == ()


def test_too_many_broken_photos_are_refused_with_the_first_reasons():
    with pytest.raises(TrainingImpossible) as refused:
        loaded(files(broken=4))
    assert refused.value.code == "too_many_broken"
    assert "4 of 12 photos cannot be read" in str(refused.value)
    assert "08.png" in str(refused.value)


def test_too_few_photos_are_refused_with_how_many_it_takes():
    with pytest.raises(TrainingImpossible) as refused:
        loaded(files(4))
    assert refused.value.code == "too_few_photos"
    assert "at least 5 photos" in str(refused.value)
    with pytest.raises(TrainingImpossible):
        loaded([])


def test_the_order_of_files_decides_nothing_and_their_bytes_are_in_the_sha256():
    forward, backward = loaded(files()), loaded(files()[::-1])
    assert forward.sha256 == backward.sha256
    drawn = [few.drawn(0, batch=3, crop_px=SIDE, seed=0) for few in (forward, backward)]
    assert torch.equal(*drawn)
    assert loaded(files(11)).sha256 != forward.sha256
