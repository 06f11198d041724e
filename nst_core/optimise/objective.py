"""From a picture to its losses and their gradient: relight, compose, look through the network, sum.

A picture too large for memory is looked at through windows, and value and gradient are still exact: losses
are functions of sums over the picture. All windows but the last are looked at without a way back; the sums
give the losses and how they change with each sum; with that every window's way back needs no other window.
The last window's look serves both: one window is the plain case, and of many each but one is looked at twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import OptimisePart
from nst_core.allocator import large_pieces_kept
from nst_core.backbones import Backbone, Window, joined, whole, windows
from nst_core.garment.relight import relight
from nst_core.losses import HoldingLoss, Loss, Scene, View, losses_of
from nst_core.optimise.balance import Balance
from nst_core.optimise.canvas import Canvas

AllSums = dict[tuple[str, str], Tensor]
"""(the loss, its own name for the sum) → ``(B, …)``."""


@dataclass(frozen=True)
class Objective:
    """The weighted sum of a recipe's losses, one value per sample, of the picture as the garment shows it."""

    losses: Mapping[str, Loss]
    backbone: Backbone
    content: Tensor | None
    shading: Tensor | None
    mask: Tensor | None
    windows: Sequence[Window]
    balance: Balance | None = None
    repeat: Repeat | None = None

    @classmethod
    def of(
        cls, canvas: Canvas, part: OptimisePart, backbone: Backbone, *, most_px: int | None = None
    ) -> Objective:
        """Build the objective of a recipe for a canvas; ``most_px`` may be looked at at once, None: all.

        Raises:
            LossUnknown, LayerUnknown: a loss asks for what the canvas or the backbone does not have.
        """
        scene = Scene(
            canvas.start,
            canvas.content,
            canvas.styles,
            canvas.mask,
            backbone,
            part.feature_scale,
            most_px,
            canvas.regions,
            canvas.share,
            canvas.repeat,
        )
        losses = losses_of(part, scene)
        height, width = canvas.start.shape[-2:]
        parts = windows(height, width, backbone, _layers(losses), most_px=most_px, repeat=canvas.repeat)
        balance = None if part.balance is None else Balance.of(part.balance, canvas.start)
        lit = canvas.content, canvas.shading, canvas.mask
        return cls(losses, backbone, *lit, parts, balance, canvas.repeat)

    def values(self, pictures: Tensor) -> Tensor:
        """Return the losses ``(B,)`` of pictures ``(B, 3, H, W)``.

        Raises:
            WholePictureNeeded: a loss does not go together with several windows.
        """
        with torch.no_grad(), self._pieces():
            return self._value(self._total(pictures, self.windows), pictures)

    def gradient(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the losses ``(B,)`` and their gradients ``(B, 3, H, W)``, each sample's its own.

        Raises:
            WholePictureNeeded: a loss does not go together with several windows.
        """
        gradients = None if len(self.windows) == 1 else torch.zeros_like(pictures)
        with self._pieces():
            return self._gradient(pictures, gradients)

    def _gradient(self, pictures: Tensor, gradients: Tensor | None) -> tuple[Tensor, Tensor]:
        """Look through all windows; their gradients are added to ``gradients``, where there are several."""
        *others, last = self.windows
        with torch.no_grad():
            total = self._total(pictures, others)
        seen = last.see(pictures).detach().requires_grad_()
        sums = self._sums(seen, last)
        total = _plus(total, {name: entry.detach() for name, entry in sums.items()})
        changing = {name: entry.requires_grad_() for name, entry in total.items() if sums[name].requires_grad}
        values = self._value(total, pictures)
        if not changing:
            return values, torch.zeros_like(pictures)
        change = dict(zip(changing, torch.autograd.grad(values.sum(), list(changing.values())), strict=True))
        gradient = _way_back(sums, seen, change)
        if gradients is None:
            return values.detach(), gradient
        last.give_back(gradients, gradient)
        del sums
        for window in others:
            seen = window.see(pictures).detach().requires_grad_()
            window.give_back(gradients, _way_back(self._sums(seen, window), seen, change))
        return values.detach(), gradients

    def advanced(self, step: int, steps: int, pictures: Tensor) -> Objective:
        """Return the objective that holds from a step on (of so many, from 0): mostly this very one.

        Another one where a loss takes something from the picture on its way, or the weights are balanced.
        """
        objective = self._holding(step, steps, pictures)
        if self.balance is None or not self.balance.due(step):
            return objective
        style, content = objective._pull("style", pictures), objective._pull("content", pictures)
        return replace(objective, balance=self.balance.moved(style, content, step=step))

    def shown(self, pictures: Tensor, window: Window | None = None) -> Tensor:
        """Return the pictures as the backbone sees them: in the garment's light, the photo around it.

        ``window``: what ``pictures`` show of the whole; None: all of it.
        """
        here = whole(*pictures.shape[-2:]) if window is None else window
        if self.shading is not None:
            pictures = relight(pictures, here.see(self.shading))
        if self.mask is not None and self.content is not None:
            pictures = torch.lerp(here.see(self.content), pictures, here.see(self.mask))
        return pictures

    def only(self, samples: Tensor) -> Objective:
        """Return the objective of some of the samples (indices)."""
        return replace(
            self,
            losses={name: loss.only(samples) for name, loss in self.losses.items()},
            content=None if self.content is None else self.content[samples],
            shading=None if self.shading is None else self.shading[samples],
            mask=None if self.mask is None else self.mask[samples],
            balance=None if self.balance is None else self.balance.only(samples),
        )

    def _holding(self, step: int, steps: int, pictures: Tensor) -> Objective:
        taken: dict[str, Loss] = {}
        for name, loss in self.losses.items():
            if isinstance(loss, HoldingLoss) and (layers := loss.wants(step, steps)):
                taken[name] = loss.holding(self._look(pictures, layers))
        return replace(self, losses={**self.losses, **taken}) if taken else self

    def _pull(self, name: str, pictures: Tensor) -> Tensor:
        """Return the norm of one loss's gradient, ``(B,)``."""
        _values, gradients = replace(self, losses={name: self.losses[name]}).gradient(pictures)
        norms: Tensor = torch.linalg.vector_norm(gradients.flatten(1), dim=1)
        return norms

    @torch.no_grad()
    def _look(self, pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return whole feature maps of the pictures as they are shown, without a way back."""
        parts = [(window, self._features(window.see(pictures), window, layers)) for window in self.windows]
        return {layer: joined([(window, maps[layer]) for window, maps in parts]) for layer in layers}

    def _features(self, seen: Tensor, window: Window, layers: Sequence[str]) -> dict[str, Tensor]:
        around = self.repeat if window.is_whole else None
        shown = self.shown(seen, window)
        features = self.backbone.features(shown, layers, repeat=around) if layers else {}
        return {layer: window.inner(maps, self.backbone.stride(layer)) for layer, maps in features.items()}

    def _sums(self, seen: Tensor, window: Window) -> AllSums:
        """Return what all losses need of what a window sees of the pictures."""
        layers = _layers(self.losses)
        strides = {layer: self.backbone.stride(layer) for layer in layers}
        view = View(seen, self._features(seen, window, layers), window, strides)
        return {
            (name, entry): value
            for name, loss in self.losses.items()
            for entry, value in loss.sums(view).items()
        }

    def _pieces(self) -> AbstractContextManager[None]:
        return nullcontext() if len(self.windows) == 1 else large_pieces_kept()

    def _total(self, pictures: Tensor, parts: Sequence[Window]) -> AllSums:
        total: AllSums = {}
        for window in parts:
            total = _plus(total, self._sums(window.see(pictures), window))
        return total

    def _value(self, total: AllSums, pictures: Tensor) -> Tensor:
        values = pictures.new_zeros(len(pictures))
        for name, loss in self.losses.items():
            own = {entry: value for (of, entry), value in total.items() if of == name}
            value = loss.value(own)
            if name == "style" and self.balance is not None:
                value = value * self.balance.factors
            values = values + value
        return values


def _layers(losses: Mapping[str, Loss]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(layer for loss in losses.values() for layer in loss.layers))


def _plus(total: AllSums, sums: AllSums) -> AllSums:
    return {name: entry if name not in total else total[name] + entry for name, entry in sums.items()}


def _way_back(sums: AllSums, seen: Tensor, change: AllSums) -> Tensor:
    """Carry the losses' change with each sum back to what was seen."""
    outputs = [sums[name] for name in change]
    (gradient,) = torch.autograd.grad(outputs, seen, [change[name] for name in change])
    return gradient
