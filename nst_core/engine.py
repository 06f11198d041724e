"""The engine: one long-lived object a device, which takes designs and gives back pictures with scores.

The way of a design, all of it: prepare (decode, mask, shading, cloth laid) → canvas (the box around the
garment) → optimise → relight → composite → score. A tile of new cloth goes the same way without a garment:
as a design, or first, for all garments that wear it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

from configs.backbones import MASK_BACKBONE
from configs.cloth import Repeat
from configs.recipe import OptimisePart, Recipe
from nst_core.allocator import keep_freed_memory, large_pieces_kept, large_pieces_returned
from nst_core.backbones import Backbone, load_backbone
from nst_core.backbones.weights import weights_sha256
from nst_core.batches import contents, groups_of_one_size, laid, light, masks, region_masks, starts
from nst_core.colorways import Originals, structure
from nst_core.design import DesignJob, Painted, Prepared, RgbFloat, RgbImage, StyleRegion
from nst_core.dressing import dressed
from nst_core.errors import EngineError, NonFinite, OutOfMemory
from nst_core.finishing import finished
from nst_core.garment import look
from nst_core.garment.pixels import Image, unit
from nst_core.losses import Region
from nst_core.memo import Memo
from nst_core.memory import Plan, paint_in_halves, plan
from nst_core.optimise import Canvas, StyleTargets, optimise, style_targets, with_at_most
from nst_core.planes import to_planes
from nst_core.preparation import Preparation
from nst_core.scoring import ClothFeatures, Scores, cloth_features, score
from nst_core.scoring.flags import SCRAMBLED, SPECKLED
from nst_core.scoring.tile import TileScores, score_tile
from nst_core.uprez import LBFGS_MOST_PX, WINDOW_PX, Enlarged, OnScale, enlarged

# Part of every design_id: raise it when the same inputs give other pictures.
ENGINE_VERSION = "4"
SCORING_BACKBONE = "vgg16"

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
        self._precision = precision
        self._deterministic = deterministic
        if deterministic and self.device.type == "cuda":
            _take_deterministic_kernels()
        self._weights_dir = weights_dir
        self._preparation = Preparation(look=self._look)
        self._backbones: Memo[Backbone] = Memo(5)
        self._targets: Memo[StyleTargets] = Memo(32)
        self._cloths: Memo[ClothFeatures] = Memo(32)
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
        return self._backbone(SCORING_BACKBONE).precision

    def weights_sha256(self, backbone: str) -> str:
        """Return the sha256 of the weights that this engine would use for a backbone, without loading it."""
        return weights_sha256(backbone, weights_dir=self._weights_dir)

    def prepare(self, job: DesignJob, recipe: Recipe) -> Prepared:
        """Decode a design's files and lay its cloth.

        Raises:
            EngineError: with the ``code`` and the sentence for the manifest.
        """
        return self._preparation.prepare(job, recipe)

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
            self._backbone(recipe.backbone),
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
    ) -> list[Painted | EngineError]:
        """Paint and score designs, in order; what fails is an error in its own place.

        Designs of one size are painted together, as many as fit into memory; one that does not fit is looked
        at through windows. What runs out of memory all the same is painted again in halves.

        Args:
            prepared: the designs.
            recipe: how to paint them.
            should_stop: asked before every step.
            on_step: told the steps taken and the designs in the batch.
            on_losses: told the steps taken and the losses ``(B,)`` of the batch, on the device.

        Raises:
            Stopped: ``should_stop`` said so; the designs of the running batch are not kept.
        """
        told = _listener(on_step, on_losses)

        def finish(batch: Sequence[Prepared], plan: Plan) -> list[RgbImage | EngineError]:
            return self._finish_batch(batch, recipe.of_its_tile(), plan, should_stop, told)[0]

        def paint(batch: Sequence[Prepared], plan: Plan) -> list[Painted | EngineError]:
            return self._paint_batch(batch, recipe, plan, should_stop, told)

        ready = dressed(prepared, lambda tile: self._in_batches([tile], finish)[0], self._tiles)
        painted = iter(self._in_batches([one for one in ready if isinstance(one, Prepared)], paint))
        return [next(painted) if isinstance(one, Prepared) else one for one in ready]

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

    def _paint_batch(
        self,
        batch: Sequence[Prepared],
        recipe: Recipe,
        plan: Plan,
        should_stop: Callable[[], bool],
        on_losses: OnLosses,
    ) -> list[Painted | EngineError]:
        began = time.perf_counter()
        images, steps = self._finish_batch(batch, recipe, plan, should_stop, on_losses)
        return [
            image
            if isinstance(image, EngineError)
            else self._judged(one, image, recipe, plan, steps, began, len(batch))
            for one, image in zip(batch, images, strict=True)
        ]

    def _finish_batch(
        self,
        batch: Sequence[Prepared],
        recipe: Recipe,
        plan: Plan,
        should_stop: Callable[[], bool],
        on_losses: OnLosses,
    ) -> tuple[list[RgbImage | EngineError], int]:
        """Return finished pictures, errors in the places of those that failed, and the steps taken."""
        paintings, steps = self._paintings(batch, recipe, plan, should_stop, on_losses)
        images: list[RgbImage | EngineError] = []
        for one, painting in zip(batch, paintings, strict=True):
            if isinstance(painting, EngineError):
                images.append(painting)
                continue
            if one.colorway is not None:
                key = (one.origin, recipe)
                try:
                    painting = self._originals.in_colorway(key, painting, one.colorway, one.tile)
                except EngineError as error:
                    images.append(error)
                    continue
            images.append(finished(one, painting, recipe))
        return images, steps

    def _paintings(
        self,
        batch: Sequence[Prepared],
        recipe: Recipe,
        plan: Plan,
        should_stop: Callable[[], bool],
        on_losses: OnLosses,
    ) -> tuple[list[Tensor | EngineError], int]:
        """Return what is relit and put into the photos; designs that differ in colours alone share theirs."""
        part = recipe.steps
        if part is None:
            return [laid(one).to(self.device) for one in batch], 0
        known = {one.origin: self._originals.get((one.origin, recipe)) for one in batch if one.origin}
        fresh: dict[Hashable, Prepared] = {}
        for index, one in enumerate(batch):
            if one.origin is None or known[one.origin] is None:
                fresh.setdefault(index if one.origin is None else one.origin, one)
        made: dict[Hashable, Tensor | EngineError] = {}
        steps = 0
        if fresh:
            news = list(fresh.values())
            done = optimise(
                self._canvas(news, recipe, part, plan),
                with_at_most(plan.most_pairs, part),
                self._backbone(recipe.backbone),
                most_px=plan.most_px,
                should_stop=should_stop,
                on_step=on_losses,
            )
            steps = done.steps
            for key, painting, is_finite in zip(fresh, done.images, done.finite.tolist(), strict=True):
                made[key] = painting if is_finite else _left_the_numbers()
                if is_finite and fresh[key].origin is not None:
                    self._originals.keep((key, recipe), painting)
        found: list[Tensor | EngineError] = []
        for index, one in enumerate(batch):
            kept = None if one.origin is None else known[one.origin]
            found.append(made[index if one.origin is None else one.origin] if kept is None else kept)
        return found, steps

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

    def _canvas(self, batch: Sequence[Prepared], recipe: Recipe, part: OptimisePart, plan: Plan) -> Canvas:
        backbone, shading, mask = self._backbone(recipe.backbone), light(batch), masks(batch)
        return Canvas(
            start=starts(batch, part).to(self.device),
            content=contents(batch).to(self.device),
            styles=[self._style_targets(one, recipe, part, plan, backbone) for one in batch],
            regions=self._regions(batch, recipe, part, plan, backbone),
            shading=None if shading is None else shading.to(self.device),
            mask=None if mask is None else mask.to(self.device),
            seeds=tuple(one.seed for one in batch),
            picture_px=batch[0].canvas_px[2:],
            repeat=batch[0].repeat,
        )

    def _regions(
        self, batch: Sequence[Prepared], recipe: Recipe, part: OptimisePart, plan: Plan, backbone: Backbone
    ) -> list[Region]:
        """Return the regions of a batch: a design of one style has it all in the first."""
        regions = []
        for index in range(max(len(one.regions) for one in batch)):
            own = [one.regions[index] if index < len(one.regions) else one for one in batch]
            styles = [self._style_targets(one, recipe, part, plan, backbone) for one in own]
            regions.append(Region(region_masks(batch, index).to(self.device), styles))
        return regions

    def _judged(
        self,
        one: Prepared,
        image: RgbImage,
        recipe: Recipe,
        plan: Plan,
        steps: int,
        began: float,
        batch: int,
    ) -> Painted:
        scores, tile, kept = Scores(), None, None
        if one.colorway is None:
            scores, tile = self._scores(one, image, plan), self._tile_scores(one, image, plan)
            if one.layout is not None and one.layout.classes is not None:
                # The figures are another textile's, and so is their grain.
                scores = scores.without("motif", "speckle", flags=(SCRAMBLED, SPECKLED))
        elif (painting := self._originals.get((one.origin, recipe))) is not None:
            kept = structure(finished(one, painting, recipe), image, one.colorway)
        flags = (*one.flags, *scores.flags, *(() if tile is None else tile.flags))
        return Painted(
            design_id=one.design_id,
            image=image,
            scores=scores,
            tile_scores=tile,
            structure=kept,
            flags=tuple(dict.fromkeys(flags)),
            mask_source="none" if one.mask is None else one.mask.source,
            mask_area=None if one.mask is None else one.mask.area,
            mask_confidence=None if one.mask is None else one.mask.confidence,
            steps=steps,
            seconds=(time.perf_counter() - began) / batch,
            batch=batch,
        )

    def _scores(self, one: Prepared, image: RgbImage, plan: Plan) -> Scores:
        ink = None if one.shading is None else one.shading.ink
        return score(
            to_planes(image).to(self.device),
            None if one.repeat is not None else to_planes(one.content).to(self.device),
            self._cloth_features(one, plan),
            None if one.alpha is None else torch.from_numpy(one.alpha).to(self.device),
            self._backbone(SCORING_BACKBONE),
            ink=None if ink is None else torch.from_numpy(ink),
            most_px=plan.most_px,
            repeat=one.repeat,
        )

    def _tile_scores(self, one: Prepared, image: RgbImage, plan: Plan) -> TileScores | None:
        if one.layout is None or one.repeat is None:
            return None
        layout, backbone = one.layout, self._backbone(SCORING_BACKBONE)
        return score_tile(
            unit(image),
            layout.style,
            layout.motif,
            one.repeat,
            backbone,
            classes=layout.classes,
            most_px=plan.most_px,
        )

    def _look(self, rgb: RgbImage) -> Image:
        """Look for the garment, on the CPU: threads that prepare leave the device to the painting."""
        return look(rgb, self._backbone(MASK_BACKBONE, torch.device("cpu")).features)

    def _backbone(self, name: str, device: torch.device | None = None) -> Backbone:
        place = device or self.device
        return self._backbones.get(
            (name, place),
            lambda: load_backbone(name, device=place, precision=self._precision, weights=self._weights_dir),
        )

    def _style_targets(
        self,
        one: Prepared | StyleRegion,
        recipe: Recipe,
        part: OptimisePart,
        plan: Plan,
        backbone: Backbone,
    ) -> StyleTargets:
        key, layout = (one.style_key, recipe.backbone, part), getattr(one, "layout", None)
        weight = None if layout is None or layout.style_weight is None else layout.style_weight

        def targets() -> StyleTargets:
            return style_targets(
                self._style_image(one)[None],
                part,
                backbone,
                most_px=plan.most_px,
                as_cloth=layout is not None,
                weight=None if weight is None else torch.from_numpy(weight)[None, None].to(self.device),
            )

        with large_pieces_kept():
            return self._targets.get(key, targets)

    def _cloth_features(self, one: Prepared, plan: Plan) -> ClothFeatures:
        backbone = self._backbone(SCORING_BACKBONE)
        as_cloth = one.alpha is not None or one.repeat is not None

        def features() -> ClothFeatures:
            return cloth_features(self._style_image(one), backbone, most_px=plan.most_px, as_cloth=as_cloth)

        return self._cloths.get((one.style_key, as_cloth), features)

    def _style_image(self, one: Prepared | StyleRegion) -> Tensor:
        return to_planes(one.style).to(self.device)


def _left_the_numbers() -> NonFinite:
    return NonFinite(
        "the optimisation left the real numbers (NaN or infinite loss) and this design was dropped; lower "
        "the learning rate or the weights of the recipe"
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
