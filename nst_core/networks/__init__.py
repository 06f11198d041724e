"""Networks that were trained to paint in one pass what the optimisation walks to."""

from nst_core.networks.files import (
    LoadedNetwork,
    NetworkFiles,
    WeightsFile,
    load_network,
    read_weights,
    weights_bytes,
)
from nst_core.networks.kinds import KINDS, Kind
from nst_core.networks.shown import Several, Shown
from nst_core.networks.style_picture import field_means, is_the_picture_of, pixels_sha256

__all__ = [
    "KINDS",
    "Kind",
    "LoadedNetwork",
    "NetworkFiles",
    "Several",
    "Shown",
    "WeightsFile",
    "field_means",
    "is_the_picture_of",
    "load_network",
    "pixels_sha256",
    "read_weights",
    "weights_bytes",
]
