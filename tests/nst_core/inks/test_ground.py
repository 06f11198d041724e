"""The ground: what shows the cloth's own colour is no ink, and is not counted as one."""

from __future__ import annotations

import pytest

from nst_core.errors import InksImpossible
from nst_core.inks import Cloth, printed_on, separate
from nst_core.palettes import Ink
from tests.nst_core.inks.prints import FIVE, blobs, noisy, painted, palette

ON_CLOTH = {"repeat": "straight", "width_mm": 64.0, "min_region_mm": 0.3}
ON_WHITE = ((252, 251, 248), *FIVE)


def test_white_cloth_is_no_ink_and_shows_as_it_was_drawn():
    picture = painted(blobs(48, 64, 6), ON_WHITE)
    found = separate(picture, count=5, cloth=Cloth(), **ON_CLOTH)
    assert found.palette.inks[found.ground] == Ink(ON_WHITE[0], "ground")
    assert {ink.rgb for ink in found.palette.inks} == set(ON_WHITE)
    assert (found.composite == picture).all()
    # five inks and no ground are one ink too few for it
    assert len(separate(picture, count=5, **ON_CLOTH).palette) == 5


def test_a_photographed_white_ground_is_found_beside_as_many_inks_as_were_asked_for():
    colours = (ON_WHITE[0], *FIVE[1:])
    found = separate(noisy(blobs(48, 64, 5), colours, spread=3), count=4, cloth=Cloth(), **ON_CLOTH)
    assert (len(found.palette), found.palette.inks[found.ground].name) == (5, "ground")
    assert (found.inks == found.ground).mean() == pytest.approx((blobs(48, 64, 5) == 0).mean(), abs=0.02)


def test_a_cream_ground_is_printed_unless_the_cloth_is_cream():
    # FIVE's lightest is 9 off white; a cloth 2 off it shows instead of it, in its own colour
    picture, cream = painted(blobs(48, 64, 5)), (236, 224, 200)
    assert separate(picture, count=5, cloth=Cloth(), **ON_CLOTH).ground is None
    found = separate(picture, count=4, cloth=Cloth(cream, as_drawn=False), **ON_CLOTH)
    assert found.palette.inks[found.ground] == Ink(cream, "ground")
    assert (found.composite[blobs(48, 64, 5) == 0] == cream).all()


def test_one_ink_on_its_ground_is_a_print():
    picture = painted(blobs(48, 64, 2), ((255, 255, 255), (20, 30, 90)))
    found = separate(picture, count=1, cloth=Cloth(), **ON_CLOTH)
    assert found.palette.inks[1 - found.ground].rgb == (20, 30, 90)
    with pytest.raises(InksImpossible, match="one ink"):
        separate(painted(blobs(48, 64, 5)), count=1, cloth=Cloth(), **ON_CLOTH)


@pytest.mark.parametrize("count", [None, 4, 5])
def test_a_card_without_white_leaves_white_cloth_bare(count):
    found = separate(
        painted(blobs(48, 64, 6), ON_WHITE), palette=palette(), count=count, cloth=Cloth(), **ON_CLOTH
    )
    assert found.palette.inks[found.ground] == Ink(ON_WHITE[0], "ground")
    assert len(found.palette) == (count or 5) + 1


def test_a_cards_own_white_is_the_ground_and_takes_no_ink_from_it():
    card = palette((*FIVE, (255, 255, 250)))
    found = separate(painted(blobs(48, 64, 6), ON_WHITE), palette=card, count=5, cloth=Cloth(), **ON_CLOTH)
    assert (len(found.palette), found.palette.inks[found.ground].rgb) == (6, (255, 255, 250))


def test_where_nothing_shows_the_cloth_there_is_no_ground():
    found = separate(painted(blobs(48, 64, 5)), palette=palette(), cloth=Cloth(), **ON_CLOTH)
    assert (found.ground, found.palette) == (None, palette())


def test_the_cloths_colour_is_read_as_it_is_written():
    assert (printed_on("auto"), printed_on("NONE")) == (Cloth(), None)
    assert printed_on("#f5ecd7") == Cloth((245, 236, 215), as_drawn=False)
    with pytest.raises(InksImpossible, match="written as #f5ecd7, or auto"):
        printed_on("cream")
