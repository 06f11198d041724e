"""What an engine looks through, and what it remembers of the textiles that it has looked at."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from configs.backbones import MASK_BACKBONE
from configs.recipe import OptimisePart
from nst_core.allocator import large_pieces_kept
from nst_core.backbones import Backbone, load_backbone
from nst_core.backbones.precision import choose_precision
from nst_core.design import Prepared, RgbImage, StyleRegion
from nst_core.garment import look
from nst_core.garment.pixels import Image
from nst_core.memo import Memo
from nst_core.networks import LoadedNetwork, NetworkFiles, load_network
from nst_core.optimise import StyleTargets, style_targets
from nst_core.planes import to_planes
from nst_core.scoring import ClothFeatures, cloth_features

# A night meets many styles, one after the other.
NETWORKS = 8
# All designs are scored through one network, whatever their recipes optimised with.
SCORING_BACKBONE = "vgg16"


class Sight:
    """The backbones of a device, each loaded once, and style targets and cloth features by their textiles."""

    def __init__(self, device: torch.device, *, precision: str, weights_dir: Path | None) -> None:
        self.device = device
        self._precision = precision
        self._weights_dir = weights_dir
        self._backbones: Memo[Backbone] = Memo(5)
        self._targets: Memo[StyleTargets] = Memo(32)
        self._cloths: Memo[ClothFeatures] = Memo(32)
        self._networks: Memo[LoadedNetwork] = Memo(NETWORKS)

    def backbone(self, name: str, device: torch.device | None = None) -> Backbone:
        """Return a network on the engine's device, or on another.

        Raises:
            BackboneUnknown, WeightsMissing, WeightsCorrupt.
        """
        place = device or self.device
        return self._backbones.get(
            (name, place),
            lambda: load_backbone(name, device=place, precision=self._precision, weights=self._weights_dir),
        )

    def network(self, files: NetworkFiles, kind: str) -> LoadedNetwork:
        """Return a trained network on the engine's device, in the precision of the backbones.

        Raises:
            NetworkRefused: its files are not what they should be.
        """
        bf16 = choose_precision(self._precision, self.device) == "bf16"
        dtype = torch.bfloat16 if bf16 else torch.float32
        return self._networks.get(
            (files.key, kind), lambda: load_network(files, kind, device=self.device, dtype=dtype)
        )

    def look(self, rgb: RgbImage) -> Image:
        """Look for the garment, on the CPU: threads that prepare leave the device to the painting."""
        return look(rgb, self.backbone(MASK_BACKBONE, torch.device("cpu")).features)

    def style_targets(
        self, one: Prepared | StyleRegion, part: OptimisePart, backbone: Backbone, *, most_px: int | None
    ) -> StyleTargets:
        """Return what a recipe's losses compare a design, or a region of it, with."""
        layout = one.layout if isinstance(one, Prepared) else None

        def targets() -> StyleTargets:
            return style_targets(
                self._style_image(one)[None],
                part,
                backbone,
                most_px=most_px,
                as_cloth=layout is not None,
            )

        with large_pieces_kept():
            return self._targets.get((one.style_key, backbone.name, part), targets)

    def cloth_features(self, one: Prepared, *, most_px: int | None) -> ClothFeatures:
        """Return the cloth's side of a design's scores."""
        as_cloth = one.alpha is not None or one.repeat is not None

        def features() -> ClothFeatures:
            seen = self.backbone(SCORING_BACKBONE)
            return cloth_features(self._style_image(one), seen, most_px=most_px, as_cloth=as_cloth)

        return self._cloths.get((one.style_key, as_cloth), features)

    def _style_image(self, one: Prepared | StyleRegion) -> Tensor:
        return to_planes(one.style).to(self.device)
