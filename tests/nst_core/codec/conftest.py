"""Pictures and files that the codec's tests share."""

import io

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def motif() -> np.ndarray:
    """A small picture without symmetry, smooth enough to survive lossy formats: (40, 60, 3)."""
    y, x = np.mgrid[0:40, 0:60]
    red = 40 + 3 * x
    green = 220 - 4 * y
    blue = 128 + 60 * np.sin(x / 9) * np.cos(y / 7)
    return np.stack((red, green, blue), axis=-1).clip(0, 255).round().astype(np.uint8)


@pytest.fixture(scope="session")
def save():
    """Write a PIL image into bytes: ``save(image, "PNG", **options)``."""

    def write(image: Image.Image | np.ndarray, kind: str, **options) -> bytes:
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return write
