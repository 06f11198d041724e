"""Patches of a textile that fit what is sewn: sought coarsely, set to the pixel, used places shunned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from nst_core.cloth.sewing import misfits
from nst_core.garment.pixels import Bits, Image, floats

Name = tuple[int, int]

# How far above the best match a patch may lie and still be drawn.
TOLERANCE = 0.1
# Patches are first sought at so few px a side, then set to the pixel.
COARSE_PX = 24
SET_TO_THE_PIXEL = 6
# Of a patch's side: so near to what goes on beside a neighbour is the same.
BARRED = 0.15
# What is so much like it (correlation over a patch, moved by some coarse px) is the same in another of the
# textile's own repeats. So many places are asked, of all views together.
LOOKS_ALIKE, MOVED_COARSE_PX, ASKED = 0.5, 2, 80
# So much of what goes on must lie on the view to be compared.
LEAST_SEEN = 0.5


@dataclass(frozen=True, eq=False)
class Source:
    """A picture that patches are cut from; several of one call are views of one textile.

    Attributes:
        image: ``(h, w, 3)``, sRGB in [0, 1].
        usable: ``(h, w)``: a patch lies wholly where this is set.
        home: ``(h, w, 2)``, row and column in the textile of what is seen at each place: by it, turned
            views know that a piece of theirs has been used.
        textile_px: height and width of the textile.
    """

    image: Image
    usable: Bits
    home: Image
    textile_px: tuple[int, int]

    @classmethod
    def of(cls, image: Image) -> Source:
        """Return a picture as the one source, all of it usable."""
        rows, columns = np.indices(image.shape[:2], np.float32)
        height, width = image.shape[:2]
        return cls(image, np.ones((height, width), bool), np.stack([rows, columns], axis=-1), (height, width))


class Search:
    """Finds the patches that fit, and remembers which places of the textile were used."""

    def __init__(
        self, sources: Sequence[Source], block: int, penalty: float, random: np.random.Generator
    ) -> None:
        self.block, self.penalty, self.random = block, penalty, random
        self.factor = max(1, block // COARSE_PX)
        side = block // self.factor
        self.sources: list[Source] = []
        self.small: list[Image] = []
        self.centres: list[Image] = []
        self.used: list[Image] = []
        self.cut_at: dict[Name, tuple[int, int, int]] = {}
        self.barred: list[tuple[int, int, int]] = []
        for source in sources:
            if min(source.image.shape[:2]) < block:
                continue
            small = self._small(source.image)
            free = _room_for(source.usable, block)[:: self.factor, :: self.factor]
            free = free[: small.shape[0] - side + 1, : small.shape[1] - side + 1]
            if not free.any():
                continue
            rows, columns = np.indices(free.shape) * self.factor + block // 2
            self.sources.append(source)
            self.small.append(small[: free.shape[0] + side - 1, : free.shape[1] + side - 1])
            self.centres.append(source.home[rows, columns])
            self.used.append(np.where(free, np.float32(0), np.float32(np.inf)))
        if not self.sources:
            raise ValueError(f"no source has room for a patch of {block} px")

    def patch(
        self, place: Image, sewn: Image, name: Name, beside: list[tuple[Name, int, int]]
    ) -> tuple[Image, Image]:
        """Return a patch that fits what is sewn at its place and goes on none of the patches beside it.

        With it comes its home: ``(b, b, 2)``, row and column in the textile of each place.

        Args:
            place: ``(b, b, 3)``, what is sewn.
            sewn: ``(b, b)``, where.
            name: the patch's row and column on the grid, for later ones beside it.
            beside: names of patches that may lie beside it, and how far down and right of them it lies.
        """
        self.barred = [
            (source, top + down, left + right)
            for other, down, right in beside
            if other in self.cut_at
            for source, top, left in [self.cut_at[other]]
        ]
        if not sewn.any():
            source, row, column = self._any()
        else:
            source, row, column = self._fitting(place, sewn, self._other_views(beside))
        self.cut_at[name] = source, row, column
        home = self.sources[source].home[row + self.block // 2, column + self.block // 2]
        sigma = 0.25 * self.block
        for used, centres in zip(self.used, self.centres, strict=True):
            used += np.exp(-0.5 * ((centres - home) ** 2).sum(-1) / sigma**2)
        window = slice(row, row + self.block), slice(column, column + self.block)
        return self.sources[source].image[window], self.sources[source].home[window]

    def _any(self) -> tuple[int, int, int]:
        source = int(self.random.integers(len(self.sources)))
        free = np.argwhere(np.isfinite(self.used[source]))
        row, column = free[self.random.integers(len(free))] * self.factor
        return source, int(row), int(column)

    def _other_views(self, beside: list[tuple[Name, int, int]]) -> list[int]:
        """Return the views that no patch which this one lies on was cut from, if they are half of all."""
        taken = {
            self.cut_at[other][0]
            for other, down, right in beside
            if other in self.cut_at and max(abs(down), abs(right)) < self.block
        }
        others = [source for source in range(len(self.sources)) if source not in taken]
        return others if 2 * len(others) >= len(self.sources) else list(range(len(self.sources)))

    def _fitting(self, place: Image, sewn: Image, views: list[int]) -> tuple[int, int, int]:
        found: list[tuple[float, int, int, int]] = []
        reach = max(1, round(BARRED * self.block / self.factor))
        small_place, small_sewn = self._small(place * sewn[..., None]), self._small(sewn)
        # Averages of what is sewn and of nothing are brought back to what is sewn.
        small_place = floats(small_place / np.maximum(small_sewn, 1e-3)[..., None])
        asked = max(SET_TO_THE_PIXEL, ASKED // len(views) if self.barred else 0)
        for source in views:
            small, used = self.small[source], self.used[source]
            cost = (misfits(small, small_place, small_sewn) + 1e-5) * (1 + self.penalty * used)
            for barred, top, left in self.barred:
                if barred == source:
                    cost[_around(top // self.factor, reach), _around(left // self.factor, reach)] = np.inf
            for _ in range(asked):
                row, column = divmod(int(cost.argmin()), cost.shape[1])
                if not np.isfinite(cost[row, column]):
                    break
                found.append((float(cost[row, column]), source, row, column))
                cost[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2] = np.inf
        if not found:
            return self._any()
        best = self._new_beside(sorted(found))
        fine = [self._set_to_the_pixel(place, sewn, *at) for _, *at in best]
        least = min(cost for cost, *_ in fine)
        good = [place for cost, *place in fine if cost <= least * (1 + TOLERANCE)]
        source, row, column = good[self.random.integers(len(good))]
        return source, row, column

    def _new_beside(self, found: list[tuple[float, int, int, int]]) -> list[tuple[float, int, int, int]]:
        """Return the first few places that do not look like what goes on beside a neighbour.

        Where all do, those that fit best.
        """
        goes_on = [seen for seen in map(self._going_on, self.barred) if seen is not None]
        chosen = []
        for place in found:
            _, source, row, column = place
            if not any(self._alike(*seen, source, row, column) for seen in goes_on):
                chosen.append(place)
            if len(chosen) == SET_TO_THE_PIXEL:
                break
        return chosen or found[:SET_TO_THE_PIXEL]

    def _going_on(self, barred: tuple[int, int, int]) -> tuple[Image, int, int] | None:
        """Return as much of a barred patch as its view shows, coarsely, and where on the patch it begins."""
        source, top, left = barred
        small, side = self.small[source], self.block // self.factor
        row, column = round(top / self.factor), round(left / self.factor)
        first_row, first_column = max(0, row), max(0, column)
        seen = small[first_row : max(0, row + side), first_column : max(0, column + side)]
        if seen.shape[0] * seen.shape[1] < LEAST_SEEN * side**2:
            return None
        return np.ascontiguousarray(seen), first_row - row, first_column - column

    def _alike(self, seen: Image, down: int, right: int, source: int, row: int, column: int) -> bool:
        """Say whether a place looks like what is seen of a patch, from so far down and right on it."""
        reach, small = MOVED_COARSE_PX, self.small[source]
        top, left = max(0, row + down - reach), max(0, column + right - reach)
        bottom, last = row + down + seen.shape[0] + reach, column + right + seen.shape[1] + reach
        around = small[top:bottom, left:last]
        return bool(cv2.matchTemplate(around, seen, cv2.TM_CCOEFF_NORMED).max() > LOOKS_ALIKE)

    def _set_to_the_pixel(
        self, place: Image, sewn: Image, source: int, row: int, column: int
    ) -> tuple[float, int, int, int]:
        """Return the best place within a coarse pixel, with its cost."""
        picture = self.sources[source]
        top, left = max(0, (row - 1) * self.factor), max(0, (column - 1) * self.factor)
        reach = self.block + 2 * self.factor
        around = picture.image[top : top + reach, left : left + reach]
        free = _room_for(picture.usable[top : top + reach, left : left + reach], self.block)
        cost = np.where(free, misfits(around, place, sewn), np.inf)
        y, x = divmod(int(cost.argmin()), cost.shape[1])
        used = float(self.used[source][row, column])
        return (float(cost[y, x]) + 1e-5) * (1 + self.penalty * used), source, top + y, left + x

    def _small(self, values: Image) -> Image:
        """Average over coarse pixels; what is left over at the end is dropped."""
        factor = self.factor
        height, width = values.shape[0] // factor, values.shape[1] // factor
        whole = np.ascontiguousarray(values[: height * factor, : width * factor])
        return floats(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def _around(middle: int, reach: int) -> slice:
    """Return the places of an axis so near to one, of those that are not before its start."""
    return slice(max(0, middle - reach), max(0, middle + reach + 1))


def _room_for(usable: Bits, block: int) -> Bits:
    """Return where a patch's upper left corner may lie."""
    total = cv2.integral((~usable).astype(np.uint8), sdepth=cv2.CV_32S)
    inside = total[block:, block:] - total[:-block, block:] - total[block:, :-block] + total[:-block, :-block]
    return np.asarray(inside == 0)
