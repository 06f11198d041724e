"""Reading and writing weights files so that a file can only bring numbers, never code."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor

from nst_core.backbones.architecture import Architecture
from nst_core.backbones.tensors import Tensors
from nst_core.errors import WeightsCorrupt


def read_any(path: Path, architecture: Architecture) -> Mapping[str, Tensor]:
    """Read a weights file by its ending: ``.safetensors``, ``.ckpt`` (Flax VGG-16), torch's ``.pth``.

    Raises:
        WeightsCorrupt: the file is damaged or holds more than numbers.
    """
    readers: dict[str, Callable[[Path], Mapping[str, Tensor]]] = {
        ".safetensors": _read_safetensors,
        ".ckpt": lambda ckpt: _read_flax(ckpt, architecture),
        ".pth": _read_torch,
        ".pt": _read_torch,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise WeightsCorrupt(
            f"{path}: weights files end in {', '.join(readers)}, not in {path.suffix!r}", file=str(path)
        )
    try:
        return reader(path)
    except (
        safetensors.SafetensorError,
        pickle.UnpicklingError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
    ) as error:
        raise WeightsCorrupt(
            f"{path}: the weights file cannot be read ({type(error).__name__}: {_first_line(error)}); "
            "fetch it again or delete it",
            file=str(path),
        ) from error


def write_safetensors(path: Path, tensors: Tensors) -> None:
    """Write tensors beside ``path`` and move them there in one step: no half-written file is ever read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = safetensors.torch.save(tensors, metadata={"format": "pt"})
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A cache that one user fills is read by others: a container builds as root and runs as nobody.
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_safetensors(path: Path) -> Mapping[str, Tensor]:
    return safetensors.torch.load_file(path)


def _read_torch(path: Path) -> Mapping[str, Tensor]:
    state = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(state, Mapping):
        raise ValueError(f"it holds a {type(state).__name__}, not a dictionary of tensors")
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def _read_flax(path: Path, architecture: Architecture) -> Mapping[str, Tensor]:
    """Read a pickle of nested dictionaries of numpy arrays, kernels as (height, width, in, out)."""
    with path.open("rb") as file:
        network = _NumbersOnly(file).load()["VGG16_0"]
    tensors = {}
    for index, layer in enumerate(architecture.layers):
        part, name = network[f"Conv_{index}"], layer.replace("relu", "conv")
        tensors[f"{name}.weight"] = torch.from_numpy(
            np.array(part["kernel"], np.float32).transpose(3, 2, 0, 1).copy()
        )
        tensors[f"{name}.bias"] = torch.from_numpy(np.array(part["bias"], np.float32))
    return tensors


class _NumbersOnly(pickle.Unpickler):
    """Builds numpy arrays and built-in containers; any other name in the pickle is refused."""

    _ALLOWED = frozenset({"_reconstruct", "ndarray", "dtype"})
    _MODULES = frozenset({"numpy", "numpy.core.multiarray", "numpy._core.multiarray"})

    def find_class(self, module: str, name: str) -> Any:
        if module not in self._MODULES or name not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no plain number")
        if name == "_reconstruct":
            return np.ndarray.__reduce__(np.zeros(1))[0]
        return getattr(np, name)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
