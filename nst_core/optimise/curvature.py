"""What L-BFGS knows of the curvature: the last pairs of move and gradient change, each sample its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

# A change of the gradient that stands this square to the move (cosine of their angle) is noise of the number
# type. A share of |y|² would not do: it has the unit of 1/curvature, and losses of 1e11 never passed it.
LEAST_COSINE = 1e-5
# From pictures of 1448 × 1448 px on the pairs are kept in bfloat16: there they would be most of all memory.
# On small ones they are not, because rounding lets samples in a batch drift from samples alone.
ROUNDED_FROM_VALUES = 3 * 1448 * 1448
# So many values of each picture are worked on at a time: beside the pairs nothing of their size is held.
_VALUES_AT_ONCE = 1 << 20


class Point(NamedTuple):
    """Where a batch stands: each ``(B, N)``; ``smooth`` is P of the gradients."""

    pictures: Tensor
    gradients: Tensor
    smooth: Tensor


class Curvature:
    """The last ``history`` pairs (s, y) of each sample, and the quasi-Newton direction out of them.

    In the compact form: the inner products of all pairs are kept in small float64 matrices, so that a
    direction is two passes over the pairs instead of the two-loop recursion's four times ``history`` small
    operations. The first guess at the inverse Hessian is γP with a fixed symmetric P, which enters through P
    of the gradients and of their changes alone. An empty slot is a pair of zeros. The pairs of large pictures
    are bfloat16: all products are those of the pairs as they are kept, so that a rounded move is but another
    move, and 20 steps end at losses within 2 % of float32 pairs, above as often as below. Nothing waits for
    the device.

    Source:
        Byrd, Nocedal, Schnabel (1994), "Representations of Quasi-Newton Matrices and Their Use in Limited
        Memory Methods", eq. 3.13.
    """

    def __init__(self, start: Tensor, history: int) -> None:
        batch, size = len(start), start[0].numel()
        kept = torch.bfloat16 if size >= ROUNDED_FROM_VALUES else start.dtype
        self._moves = start.new_zeros(batch, history, size, dtype=kept)
        self._smooth_changes = torch.zeros_like(self._moves)
        # s_i·y_j and y_i·P·y_j, by slot.
        self._move_change = start.new_zeros(batch, history, history, dtype=torch.float64)
        self._change_change = torch.zeros_like(self._move_change)
        self._next = torch.zeros(batch, dtype=torch.int64, device=start.device)

    def learn(self, before: Point, now: Point, progress: Tensor) -> None:
        """Put the way from ``before`` to ``now`` in the place of each sample's oldest pair.

        Args:
            before, now: two points of each sample's way.
            progress: ``(B,)`` bool, whose way it is to learn from; where the curvature along it is not
                positive nothing is learned either.
        """
        bent, way, change = (torch.zeros_like(self._next, dtype=torch.float64) for _ in range(3))
        for part in _parts(now.pictures):
            moves = now.pictures[:, part] - before.pictures[:, part]
            changes = now.gradients[:, part] - before.gradients[:, part]
            bent += _dot(moves, changes)
            way += _dot(moves, moves)
            change += _dot(changes, changes)
        learners = progress & (bent > LEAST_COSINE * (way.sqrt() * change.sqrt()))
        samples = torch.arange(len(learners), device=learners.device)
        move_change, change_change = (self._move_change.new_zeros(self._moves.shape[:2]) for _ in range(2))
        for part in _parts(now.pictures):
            moves, changes, smooth_changes = (
                later[:, part] - earlier[:, part] for later, earlier in zip(now, before, strict=True)
            )
            for kept, new in ((self._moves, moves), (self._smooth_changes, smooth_changes)):
                here = kept[:, :, part]
                old = here[samples, self._next]
                here[samples, self._next] = torch.where(learners[:, None], new.to(kept.dtype), old)
            move_change += _dots(self._moves[:, :, part], changes)
            change_change += _dots(self._smooth_changes[:, :, part], changes)
        for products, new in ((self._move_change, move_change), (self._change_change, change_change)):
            old = products[samples, :, self._next]
            products[samples, :, self._next] = torch.where(learners[:, None], new, old)
        old = self._change_change[samples, self._next]
        self._change_change[samples, self._next] = torch.where(learners[:, None], change_change, old)
        self._next = torch.where(learners, (self._next + 1) % self._moves.shape[1], self._next)

    def known(self) -> Tensor:
        """Return ``(B,)`` bool: which samples have learned at least one pair."""
        return self._change_change.diagonal(dim1=1, dim2=2).gt(0).any(1)

    def direction(self, gradients: Tensor, smooth_gradients: Tensor) -> Tensor:
        """Return −H·gradient, ``(B, N)``; 0 where nothing has been learned.

        Args:
            gradients: ``(B, N)``.
            smooth_gradients: ``(B, N)``, P of that.
        """
        history = self._moves.shape[1]
        order = (self._next[:, None] + torch.arange(history, device=self._next.device)) % history
        move_change = _reorder(self._move_change, order)
        change_change = _reorder(self._change_change, order)
        upper = torch.triu(move_change)
        curvature = upper.diagonal(dim1=1, dim2=2)
        # An empty slot has no products at all; a 1 there keeps the triangle solvable and changes nothing.
        upper = upper + torch.diag_embed((curvature == 0).to(upper.dtype))
        newest = change_change[:, -1, -1]
        scale = torch.where(
            newest > 0, curvature[:, -1] / newest.clamp_min(torch.finfo(torch.float64).tiny), 0.0
        )
        along_moves, along_changes = (self._move_change.new_zeros(order.shape) for _ in range(2))
        for part in _parts(gradients):
            along_moves += _dots(self._moves[:, :, part], gradients[:, part])
            along_changes += _dots(self._smooth_changes[:, :, part], gradients[:, part])
        along_moves = along_moves.gather(1, order).unsqueeze(2)
        along_changes = along_changes.gather(1, order).unsqueeze(2)

        inner = torch.linalg.solve_triangular(upper, along_moves, upper=True)
        middle = torch.diag_embed(curvature) + scale[:, None, None] * change_change
        outer = torch.linalg.solve_triangular(
            upper.mT, middle @ inner - scale[:, None, None] * along_changes, upper=False
        )
        back = torch.empty_like(order).scatter_(
            1, order, torch.arange(history, device=order.device).expand_as(order)
        )
        of_moves = -outer.squeeze(2).gather(1, back)
        of_changes = (scale[:, None] * inner.squeeze(2)).gather(1, back)
        direction = smooth_gradients * -scale[:, None].to(gradients.dtype)
        for part in _parts(direction):
            for factors, pairs in ((of_moves, self._moves), (of_changes, self._smooth_changes)):
                wide = pairs[:, :, part].to(direction.dtype)
                direction[:, part] += torch.bmm(factors.to(wide.dtype).unsqueeze(1), wide).squeeze(1)
        return direction

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._moves, self._smooth_changes = self._moves[samples], self._smooth_changes[samples]
        self._move_change, self._change_change = self._move_change[samples], self._change_change[samples]
        self._next = self._next[samples]


def _parts(vectors: Tensor) -> Iterator[slice]:
    size = vectors.shape[-1]
    return (slice(begin, min(begin + _VALUES_AT_ONCE, size)) for begin in range(0, size, _VALUES_AT_ONCE))


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """``(B, n)``, ``(B, n)`` → ``(B,)`` float64."""
    product: Tensor = torch.linalg.vecdot(one, other)
    return product.double()


def _dots(pairs: Tensor, other: Tensor) -> Tensor:
    """``(B, m, n)``, ``(B, n)`` → ``(B, m)`` float64."""
    return torch.bmm(pairs.to(other.dtype), other.unsqueeze(2)).squeeze(2).double()


def _reorder(products: Tensor, order: Tensor) -> Tensor:
    """Bring ``(B, m, m)`` from the order of slots into the order of time."""
    rows = products.gather(1, order[:, :, None].expand_as(products))
    return rows.gather(2, order[:, None, :].expand_as(products))
