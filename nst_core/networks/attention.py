"""Attention between the tokens of a picture: fused; positions that fit any size and go around tiles."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

# Channels of a head: what fused kernels are fastest at.
HEAD = 64
# Of the waves that tell positions apart, tokens: two are the shortest that a grid can carry.
SHORTEST_WAVE, LONGEST_WAVE = 2.0, 64.0


class FnnLayer(nn.Module):
    """A fully connected layer on each token, normalised before and added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return ``(B, N, D)``."""
        found: Tensor = tokens + nnf.relu(self.inner(self.norm(tokens)))
        return found


class AttentionLayer(nn.Module):
    """Self-attention, then a wide fully connected layer, each added to what came in.

    Source:
        Vaswani et al. (2017), "Attention Is All You Need"; positions as turns of queries and keys: Su et al.
        (2021), "RoFormer: Enhanced Transformer with Rotary Position Embedding".
    """

    def __init__(self, width: int) -> None:
        """Build it for tokens of so many channels, a multiple of 64."""
        super().__init__()
        self.heads = width // HEAD
        self.norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.wide_norm = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 2 * width)
        self.narrow = nn.Linear(2 * width, width)

    def forward(self, tokens: Tensor, turns: Tensor | None = None) -> Tensor:
        """Return ``(B, N, D)``; ``turns`` are :func:`turns_of`, None: positions have no say."""
        batch, count, width = tokens.shape
        parts = self.query_key_value(self.norm(tokens)).view(batch, count, 3, self.heads, HEAD)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if turns is not None:
            query, key = turned(query, turns), turned(key, turns)
        seen = nnf.scaled_dot_product_attention(query, key, value)
        tokens = tokens + self.join(seen.transpose(1, 2).reshape(batch, count, width))
        found: Tensor = tokens + self.narrow(nnf.relu(self.wide(self.wide_norm(tokens))))
        return found


def turns_of(rows: int, columns: int, *, is_tile: bool, device: torch.device) -> Tensor:
    """Return by what angles the channels of a head are turned at each token of a grid.

    Only how far two tokens lie from each other then has a say in how they look at each other: any size has
    its positions. Around a tile each channel turns a whole number of times, so that the last row is as near
    to the first as to the last but one.

    Args:
        rows, columns: of tokens.
        is_tile: whether the grid meets copies of itself, straight.
        device: where.

    Returns:
        ``(rows · columns, 32)``, radians, float32: half for the row, half for the column.
    """
    count = HEAD // 4
    waves = SHORTEST_WAVE * (LONGEST_WAVE / SHORTEST_WAVE) ** torch.linspace(0, 1, count, device=device)
    per_token = 2 * math.pi / waves
    along = []
    for side in (rows, columns):
        step = per_token
        if is_tile:
            whole = 2 * math.pi / side
            step = (per_token / whole).round() * whole
        along.append(torch.arange(side, device=device)[:, None] * step)
    down = along[0][:, None].expand(rows, columns, count)
    right = along[1][None].expand(rows, columns, count)
    return torch.cat([down, right], dim=-1).flatten(0, 1)


def turned(channels: Tensor, turns: Tensor) -> Tensor:
    """Return queries or keys ``(B, heads, N, 64)`` with each pair of channels turned by its angle."""
    first, second = channels.float().chunk(2, dim=-1)
    cosine, sine = turns.cos(), turns.sin()
    found = torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
    return found.to(channels.dtype)
