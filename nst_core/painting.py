"""A batch of one size, from canvas to scores: optimised, in its colorways, relit, in the photos, judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeVar

from torch import Tensor

from configs.recipe import Recipe
from nst_core.batches import canvas_of, laid
from nst_core.colorways import LARGEST_PX, Originals, in_own_colours
from nst_core.design import Colorway, Painted, Prepared, Recolouring, RgbImage
from nst_core.errors import EngineError, NonFinite, Stopped
from nst_core.finishing import finished
from nst_core.inking import Inked, cut, in_inks, inks_of
from nst_core.judging import design_colours, design_scores, tile_scores
from nst_core.memory import Plan
from nst_core.one_pass import in_one_pass
from nst_core.optimise import optimise, with_at_most
from nst_core.planes import to_planes
from nst_core.scoring import Scores
from nst_core.sight import Sight

Result = TypeVar("Result")
Painting = Tensor | Inked
# By origin: what is relit and put into the photos, or a tile in its inks, or why there is nothing.
Paintings = Mapping[Hashable, Painting | EngineError]


@dataclass(frozen=True, eq=False)
class Painter:
    """Paints prepared designs of one size beside each other, by one recipe.

    Attributes:
        recipe: how.
        sight: the backbones and what they have seen.
        originals: paintings of designs that came before, for the colorways that follow them.
        should_stop: asked before every step.
        on_losses: told the steps taken and the losses ``(B,)`` of the batch, on the device.
    """

    recipe: Recipe
    sight: Sight
    originals: Originals
    should_stop: Callable[[], bool]
    on_losses: Callable[[int, Tensor], None]

    def paint(self, batch: Sequence[Prepared], plan: Plan) -> list[Painted | Recolouring | EngineError]:
        """Return designs with their scores, errors in the places of those that failed.

        Designs in colorways are still to be made of their paintings, unless they are so large that no two
        should be made at once.

        Raises:
            Stopped: ``should_stop`` said so.
        """
        began = time.perf_counter()
        paintings, steps = self._paintings(batch, plan)
        painted_s = (time.perf_counter() - began) / len(batch)
        done = [
            or_error(self._judged, one, paintings, plan, steps, len(batch))
            if one.colorway is None
            else or_error(self._recolouring, one, one.colorway, paintings, steps, painted_s)
            for one in batch
        ]
        seconds = (time.perf_counter() - began) / len(batch)
        return [replace(one, seconds=seconds) if isinstance(one, Painted) else one for one in done]

    def finish(self, batch: Sequence[Prepared], plan: Plan) -> list[Painted | EngineError]:
        """Return designs in their own colours, as tiles are that garments await; as ``paint`` otherwise."""
        in_own_colours = [replace(one, colorway=None) for one in batch]
        return [one for one in self.paint(in_own_colours, plan) if not isinstance(one, Recolouring)]

    def _paintings(self, batch: Sequence[Prepared], plan: Plan) -> tuple[Paintings, int]:
        """Return a painting for each origin, and the steps taken: a design and its colorways share theirs."""
        by_origin: dict[Hashable, Prepared] = {}
        for one in batch:
            if one.colorway is None or one.origin not in by_origin:
                by_origin[one.origin] = one
        # A design in its own colours is painted; its colorways are made of what is kept of it, if it is.
        kept: dict[Hashable, Painting | EngineError] = {
            origin: original
            for origin, one in by_origin.items()
            if one.colorway is not None
            and (original := self.originals.get((origin, self.recipe))) is not None
        }
        fresh = [one for origin, one in by_origin.items() if origin not in kept]
        if not fresh:
            return kept, 0
        painted, steps = self._optimised(fresh, plan)
        paintings = dict(zip((one.origin for one in fresh), painted, strict=True))
        for origin, painting in paintings.items():
            if not isinstance(painting, EngineError):
                self.originals.keep((origin, self.recipe), _planes(painting))
        return kept | paintings, steps

    def _optimised(self, batch: Sequence[Prepared], plan: Plan) -> tuple[list[Painting | EngineError], int]:
        part, network = self.recipe.steps, self.recipe.through
        if network is not None:
            passed = in_one_pass(batch, network, self.recipe.backbone, self.sight)
            return [or_error(self._cut, *each) for each in zip(batch, passed, strict=True)], 0
        if part is None:
            cloths = [laid(one).to(self.sight.device) for one in batch]
            return [self._cut(one, cloth) for one, cloth in zip(batch, cloths, strict=True)], 0
        backbone = self.sight.backbone(self.recipe.backbone)
        targets = partial(self.sight.style_targets, part=part, backbone=backbone, most_px=plan.most_px)
        walk = partial(optimise, backbone=backbone, most_px=plan.most_px, should_stop=self.should_stop)
        canvas = canvas_of(batch, part, targets, self.sight.device)
        done = walk(canvas, with_at_most(plan.most_pairs, part), on_step=self.on_losses)
        painted = [
            painting if is_finite else _left_the_numbers()
            for painting, is_finite in zip(done.images, done.finite.tolist(), strict=True)
        ]
        inks = self.recipe.inks
        if inks is None or not inks.steps:
            return [or_error(self._cut, *each) for each in zip(batch, painted, strict=True)], done.steps

        def on_step(step: int, losses: Tensor) -> None:
            self.on_losses(done.steps + step, losses)

        settled = [or_error(self._in_photo, *each) for each in zip(batch, painted, strict=True)]
        found, steps = in_inks(settled, self.recipe, canvas, part, partial(walk, on_step=on_step))
        return list(found), done.steps + steps

    def _cut(self, one: Prepared, painting: Tensor | EngineError) -> Painting:
        """Return a painting as it is, or, where the recipe has inks, merely laid in them."""
        if isinstance(painting, EngineError):
            raise painting
        cloth, inks = self.recipe.cloth, self.recipe.inks
        if cloth is None or inks is None:
            return painting
        return cut(self._in_photo(one, painting), cloth, inks)

    def _in_photo(self, one: Prepared, painting: Tensor | EngineError) -> RgbImage:
        if isinstance(painting, EngineError):
            raise painting
        return finished(one, painting, self.recipe)

    def _finished(self, one: Prepared, paintings: Paintings) -> RgbImage:
        return in_own_colours(one, _planes(paintings[one.origin]), self.recipe)

    def _recolouring(
        self, one: Prepared, colorway: Colorway, paintings: Paintings, steps: int, painted_s: float
    ) -> Recolouring | Painted:
        painting = _planes(paintings[one.origin]).cpu()

        def made() -> Painted:
            began = time.perf_counter()
            image, structure = self.originals.in_colorway(one, painting, colorway, self.recipe)
            done = self._told(one, image, Scores(), steps, batch=1)
            return replace(done, structure=structure, seconds=painted_s + time.perf_counter() - began)

        return Recolouring(one.design_id, made) if painting[0].numel() <= LARGEST_PX else made()

    def _judged(self, one: Prepared, paintings: Paintings, plan: Plan, steps: int, batch: int) -> Painted:
        image = self._finished(one, paintings)
        scores = design_scores(one, image, self.sight, most_px=plan.most_px)
        tile = tile_scores(one, image, self.sight, most_px=plan.most_px)
        done = self._told(one, image, scores, steps, batch=batch)
        done = (
            done
            if tile is None
            else replace(done, tile_scores=tile, flags=_each_once(done.flags, tile.flags))
        )
        painting = paintings[one.origin]
        if isinstance(painting, Inked):
            done = replace(done, delta_e_mean=painting.off.mean, delta_e_p95=painting.off.p95)
        return done

    def _told(self, one: Prepared, image: RgbImage, scores: Scores, steps: int, *, batch: int) -> Painted:
        mask = one.mask
        found = design_colours(one, image)
        return Painted(
            design_id=one.design_id,
            image=image,
            scores=scores,
            inks=() if self.recipe.inks is None else inks_of(image),
            flags=_each_once(one.flags, scores.flags),
            mask_source="none" if mask is None else mask.source,
            mask_area=None if mask is None else mask.area,
            mask_confidence=None if mask is None else mask.confidence,
            steps=steps,
            seconds=0.0,
            batch=batch,
            colours=found.named,
            colour_shares=found.shares,
            colour_descriptor=found.descriptor,
        )


def _each_once(*flags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain(*flags)))


def _planes(painting: Painting | EngineError) -> Tensor:
    """Return a painting as planes; an error in its place is raised."""
    if isinstance(painting, EngineError):
        raise painting
    return to_planes(painting.image) if isinstance(painting, Inked) else painting


def or_error(work: Callable[..., Result], *arguments: object) -> Result | EngineError:
    """Return what ``work`` gives, or what it raised about a design.

    Raises:
        Stopped: somebody asked for it.
    """
    try:
        return work(*arguments)
    except Stopped:
        raise
    except EngineError as error:
        return error


def _left_the_numbers() -> NonFinite:
    return NonFinite(
        "the optimisation left the real numbers (NaN or infinite loss) and this design was dropped; lower "
        "the learning rate or the weights of the recipe"
    )
