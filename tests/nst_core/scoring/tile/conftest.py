"""The network that looks for seams."""

import pytest

from nst_core.backbones import Backbone, load_backbone
from nst_core.errors import WeightsMissing


@pytest.fixture(scope="session")
def vgg16() -> Backbone:
    try:
        return load_backbone("vgg16", precision="fp32")
    except WeightsMissing as missing:
        pytest.skip(str(missing))
