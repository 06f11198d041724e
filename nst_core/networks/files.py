"""A network from its files: weights that are what their card says, and nothing that could be code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from configs.errors import ConfigError
from configs.model_card import ModelCard, read_card
from configs.network import PIECES
from nst_core.errors import NetworkRefused
from nst_core.networks.kinds import KINDS, Kind


@dataclass(frozen=True)
class WeightsFile:
    """A file of weights and its card, as bytes; ``name`` is what to call it in a refusal."""

    weights: bytes
    card: bytes
    name: str

    @cached_property
    def sha256(self) -> str:
        """Of the weights; a batch of a thousand previews asks a thousand times."""
        return hashlib.sha256(self.weights).hexdigest()

    @cached_property
    def key(self) -> str:
        """What stands for weights and card: what was loaded with a card is not what comes without one."""
        return f"{self.sha256} {hashlib.sha256(self.card).hexdigest()}"


@dataclass(frozen=True)
class NetworkFiles:
    """The files that a network consists of for a design; see :class:`configs.network.Pieces`.

    ``further`` are the style's own files of the design's further styles, in their order.
    """

    shared: WeightsFile | None
    style: WeightsFile | None
    further: tuple[WeightsFile, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What stands for the network: equal keys are equal weights and cards."""
        return tuple("" if one is None else one.key for one in (self.shared, self.style, *self.further))

    @property
    def of_each_style(self) -> tuple[NetworkFiles, ...]:
        """The files of each style by itself, first the design's first."""
        first = NetworkFiles(self.shared, self.style)
        return (first, *(NetworkFiles(self.shared, style) for style in self.further))


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A network that is ready to paint, and the cards of its files: the shared one first."""

    kind: Kind
    module: nn.Module
    cards: tuple[ModelCard, ...]


def load_network(
    files: NetworkFiles, kind: str, *, device: torch.device, dtype: torch.dtype = torch.float32
) -> LoadedNetwork:
    """Return a network from its files, checked.

    Raises:
        NetworkRefused: a file lacks, is none of this kind, is damaged, or the two do not belong together.
    """
    pieces = PIECES[kind]
    found: dict[str, Tensor] = {}
    cards: list[ModelCard] = []
    for wanted, file, what in (
        (pieces.shared, files.shared, "the file that all its styles share"),
        (pieces.style, files.style, "the file of the style"),
    ):
        if wanted and file is None:
            raise NetworkRefused(f"{kind} needs {what}, and it is not there; `toile train` makes it")
        if wanted and file is not None:
            card, tensors = read_weights(file, kind)
            cards.append(card)
            found |= tensors
    if pieces.shared and pieces.style:
        _belong_together(cards[0], cards[1], files)
    made = KINDS[kind]
    module = _built(made, cards[-1])
    _fill(module, found, (files.style or files.shared), kind)
    module.requires_grad_(False).eval()
    placed = module.to(device, dtype).to(memory_format=torch.channels_last)
    return LoadedNetwork(made, placed, tuple(cards))


def weights_bytes(tensors: Mapping[str, Tensor], stored: torch.dtype = torch.float32) -> bytes:
    """Return tensors as the bytes of a safetensors file, in the order of their names.

    ``stored`` is what numbers become there (:attr:`~nst_core.networks.kinds.Kind.stored`).
    """
    plain = {name: tensors[name].detach().to("cpu", stored).contiguous() for name in sorted(tensors)}
    return safetensors.torch.save(plain, metadata={"format": "pt"})


def read_weights(file: WeightsFile, kind: str) -> tuple[ModelCard, dict[str, Tensor]]:
    """Return a file's card and tensors, checked against each other.

    Raises:
        NetworkRefused: it is none of this kind, or not what its card says.
    """
    try:
        card = read_card(file.card, name=f"{file.name}'s card")
    except ConfigError as error:
        raise NetworkRefused(str(error), file=file.name) from None
    if card.kind != kind:
        raise NetworkRefused(
            f"{file.name} is a network of kind {card.kind}, and the recipe asks for {kind}", file=file.name
        )
    if file.sha256 != card.weights_sha256:
        raise NetworkRefused(
            f"{file.name} is not what its card says (sha256 {file.sha256[:12]}…, {len(file.weights):,} "
            f"bytes; the card says {card.weights_sha256[:12]}…, {card.bytes:,}): it was cut off or changed, "
            f"or a training is writing it just now; run again, or train it again",
            file=file.name,
        )
    try:
        return card, safetensors.torch.load(file.weights)
    except (safetensors.SafetensorError, ValueError, KeyError, RuntimeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise NetworkRefused(
            f"{file.name} is no safetensors file ({first}); only numbers are loaded, never a pickle",
            file=file.name,
        ) from None


def _belong_together(shared: ModelCard, style: ModelCard, files: NetworkFiles) -> None:
    if style.shared_sha256 != shared.weights_sha256 and files.style is not None:
        raise NetworkRefused(
            f"{files.style.name} was trained beside another shared file of {shared.model} "
            f"({(style.shared_sha256 or 'none')[:12]}…, there is {shared.weights_sha256[:12]}…); train "
            f"{style.style_id!r} again",
            file=files.style.name,
        )


def _built(kind: Kind, card: ModelCard) -> nn.Module:
    try:
        return kind.build(card.architecture)
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise NetworkRefused(
            f"the card of {card.named} tells of a network that cannot be built ({first}); train it again"
        ) from None


def _fill(module: nn.Module, found: Mapping[str, Tensor], file: WeightsFile | None, kind: str) -> None:
    """Put tensors into a network, each in its place and of its shape, all finite."""
    name = kind if file is None else file.name
    wanted = module.state_dict()
    if odd := sorted(set(wanted) ^ set(found)):
        raise NetworkRefused(f"{name}: {odd[0]!r} is {_amiss(odd[0] in wanted)} of {kind}", file=name)
    for tensor, values in found.items():
        if values.shape != wanted[tensor].shape:
            raise NetworkRefused(
                f"{name}: {tensor} has shape {tuple(values.shape)}, its card makes it "
                f"{tuple(wanted[tensor].shape)}",
                file=name,
            )
        if not bool(values.isfinite().all()):
            raise NetworkRefused(f"{name}: {tensor} holds NaN or infinity; train it again", file=name)
    module.load_state_dict({tensor: values.float() for tensor, values in found.items()})


def _amiss(lacks: bool) -> str:
    return "not in it, a tensor" if lacks else "no tensor"
