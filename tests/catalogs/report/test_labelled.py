from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catalogs.report.labelled import GAP_PX, LABEL_PX, MARGIN_PX, labelled_grid


def test_pictures_keep_their_size_and_their_places():
    red, blue = (Image.new("RGB", (40, 30), colour) for colour in ("#ff0000", "#0000ff"))
    sheet = Image.open(io.BytesIO(labelled_grid([[("one", red), ("two", blue)], [("three", blue)]])))
    assert sheet.size == (2 * MARGIN_PX + 80 + GAP_PX, 2 * MARGIN_PX + 2 * (30 + LABEL_PX))
    pixels = np.asarray(sheet)
    assert (pixels[MARGIN_PX : MARGIN_PX + 30, MARGIN_PX : MARGIN_PX + 40] == (255, 0, 0)).all()
    second = MARGIN_PX + 40 + GAP_PX
    assert (pixels[MARGIN_PX : MARGIN_PX + 30, second : second + 40] == (0, 0, 255)).all()
    lower = MARGIN_PX + 30 + LABEL_PX
    assert (pixels[lower : lower + 30, MARGIN_PX : MARGIN_PX + 40] == (0, 0, 255)).all()


def test_a_grid_without_pictures_is_refused():
    with pytest.raises(ValueError, match="needs a picture"):
        labelled_grid([[]])
