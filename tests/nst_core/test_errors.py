from __future__ import annotations

import pickle

import pytest

from nst_core import errors


@pytest.mark.parametrize(
    "error",
    [
        errors.EngineError("a sentence", code="odd", size_px=3),
        errors.ImageRefused("tee.jpg: the file ends early", code="truncated", name="tee.jpg", kilobytes=18),
        errors.WeightsMissing("vgg19: not here", backbone="vgg19"),
        errors.NonFinite("left the real numbers"),
        errors.Stopped("stopped"),
    ],
)
def test_an_error_survives_the_way_between_workers(error):
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), str(back), back.code, back.extras) == (
        type(error),
        str(error),
        error.code,
        error.extras,
    )
    assert isinstance(back, errors.EngineError)


def test_every_error_has_a_code_of_its_own():
    kinds = errors.EngineError.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.code == kind.code.lower().replace(" ", "_") for kind in kinds)


def test_nearest_names_are_never_an_empty_answer():
    assert errors.nearest_names("relu41", ["relu1_1", "relu4_1"])[0] == "relu4_1"
    assert errors.nearest_names("zzz", ["b", "a"]) == ["b", "a"]
