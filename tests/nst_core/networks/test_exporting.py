"""Networks for other programs."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from nst_core.networks.exporting import exported, to_onnx
from nst_core.networks.files import LoadedNetwork
from nst_core.networks.johnson import Johnson
from nst_core.networks.kinds import KINDS

ARCHITECTURE = {"width": 4, "blocks": 1}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    card = SimpleNamespace(architecture=ARCHITECTURE)
    return LoadedNetwork(KINDS["johnson"], Johnson(**ARCHITECTURE).eval(), (card,))


def test_an_exported_program_paints_other_sizes_as_the_network_does(network):
    pictures = torch.rand(3, 3, 48, 80)
    with torch.no_grad():
        assert torch.allclose(exported(network).module()(pictures), network.module(pictures), atol=1e-5)


@pytest.mark.slow
def test_onnx_paints_other_sizes_as_the_network_does(network):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(to_onnx(network))
    picture = torch.rand(1, 3, 48, 128)
    (found,) = session.run(None, {"picture": picture.numpy()})
    with torch.no_grad():
        assert np.abs(found - network.module(picture).numpy()).max() < 1e-5
