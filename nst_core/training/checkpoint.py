"""A training on its way, as bytes: weights, Adam's memory, where it stands; numbers only, never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from nst_core.errors import NetworkRefused

VERSION = 1
_KEY = "toile_checkpoint"


@dataclass(frozen=True)
class Check:
    """What was measured at a checkpoint.

    Attributes:
        step: steps taken.
        loss: the mean since the last check.
        terms: the means of its terms.
        held_out: the loss on photos held out.
        seconds: of work until here, over all sessions.
    """

    step: int
    loss: float
    terms: Mapping[str, float]
    held_out: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a training stands.

    Attributes:
        of: what it is a training of: settings and data; another one may not go on from here.
        step: steps taken.
        now, best: the weights that it changes, and those of the lowest held-out loss.
        moments: Adam's two means of each.
        lr_factor: 1, halved each time the training left the real numbers.
        rolled_back: how often that was.
        checks: all so far.
    """

    of: str
    step: int
    now: Mapping[str, Tensor]
    best: Mapping[str, Tensor]
    moments: tuple[Mapping[str, Tensor], Mapping[str, Tensor]]
    lr_factor: float = 1.0
    rolled_back: int = 0
    checks: tuple[Check, ...] = field(default=())

    def to_bytes(self) -> bytes:
        """Return it as the bytes of a safetensors file."""
        told = {
            "version": VERSION,
            "of": self.of,
            "step": self.step,
            "lr_factor": self.lr_factor,
            "rolled_back": self.rolled_back,
            "checks": [asdict(check) for check in self.checks],
        }
        groups = {"now": self.now, "mean": self.moments[0], "square": self.moments[1]}
        if self.best is not self.now:
            groups["best"] = self.best  # else they are those of now, and are not written twice
        tensors = {
            f"{group} {name}": values.detach().cpu().contiguous()
            for group, named in groups.items()
            for name, values in named.items()
        }
        return safetensors.torch.save(tensors, metadata={_KEY: json.dumps(told)})

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str) -> Checkpoint:
        """Return a checkpoint from its bytes.

        Raises:
            NetworkRefused: they are none, or of another version.
        """
        try:
            length = int.from_bytes(data[:8], "little")
            told = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][_KEY])
            tensors = safetensors.torch.load(data)
            if told["version"] != VERSION:
                raise ValueError(f"of version {told['version']}, not {VERSION}")
            groups: dict[str, dict[str, Tensor]] = {"now": {}, "best": {}, "mean": {}, "square": {}}
            for full, values in tensors.items():
                group, _, own = full.partition(" ")
                groups[group][own] = values
            return cls(
                of=told["of"],
                step=told["step"],
                now=groups["now"],
                best=groups["best"] or groups["now"],
                moments=(groups["mean"], groups["square"]),
                lr_factor=told["lr_factor"],
                rolled_back=told["rolled_back"],
                checks=tuple(Check(**check) for check in told["checks"]),
            )
        except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            first = (str(error).splitlines() or [""])[0]
            raise NetworkRefused(
                f"{name} is no checkpoint ({first}); delete it, and the training begins anew", file=name
            ) from None


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors that nobody else changes."""
    with torch.no_grad():
        return {name: values.detach().clone() for name, values in tensors.items()}
