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
    "toile-fast": {"begin": 4, "half": 6, "quarter": 8, "eighth": 8},
}
PLANES = {"picture": 3, "shading": 1, "mask": 1}


@pytest.fixture(scope="module", params=list(ARCHITECTURES))
def network(request):
    torch.manual_seed(0)
    kind, architecture = KINDS[request.param], ARCHITECTURES[request.param]
    module = kind.build(architecture).eval().requires_grad_(False)
    for weights in module.parameters():
        # some begin at 0, and an untrained network of theirs would show nothing
        weights.add_(0.05 * torch.randn_like(weights))
    return LoadedNetwork(kind, module, (SimpleNamespace(architecture=architecture),))


def shown(network: LoadedNetwork, batch: int, height: int, width: int) -> tuple[torch.Tensor, ...]:
    return tuple(torch.rand(batch, PLANES[name], height, width) for name in network.kind.inputs)


def test_an_exported_program_paints_other_sizes_as_the_network_does(network):
    seen = shown(network, 3, 48, 80)
    assert torch.allclose(exported(network).module()(*seen), network.module(*seen), atol=1e-5)


@pytest.mark.slow
def test_onnx_paints_other_sizes_as_the_network_does(network):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(to_onnx(network))
    seen = shown(network, 1, 48, 128)
    named = {name: one.numpy() for name, one in zip(network.kind.inputs, seen, strict=True)}
    (found,) = session.run(None, named)
    assert np.abs(found - network.module(*seen).numpy()).max() < 1e-5
