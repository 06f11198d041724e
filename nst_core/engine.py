"""The engine: one long-lived object a device, which takes designs and gives back pictures with scores.

The way of a design, all of it: prepare (decode, mask, shading, cloth laid) → canvas (the box around the
garment) → optimise → relight → composite → score. A tile of new cloth goes the same way without a garment:
as a design, or first, for all garments that wear it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from configs.cloth import Repeat
from configs.recipe import Recipe
from nst_core.allocator import keep_freed_memory, large_pieces_returned
from nst_core.at_size import enlarged
from nst_core.backbones.weights import weights_sha256
from nst_core.batches import groups_of_one_size, laid
from nst_core.colorways import Originals
from nst_core.design import DesignJob, Painted, Prepared, Recolouring, RgbFloat, RgbImage
from nst_core.dressing import Shelf, dressed, made_here
from nst_core.errors import EngineError, OutOfMemory
from nst_core.finishing import finished
from nst_core.memo import Memo
from nst_core.memory import Plan, paint_in_halves, plan
from nst_core.painting import Painter, or_error
from nst_core.preparation import Preparation
from nst_core.sight import SCORING_BACKBONE, Sight
from nst_core.training.pairs import PairPlanes, teacher_pair
from nst_core.uprez import LBFGS_MOST_PX, WINDOW_PX, Enlarged, OnScale

# Part of every design_id: raise it when the same inputs give other pictures.
ENGINE_VERSION = "8"

OnStep = Callable[[int, int], None]
OnLosses = Callable[[int, Tensor], None]
Result = TypeVar("Result")


class Engine:
    """Paints designs on one device; ``prepare`` may be called from any thread, ``paint`` from one.

    Args:
        device: ``auto`` (CUDA where there is one), ``cpu``, ``cuda`` or ``cuda:1``.
        precision: of the backbone's trunk: ``auto``, ``bf16`` or ``fp32``.
        weights_dir: a folder with weights files that comes before the caches.
        threads: CPU threads of the painting; None leaves torch's own choice.
        deterministic: the same design gives the same bytes on the same machine and versions, with the same
            threads, alone or in any batch: designs are painted one by one, nothing depends on the memory that
            happens to be free, and CUDA takes its deterministic kernels.
    """

    version = ENGINE_VERSION

    def __init__(
        self,
        *,
        device: str = "auto",
        precision: str = "auto",
        weights_dir: Path | None = None,
        threads: int | None = None,
        deterministic: bool = False,
    ) -> None:
        keep_freed_memory()
        if threads is not None:
            torch.set_num_threads(threads)
        self.device = torch.device(_pick_device(device))
        self._deterministic = deterministic
        if deterministic and self.device.type == "cuda":
            _take_deterministic_kernels()
        self._weights_dir = weights_dir
        self._sight = Sight(self.device, precision=precision, weights_dir=weights_dir)
        self._preparation = Preparation(look=self._sight.look)
        self._tiles: Memo[RgbFloat] = Memo(64)
        self._originals = Originals()

    @property
    def device_name(self) -> str:
        """The device as a person would name it."""
        if self.device.type == "cuda":
            return str(torch.cuda.get_device_name(self.device))
        return f"cpu ({torch.get_num_threads()} threads)"

    @property
    def precision(self) -> str:
        """What the trunk runs in: ``bf16`` or ``fp32``."""
        return self._sight.backbone(SCORING_BACKBONE).precision

    def weights_sha256(self, backbone: str) -> str:
        """Return the sha256 of the weights that this engine would use for a backbone, without loading it."""
        return weights_sha256(backbone, weights_dir=self._weights_dir)

    def prepare(self, job: DesignJob, recipe: Recipe, *, tile: RgbImage | None = None) -> Prepared:
        """Decode a design's files and lay its cloth.

        Args:
            job: the design's files and numbers.
            recipe: how it is painted.
            tile: of a garment's new cloth where that was finished before: it is not made again.

        Raises:
            EngineError: with the ``code`` and the sentence for the manifest.
        """
        return self._preparation.prepare(job, recipe, tile=tile)

    def mock_up(self, tile: RgbImage, repeat: Repeat, job: DesignJob, recipe: Recipe) -> RgbImage:
        """Return a garment in a finished tile ``(h, w, 3)``: laid on it and relit, without any steps.

        Args:
            tile: yardage.
            repeat: how it meets its neighbours.
            job: the garment and the size; its style is not read.
            recipe: how garments are read and cloth is laid.

        Raises:
            EngineError: with the ``code`` and the sentence for a person.
        """
        only_laid = recipe.model_copy(update={"optimise": None})
        prepared = self._preparation.mock_up(tile, repeat, job, only_laid)
        return finished(prepared, laid(prepared).to(self.device), only_laid)

    def enlarge(
        self,
        tile: RgbImage,
        job: DesignJob,
        recipe: Recipe,
        *,
        height_px: int,
        width_px: int,
        should_stop: Callable[[], bool] = lambda: False,
        on_scale: OnScale | None = None,
    ) -> Enlarged:
        """Return finished yardage at another size, its optimisation resumed where the recipe has one.

        Args:
            tile: ``(h, w, 3)``, as it was painted.
            job: the design's, with its own ``size_px``.
            recipe: of new cloth, the design's.
            height_px, width_px: from :func:`~nst_core.uprez.press_size_px`.
            should_stop: asked before every step.
            on_scale: told the width that comes next and the last one.

        Raises:
            EngineError: with the ``code`` and the sentence for a person.
            Stopped: ``should_stop`` said so.
        """
        return enlarged(
            tile,
            job,
            recipe,
            self._preparation.tiles,
            self._sight.backbone(recipe.backbone),
            height_px=height_px,
            width_px=width_px,
            most_px=self.most_px,
            should_stop=should_stop,
            on_scale=on_scale,
        )

    def most_px(self, height_px: int, width_px: int) -> int | None:
        """Return how much of a tile is looked at at once, whatever else there would be room for."""
        most_px = plan(height_px, width_px, device=self.device, precision=self.precision).most_px
        if height_px * width_px <= LBFGS_MOST_PX:
            return most_px
        return min(most_px or WINDOW_PX, WINDOW_PX)

    def batch_size(self, prepared: Prepared) -> int:
        """Return how many designs of this one's size the device paints at once."""
        return self.plan(prepared).batch

    def paint(
        self,
        prepared: Sequence[Prepared],
        recipe: Recipe,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        on_step: OnStep | None = None,
        on_losses: OnLosses | None = None,
        shelf: Shelf = made_here,
    ) -> list[Painted | EngineError]:
        """Paint and score designs, in order; what fails is an error in its own place.

        Args:
            prepared, recipe, should_stop, on_step, on_losses, shelf: as :meth:`paint_originals` has them.

        Raises:
            Stopped: ``should_stop`` said so; the designs of the running batch are not kept.
        """
        begun = self.paint_originals(
            prepared, recipe, should_stop=should_stop, on_step=on_step, on_losses=on_losses, shelf=shelf
        )
        return [or_error(one.made) if isinstance(one, Recolouring) else one for one in begun]

    def paint_originals(
        self,
        prepared: Sequence[Prepared],
        recipe: Recipe,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        on_step: OnStep | None = None,
        on_losses: OnLosses | None = None,
        shelf: Shelf = made_here,
    ) -> list[Painted | Recolouring | EngineError]:
        """Paint and score designs, in order; those in colorways are still to be made, on any thread.

        Designs of one size are painted together, as many as fit into memory; one that does not fit is looked
        at through windows. What runs out of memory all the same is painted again in halves.

        Args:
            prepared: the designs.
            recipe: how to paint them.
            should_stop: asked before every step.
            on_step: told the steps taken and the designs in the batch.
            on_losses: told the steps taken and the losses ``(B,)`` of the batch, on the device.
            shelf: where finished tiles of new cloth come from, or go to.

        Raises:
            Stopped: ``should_stop`` said so; the designs of the running batch are not kept.
        """
        painter = Painter(recipe, self._sight, self._originals, should_stop, _listener(on_step, on_losses))
        tailor = replace(painter, recipe=recipe.of_its_tile())
        ready = dressed(prepared, lambda tile: self._in_batches([tile], tailor.finish)[0], self._tiles, shelf)
        painted = iter(self._in_batches([one for one in ready if isinstance(one, Prepared)], painter.paint))
        return [next(painted) if isinstance(one, Prepared) else one for one in ready]

    def pair(self, prepared: Prepared, recipe: Recipe, *, side_px: int) -> PairPlanes:
        """Return what a recipe's steps make of a design's cloth, for a network to learn from.

        Args:
            prepared, recipe, side_px: as :func:`~nst_core.training.pairs.teacher_pair` has them.

        Raises:
            EngineError: the design teaches nothing, or its steps left the real numbers.
        """
        return teacher_pair(prepared, recipe, self._sight, side_px=side_px)

    def _in_batches(
        self, prepared: Sequence[Prepared], work: Callable[[Sequence[Prepared], Plan], list[Result]]
    ) -> list[Result | OutOfMemory]:
        """Do ``work`` on designs of one size at a time, as many as fit; returns a result each, in order."""

        def careful(batch: Sequence[Prepared], plan: Plan) -> list[Result]:
            with nullcontext() if plan.most_px is None else large_pieces_returned():
                return work(batch, plan)

        results: dict[int, Result | OutOfMemory] = {}
        for group in groups_of_one_size(prepared):
            members = [prepared[index] for index in group]
            done = paint_in_halves(members, careful, plan=self.plan(members[0]))
            results |= dict(zip(group, done, strict=True))
        return [results[index] for index in range(len(prepared))]

    def plan(self, prepared: Prepared) -> Plan:
        """Return how designs of this one's size would be painted now."""
        height, width, *picture = prepared.canvas_px
        return plan(
            height,
            width,
            of_px=picture[0] * picture[1],
            device=self.device,
            precision=self.precision,
            deterministic=self._deterministic,
        )


def _listener(on_step: OnStep | None, on_losses: OnLosses | None) -> OnLosses:
    def listen(step: int, losses: Tensor) -> None:
        if on_step is not None:
            on_step(step, len(losses))
        if on_losses is not None:
            on_losses(step, losses)

    return listen


def _take_deterministic_kernels() -> None:
    # cuBLAS reads this when it starts; torch refuses to promise anything without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True)


def _pick_device(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"
