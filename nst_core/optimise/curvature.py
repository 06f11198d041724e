"""What L-BFGS knows of the curvature: the last pairs of move and gradient change, each sample its own."""

from __future__ import annotations

import torch
from torch import Tensor


class Curvature:
    """The last ``history`` pairs (s, y) of each sample, and the quasi-Newton direction out of them.

    In the compact form: the inner products of all pairs are kept in small float64 matrices, so that a
    direction is two passes over the pairs instead of the two-loop recursion's four times ``history`` small
    operations. The first guess at the inverse Hessian is γP with a fixed symmetric P, which enters through P
    of the gradients and of their changes alone. An empty slot is a pair of zeros.

    Source:
        Byrd, Nocedal, Schnabel (1994), "Representations of Quasi-Newton Matrices and Their Use in Limited
        Memory Methods", eq. 3.13.
    """

    def __init__(self, start: Tensor, history: int) -> None:
        batch, size = len(start), start[0].numel()
        self._moves = start.new_zeros(batch, history, size)
        self._smooth_changes = start.new_zeros(batch, history, size)
        # s_i·y_j and y_i·P·y_j, by slot.
        self._move_change = start.new_zeros(batch, history, history, dtype=torch.float64)
        self._change_change = torch.zeros_like(self._move_change)
        self._next = torch.zeros(batch, dtype=torch.int64, device=start.device)

    def learn(self, moves: Tensor, changes: Tensor, smooth_changes: Tensor, samples: Tensor) -> None:
        """Put the pairs of ``samples`` (indices) in the place of their oldest ones.

        Args:
            moves: ``(B, N)``, how far each picture went.
            changes: ``(B, N)``, by how much its gradient changed on the way.
            smooth_changes: ``(B, N)``, P of that.
            samples: int64, those whose pair has positive curvature; the others learn nothing.
        """
        slot = self._next[samples]
        self._moves[samples, slot] = moves[samples]
        self._smooth_changes[samples, slot] = smooth_changes[samples]
        move_change = _dots(self._moves, changes)[samples]
        change_change = _dots(self._smooth_changes, changes)[samples]
        self._move_change[samples, :, slot] = move_change
        self._change_change[samples, :, slot] = change_change
        self._change_change[samples, slot] = change_change
        self._next[samples] = (slot + 1) % self._moves.shape[1]

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
        along_moves = _dots(self._moves, gradients).gather(1, order).unsqueeze(2)
        along_changes = _dots(self._smooth_changes, gradients).gather(1, order).unsqueeze(2)

        inner = torch.linalg.solve_triangular(upper, along_moves, upper=True)
        middle = torch.diag_embed(curvature) + scale[:, None, None] * change_change
        outer = torch.linalg.solve_triangular(
            upper.mT, middle @ inner - scale[:, None, None] * along_changes, upper=False
        )
        back = torch.empty_like(order).scatter_(
            1, order, torch.arange(history, device=order.device).expand_as(order)
        )
        of_moves = outer.squeeze(2).gather(1, back)
        of_changes = (scale[:, None] * inner.squeeze(2)).gather(1, back)
        direction = smooth_gradients * -scale[:, None].to(gradients.dtype)
        direction -= _combine(of_moves, self._moves)
        direction += _combine(of_changes, self._smooth_changes)
        return direction

    def only(self, samples: Tensor) -> None:
        """Forget all samples but these."""
        self._moves, self._smooth_changes = self._moves[samples], self._smooth_changes[samples]
        self._move_change, self._change_change = self._move_change[samples], self._change_change[samples]
        self._next = self._next[samples]


def _dots(vectors: Tensor, other: Tensor) -> Tensor:
    """``(B, m, N)``, ``(B, N)`` → ``(B, m)`` float64."""
    return torch.bmm(vectors, other.unsqueeze(2)).squeeze(2).double()


def _combine(factors: Tensor, vectors: Tensor) -> Tensor:
    """``(B, m)``, ``(B, m, N)`` → ``(B, N)``."""
    return torch.bmm(factors.to(vectors.dtype).unsqueeze(1), vectors).squeeze(1)


def _reorder(products: Tensor, order: Tensor) -> Tensor:
    """Bring ``(B, m, m)`` from the order of slots into the order of time."""
    rows = products.gather(1, order[:, :, None].expand_as(products))
    return rows.gather(2, order[:, None, :].expand_as(products))
