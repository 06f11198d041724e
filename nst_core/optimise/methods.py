"""Who walks down the losses: one protocol, six methods, found by the name in a recipe or of its inks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import LbfgsSpec, OptimisePart
from nst_core.errors import EngineError, nearest_names
from nst_core.optimise.adam import Adam
from nst_core.optimise.barzilai_borwein import BarzilaiBorwein
from nst_core.optimise.descent import Adadelta, GradientDescent
from nst_core.optimise.ink_steps import InkSteps
from nst_core.optimise.lbfgs import Lbfgs


class Method(Protocol):
    """An optimisation method with a state of its own for each sample of the batch.

    A sample's way must not depend on its neighbours: B samples together go where B samples alone go.
    """

    def step(self, pictures: Tensor, losses: Tensor, gradients: Tensor) -> Tensor:
        """Return the pictures to look at next.

        Args:
            pictures: ``(B, 3, H, W)``, what this method returned last (or the start).
            losses: ``(B,)`` there.
            gradients: ``(B, 3, H, W)`` there.

        Returns:
            ``(B, 3, H, W)`` in [0, 1]: new memory, or, where a method says so, that of ``pictures``.
        """
        ...

    def settle(self, pictures: Tensor, losses: Tensor) -> Tensor:
        """Return the result, given the last pictures and their losses: theirs, or better ones seen before."""
        ...

    def forget_losses(self) -> None:
        """Take note that losses to come cannot be compared with those before: the objective has changed."""
        ...

    def finished(self) -> Tensor | None:
        """Return ``(B,)`` bool, which samples can get no better; None: the method cannot tell."""
        ...

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these (indices, int64)."""
        ...


# The ``method`` of a recipe's optimiser → what makes it, from that block, the number of steps, the start, and
# how that repeats. The last, by which a tile finds its inks, is no recipe's to name: see ``nst_core.inking``.
METHODS: Mapping[str, Callable[[Any, int, Tensor, Repeat | None], Method]] = {
    "lbfgs": Lbfgs.of,
    "adam": Adam.of,
    "gradient-descent": GradientDescent.of,
    "adadelta": Adadelta.of,
    "barzilai-borwein": BarzilaiBorwein.of,
    "inks": InkSteps.of,
}


def with_at_most(pairs: int | None, part: OptimisePart) -> OptimisePart:
    """Return a recipe's ``optimise`` block whose L-BFGS remembers at most so many pairs; None: as it is."""
    spec = part.optimiser
    if pairs is None or not isinstance(spec, LbfgsSpec) or spec.history <= pairs:
        return part
    return part.model_copy(update={"optimiser": spec.model_copy(update={"history": pairs})})


def method_of(spec: Any, steps: int, start: Tensor, repeat: Repeat | None = None) -> Method:
    """Return the method of a recipe's ``optimiser`` block for a batch that starts at ``start``.

    ``repeat``: how the pictures meet copies of themselves; None: they end at their edge.

    Raises:
        EngineError: there is no such method; the message names the nearest.
    """
    if spec.method not in METHODS:
        nearest = nearest_names(spec.method, METHODS)
        raise EngineError(
            f"there is no optimiser {spec.method!r}; the nearest names are {', '.join(map(repr, nearest))}",
            code="optimiser_unknown",
        )
    return METHODS[spec.method](spec, steps, start, repeat)
