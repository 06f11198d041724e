"""Real textiles: drawn patterns tell their repeat, photographed checks a part, paintings two windows."""

from __future__ import annotations

from pathlib import Path

import pytest

from nst_core.cloth.make import scaled
from nst_core.cloth.makers.clearest_part import clearest_part
from nst_core.cloth.makers.own_repeat import own_repeat
from nst_core.cloth.makers.running_on import running_on
from nst_core.cloth.makers.suitable import MOST_RUNNING_ON
from nst_core.cloth.makers.whole_repeats import fitted
from nst_core.cloth.makers.windows import two_windows
from nst_core.codec import decode
from nst_core.errors import ClothUnsuitable
from nst_core.garment.pixels import Image, unit
from tests.nst_core.cloth.makers.tiles import sheet


def textile(data_dir: Path, name: str) -> Image:
    path = data_dir / "style" / name
    rgb = decode(path.read_bytes(), name=name).rgb
    return scaled(unit(rgb), 256 / max(rgb.shape[:2]))


@pytest.mark.parametrize(
    "pattern", ["crosses", "hero_leaf", "hero_moroccan", "herringbone", "scales", "stars"]
)
def test_a_drawn_pattern_tells_its_repeat_and_fits_every_lattice(data_dir, pattern):
    own = own_repeat(textile(data_dir, f"vector_{pattern}.png"))
    assert own is not None
    assert own.is_exact
    for repeat in ("straight", "half-drop", "half-brick", "mirror"):
        assert fitted(own.shifts, sheet(256, repeat=repeat)) is not None


@pytest.mark.parametrize("name", ["fabric_plaid_red.png", "fabric_stripe_black.png"])
def test_a_photographed_check_has_a_part_that_tells_it(data_dir, name):
    cloth = textile(data_dir, name)
    own = own_repeat(cloth)
    assert own is not None
    part = clearest_part(cloth, own)
    assert part is not None
    assert part[1].misfit < 0.5


@pytest.mark.parametrize("name", ["fabric_dark_floral.png", "fabric_fruit_print.png", "fabric_zebra.png"])
def test_a_print_without_a_repeat_in_the_photo_has_none(data_dir, name):
    assert own_repeat(textile(data_dir, name)) is None


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("fabric_elephant_border.png", True),
        ("fabric_plaid_madras.png", True),
        ("fabric_tropical_floral.png", False),
        ("fabric_zebra.png", False),
    ],
)
def test_rows_of_elephants_and_a_check_in_folds_run_on_and_motifs_do_not(data_dir, name, refused):
    assert (running_on(textile(data_dir, name)) > MOST_RUNNING_ON) == refused


def test_paintings_with_a_sky_have_two_windows_and_a_grid_has_none(data_dir):
    painting = textile(data_dir, "art_starry_night.jpg")
    windows = two_windows(painting, seed=0).of(painting)
    assert windows.lighter.mean() > windows.darker.mean() + 0.15
    with pytest.raises(ClothUnsuitable):
        two_windows(textile(data_dir, "art_mondrian.jpg"), seed=0)
