"""Designs on one garment that look nearly the same: groups, each of which a wall shows as one tile."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogs.alike.nearest import Floats, Numbers, Rows

# Cosines from which on two designs of one garment are nearly the same, by kind; set by eye on a dress and a
# T-shirt in four textiles: other seeds .981 and more, half as many steps .997, the motif 15 % smaller .964 to
# .983; apart stay the motif half as large (.947 at most), turned by 45° (.969) and other textiles (.904).
SAME = {"look": 0.975, "palette": 0.98}
# So many pairs are looked at together: at most 4 MB of cosines; fewer rows at a time where there are many.
_MOST_PAIRS, _MOST_ROWS, _LEAST_ROWS = 1 << 20, 1 << 8, 16

# Descriptors and the length of each, by kind.
Kinds = Mapping[str, tuple[Rows, Floats]]


@dataclass(frozen=True)
class Folded:
    """A view with one design of each group.

    Attributes:
        kept: of the view's designs, which are shown: the first of each group.
        stands_for: of those shown, how many of the view each stands for, itself among them.
    """

    kept: NDArray[np.bool_]
    stands_for: NDArray[np.uint32]


class Near:
    """The groups of nearly the same designs of a collection; grows as batches are described.

    A design joins the first design of its garment that it is nearly the same as, in the order of their
    numbers; groups do not chain: all are nearly the same as the first. One thread adds; readers see a group
    whole or not at all.

    Args:
        same: cosines from which on two designs are nearly the same, by kind.
    """

    def __init__(self, same: Mapping[str, float] = SAME) -> None:
        self._same = dict(same)
        self._groups: Numbers = np.zeros(0, np.uint32)
        self._count = 0
        self._firsts: dict[int, Numbers] = {}
        self._done = np.zeros(0, np.bool_)
        self._adding = threading.Lock()

    def add(self, numbers: Numbers, garments: Numbers, kinds: Kinds) -> bool:
        """Find the groups of designs that have been described; say whether any joined another.

        Args:
            numbers: ``n`` of designs on garments; those known already, and those without a descriptor, are
                left as they are.
            garments: which garment each is on.
            kinds: the descriptors of all designs.
        """
        if not len(numbers):
            return False
        with self._adding:
            most = int(numbers.max()) + 1
            groups = np.zeros(max(most, len(self._groups)), np.uint32)
            groups[: len(self._groups)] = self._groups
            self._done = np.concatenate([self._done, np.zeros(max(0, most - len(self._done)), np.bool_)])
            known = min(len(lengths) for _, lengths in kinds.values())
            fit = numbers < known
            for _, lengths in kinds.values():
                fit[fit] &= lengths[numbers[fit]] > 0
            fit &= ~self._done[numbers]
            numbers, garments = numbers[fit], garments[fit]
            order = np.lexsort((numbers, garments))
            starts = np.flatnonzero(np.diff(garments[order], prepend=np.uint32(0xFFFFFFFF)))
            for members in np.split(order, starts[1:]) if len(order) else ():
                self._group(int(garments[members[0]]), numbers[members], kinds, groups)
            self._done[numbers] = True
            before, self._groups = self._groups, groups
            return not np.array_equal(before, groups[: len(before)]) or bool(groups[len(before) :].any())

    def fold(self, numbers: Numbers, stands_for: Numbers | None = None) -> Folded | None:
        """Return which designs of a view are shown, the first of each group; None where all are.

        ``stands_for`` is how many each stands for already; None: for itself alone.
        """
        known = self._groups
        groups = np.zeros(len(numbers), np.uint32)
        inside = numbers < len(known)
        groups[inside] = known[numbers[inside]]
        grouped = np.flatnonzero(groups)
        if not len(grouped):
            return None
        of = groups[grouped]
        first = np.zeros(int(of.max()) + 1, np.uint32)
        first[of[::-1]] = grouped[::-1].astype(np.uint32)  # the last that is written is the first of the view
        is_first = first[of] == grouped
        kept = np.ones(len(numbers), np.bool_)
        kept[grouped] = is_first
        many = np.ones(len(numbers), np.uint32) if stands_for is None else stands_for.copy()
        many[grouped[is_first]] = np.bincount(of, weights=many[grouped])[of[is_first]]
        return Folded(kept, many[kept])

    def beside(self, number: int) -> Numbers:
        """Return the numbers of the group of a design, itself among them; none where it is alone."""
        groups = self._groups
        if number >= len(groups) or not groups[number]:
            return np.zeros(0, np.uint32)
        return np.flatnonzero(groups == groups[number]).astype(np.uint32)

    def _group(self, garment: int, numbers: Numbers, kinds: Kinds, groups: Numbers) -> None:
        """Let designs of one garment join those that came first, or be first themselves."""
        firsts = self._firsts.get(garment, np.zeros(0, np.uint32))
        start = 0
        while start < len(numbers):
            rows = max(_LEAST_ROWS, min(_MOST_ROWS, _MOST_PAIRS // (len(firsts) + 1)))
            block = numbers[start : start + rows]
            candidates = np.concatenate([firsts, block])
            earlier = _same(kinds, block, candidates, self._same)
            earlier[:, len(firsts) :] = np.tril(earlier[:, len(firsts) :], -1)
            is_first = np.ones(len(candidates), np.bool_)
            for place in np.flatnonzero(earlier.any(1)).tolist():
                found = np.flatnonzero(earlier[place] & is_first)
                if len(found):
                    is_first[len(firsts) + place] = False
                    self._join(int(candidates[found[0]]), int(block[place]), groups)
            firsts = candidates[is_first]
            start += len(block)
        self._firsts[garment] = firsts

    def _join(self, first: int, number: int, groups: Numbers) -> None:
        if not groups[first]:
            self._count += 1
            groups[first] = self._count
        groups[number] = groups[first]


def _same(kinds: Kinds, some: Numbers, others: Numbers, least: Mapping[str, float]) -> NDArray[np.bool_]:
    """Return ``(some, others)``: which of them are nearly the same in look and palette."""
    same = np.ones((len(some), len(others)), np.bool_)
    for kind, (rows, lengths) in kinds.items():
        mine = rows[some].astype(np.float32) / lengths[some, None]
        theirs = rows[others].astype(np.float32) / lengths[others, None]
        same &= mine @ theirs.T >= least[kind]
    return same
