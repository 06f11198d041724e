"""Networks for other programs."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from nst_core.networks.exporting import exported, to_onnx
from nst_core.networks.files import LoadedNetwork
from nst_core.networks.kinds import KINDS

ARCHITECTURES = {
    "johnson": {"width": 4, "blocks": 1},
    "stylebank": {"width": 4},
    "stylebank-paper": {"width": 4},
}


@pytest.fixture(scope="module", params=list(ARCHITECTURES))
def network(request):
    torch.manual_seed(0)
    kind, architecture = KINDS[request.param], ARCHITECTURES[request.param]
    return LoadedNetwork(kind, kind.build(architecture).eval(), (SimpleNamespace(architecture=architecture),))


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
