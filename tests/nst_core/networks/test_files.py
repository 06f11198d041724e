"""A network from its files, and all that is refused."""

from __future__ import annotations

import os
import pickle
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load

from nst_core.errors import NetworkRefused
from nst_core.networks import KINDS, NetworkFiles, load_network, weights_bytes

from .filing import card_of, file_of, files_of, further, network
from .showing import painted, picture

CPU = torch.device("cpu")
KINDS_BY_FILES = ["johnson", "johnson-many", "stylebank", "stylebank-paper"]


def refusal(files: NetworkFiles, kind: str) -> NetworkRefused:
    with pytest.raises(NetworkRefused) as refused:
        load_network(files, kind, device=CPU)
    return refused.value


@pytest.mark.parametrize("kind", KINDS_BY_FILES)
def test_what_is_loaded_paints_as_what_was_written(kind):
    before, seen = network(kind), picture(32, 32)
    loaded = load_network(files_of(kind, before), kind, device=CPU)
    assert torch.allclose(painted(kind, loaded.module, seen), painted(kind, before, seen), atol=1e-6)
    assert [card.style_id for card in loaded.cards][-1] == "style-0"
    assert not any(weight.requires_grad for weight in loaded.module.parameters())


@pytest.mark.parametrize("kind", KINDS_BY_FILES)
def test_the_same_weights_are_the_same_bytes(kind):
    one, again = (files_of(kind, network(kind, seed=3)) for _ in range(2))
    assert one.key == again.key
    assert one.style.weights == again.style.weights
    assert one.key != files_of(kind, network(kind, seed=4)).key


def test_the_files_of_several_styles_are_a_network_each():
    first = network("stylebank")
    files = files_of("stylebank", first, further("stylebank", first, seed=5))
    alone = [files_of("stylebank", one) for one in (first, further("stylebank", first, seed=5))]
    assert [one.style.weights for one in files.of_each_style] == [one.style.weights for one in alone]
    assert {one.shared for one in files.of_each_style} == {files.shared}
    assert files.of_each_style[0].key == files.key[:2] == alone[0].key
    assert files.key != alone[0].key


@pytest.mark.parametrize("lacks", ["shared", "style"])
def test_a_file_that_lacks_is_named(lacks):
    files = replace(files_of("stylebank", network("stylebank")), **{lacks: None})
    assert "`toile train` makes it" in str(refusal(files, "stylebank"))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (b"", "is no JSON"),
        (b"[]", "version None"),
        (b'{"version": 7}', "a model card of version 7, this Toile reads 1"),
        (b'{"version": 1, "kind": "johnson"}', "train the network again"),
    ],
)
def test_without_a_card_of_this_version_nothing_is_loaded(card, said):
    files = files_of("johnson", network("johnson"))
    refused = refusal(replace(files, style=replace(files.style, card=card)), "johnson")
    assert said in str(refused)
    assert refused.extras["file"] == "models/johnson/style-0/weights.safetensors"


@pytest.mark.parametrize("cut", [0, 7, 1000, -1])
def test_a_truncated_file_is_refused(cut):
    files = files_of("johnson", network("johnson"))
    short = replace(files.style, weights=files.style.weights[:cut])
    assert "is not what its card says" in str(refusal(NetworkFiles(None, short), "johnson"))


def test_one_changed_bit_is_refused():
    files = files_of("johnson", network("johnson"))
    changed = bytearray(files.style.weights)
    changed[-1] ^= 1
    odd = replace(files.style, weights=bytes(changed))
    assert "is not what its card says" in str(refusal(NetworkFiles(None, odd), "johnson"))


class Payload:
    def __reduce__(self):
        return os.mkdir, (str(Path(tempfile.gettempdir()) / "a-pickle-ran"),)


@pytest.mark.parametrize("how", ["pickle", "torch"])
def test_a_pickle_under_another_name_runs_nothing_even_with_a_card_of_its_own(how, tmp_path):
    if how == "pickle":
        weights = pickle.dumps(Payload())
    else:
        torch.save({"begin.inner.weight": torch.zeros(3)}, tmp_path / "weights.pt")
        weights = (tmp_path / "weights.pt").read_bytes()
    refused = refusal(NetworkFiles(None, file_of("johnson", weights, "ikat")), "johnson")
    assert "is no safetensors file" in str(refused)
    assert "never a pickle" in str(refused)
    assert not (Path(tempfile.gettempdir()) / "a-pickle-ran").exists()


def test_a_network_of_another_kind_is_refused():
    files = files_of("stylebank", network("stylebank"))
    assert "of kind stylebank, and the recipe asks for stylebank-paper" in str(
        refusal(files, "stylebank-paper")
    )


@pytest.mark.parametrize("kind", ["johnson-many", "stylebank", "stylebank-paper"])
def test_a_style_trained_beside_another_shared_file_is_refused(kind):
    files, others = files_of(kind, network(kind)), files_of(kind, network(kind, seed=8))
    refused = refusal(NetworkFiles(others.shared, files.style), kind)
    assert "was trained beside another shared file" in str(refused)
    assert "train 'style-0' again" in str(refused)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value):
    module = network("johnson")
    module.end.inner.bias.data[1] = value
    assert "end.inner.bias holds NaN or infinity" in str(refusal(files_of("johnson", module), "johnson"))


def test_tensors_too_many_too_few_or_of_another_shape_are_refused_by_name():
    tensors = network("johnson").state_dict()
    few = {name: one for name, one in tensors.items() if name != "begin.inner.bias"}
    assert "'begin.inner.bias' is not in it" in str(refused_with(few))
    assert "'more' is no tensor of johnson" in str(refused_with(tensors | {"more": torch.zeros(1)}))
    other = tensors | {"begin.inner.bias": torch.zeros(5)}
    assert "begin.inner.bias has shape (5,), its card makes it (4,)" in str(refused_with(other))


def refused_with(tensors: dict[str, torch.Tensor]) -> NetworkRefused:
    return refusal(NetworkFiles(None, file_of("johnson", weights_bytes(tensors), "ikat")), "johnson")


@pytest.mark.parametrize("architecture", [{}, {"width": -4, "blocks": 1}, {"depth": 3}, {"width": "wide"}])
def test_a_card_of_a_network_that_cannot_be_built_is_refused(architecture):
    weights = weights_bytes(network("johnson").state_dict())
    file = file_of("johnson", weights, "ikat", architecture=architecture)
    assert refusal(NetworkFiles(None, file), "johnson").code == "network_refused"


def test_a_file_holds_a_style_s_own_tensors_alone():
    # 18,496 weights at full width; at width 4 two of 16 x 3 x 3 x 16 and 16 biases each
    files = files_of("stylebank", network("stylebank"))
    assert sum(one.numel() for one in load(files.style.weights).values()) == 2 * (16 * 9 * 16 + 16)
    assert all(KINDS["stylebank"].of_style(name) for name in load(files.style.weights))
    assert not any(KINDS["stylebank"].of_style(name) for name in load(files.shared.weights))


def test_a_card_says_its_network_s_name():
    assert card_of("stylebank", b"x", "ikat").named == "stylebank of 'ikat'"
