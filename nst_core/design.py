"""What goes into the engine for one design, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.cloth import Repeat
from configs.colorways import Contrast
from configs.network import NetworkPart
from nst_core.backbones import Area
from nst_core.cloth.makers import Layout
from nst_core.errors import NetworkUntrained
from nst_core.garment import GarmentMask, Shading
from nst_core.networks import NetworkFiles
from nst_core.planes import padded
from nst_core.scoring import Scores
from nst_core.scoring.tile import TileScores

RgbImage = NDArray[np.uint8]
RgbFloat = NDArray[np.float32]


@dataclass(frozen=True)
class FurtherStyle:
    """A textile beside a design's first: for a share of the pattern, or for a region of the picture.

    Attributes:
        data: the file's bytes.
        name: what to call it in a refusal.
        share: of the pattern's area, the first style's share is what the others leave; 0 for a region.
        region: colour in the design's map of regions; "" for a share.
        motif_ratio: width of its image over that of the first style's, on cloth; None where unknown.
    """

    data: bytes
    name: str
    share: float = 0.0
    region: str = ""
    motif_ratio: float | None = None


@dataclass(frozen=True)
class Colorway:
    """Other colours for a finished design.

    Attributes:
        colours: hex, 2 to 24.
        inks: how many of the design's own colours are told apart and exchanged.
        contrast: whether what was lighter stays so.
    """

    colours: tuple[str, ...]
    inks: int
    contrast: Contrast


@dataclass(frozen=True)
class DesignJob:
    """The bytes and numbers of one design: a garment, a textile, a size, a seed.

    ``content`` is None for yardage, where the tile is the design. ``motif`` is the textile whose figures a
    maker of new cloth joins with the style. ``motif_share`` is the width of the style image over the width of
    the garment (of new cloth's tile), both as they would be on cloth (``motif_width_mm / width_mm``),
    ``motif_ratio`` the motif image's width over the style image's, and ``repeat_share`` the tile's width over
    the garment's; ``None`` leaves the scale to the recipe. ``protect`` is a mask
    whose white stays the photo, bit for bit; ``palette`` an image whose colours the style takes;
    ``further`` are textiles beside the first, and ``regions`` the map that their regions are coloured in.
    ``networks`` are the trained networks that the recipe paints through, by the names of their models; one
    whose styles have files of their own has one for each of ``further`` too, in their order.
    """

    design_id: str
    content: bytes | None
    content_name: str
    style: bytes
    style_name: str
    size_px: int
    seed: int = 0
    mask: bytes | None = None
    mask_name: str | None = None
    protect: bytes | None = None
    protect_name: str | None = None
    palette: bytes | None = None
    palette_name: str | None = None
    further: tuple[FurtherStyle, ...] = ()
    regions: bytes | None = None
    regions_name: str | None = None
    motif: bytes | None = None
    motif_name: str | None = None
    motif_ratio: float | None = None
    motif_share: float | None = None
    repeat_share: float | None = None
    colorway: Colorway | None = None
    networks: tuple[tuple[str, NetworkFiles], ...] = ()

    def network(self, part: NetworkPart | None) -> NetworkFiles | None:
        """Return the files of the network that a recipe paints through; None where it names none.

        Raises:
            NetworkUntrained: it names one, and there are no files of it.
        """
        if part is None:
            return None
        found = dict(self.networks).get(part.model_name)
        if found is None:
            raise NetworkUntrained(
                f"there is no trained network {part.model_name!r} for {self.style_name}; `toile train` makes "
                f"one",
                model=part.model_name,
            )
        return found


@dataclass(frozen=True)
class StyleRegion:
    """A part of a picture with a style of its own: ``mask`` ``(H, W)`` in [0, 1], the rest as in Prepared."""

    mask: RgbFloat
    style: RgbImage
    style_key: Hashable


@dataclass(frozen=True)
class Prepared:
    """A design that is ready to be painted: decoded, masked, shaded, its cloth laid.

    Arrays share one height and width, the design's own. ``style`` is what the losses and scores compare the
    picture with: the cloth before it was laid, or, for a recipe without cloth, the style image at its scale.
    Designs with the same ``style_key`` have the same ``style``. ``alpha`` ``(H, W)`` is where the picture is
    painted: the mask, less what is protected; None: everywhere. ``box`` is the part of the padded picture
    that the steps work on. ``regions`` divide a picture with several styles, which ``style`` holds all of, by
    their areas; empty: one style. ``shares`` are those of each style (the first, then ``further``) in each
    region (in the whole picture where there are none), empty: one style.

    Of yardage the picture is the tile: ``content`` and ``laid`` are the tile as it was laid out, ``alpha`` is
    where it is refined, ``repeat`` how it meets its neighbours, ``layout`` what its maker gave. A garment in
    new cloth ``awaits`` its tile: until that is made its ``laid`` and ``style`` are not its own; then it
    wears the ``tile``. ``network`` are the files of the network that paints it, where one does.

    Designs with the same ``origin`` differ in their ``colorway`` alone and are painted once.
    """

    design_id: str
    seed: int
    content: RgbImage
    style: RgbImage
    style_key: Hashable
    mask: GarmentMask | None
    alpha: RgbFloat | None
    shading: Shading | None
    laid: RgbFloat | None
    box: Area
    regions: tuple[StyleRegion, ...] = ()
    shares: tuple[tuple[float, ...], ...] = ()
    flags: tuple[str, ...] = ()
    repeat: Repeat | None = None
    layout: Layout | None = None
    awaits: TileAwaited | None = None
    colorway: Colorway | None = None
    origin: Hashable = None
    tile: RgbImage | None = None
    network: NetworkFiles | None = None

    @property
    def shape_px(self) -> tuple[int, int]:
        """Height and width, px."""
        return self.content.shape[0], self.content.shape[1]

    @property
    def canvas_px(self) -> tuple[int, int, int, int]:
        """Height and width of the box and of the padded picture, px: equal ones can be painted together."""
        box, (height, width) = self.box, self.shape_px
        return box.bottom - box.top, box.right - box.left, padded(height), padded(width)


@dataclass(frozen=True)
class TileAwaited:
    """A tile that has to be made before a garment can wear it: the tile's design, and the garment in it.

    ``key`` stands for the finished tile; ``wear`` takes it, ``(h, w, 3)`` in [0, 1], and gives the garment.
    """

    key: Hashable
    tile: Prepared
    wear: Callable[[RgbFloat], Prepared]


@dataclass(frozen=True)
class Recolouring:
    """A design in a colorway whose painting is there: to be made on any thread, without the device.

    ``made`` gives it, and raises EngineError.
    """

    design_id: str
    made: Callable[[], Painted]


@dataclass(frozen=True)
class Painted:
    """A finished design with its scores; ``tile_scores`` are those of yardage.

    A design in a colorway has no scores but its ``structure``: how much of the motif it kept. A tile in inks
    says which (hex, lightest first), and how far its print is from the picture before, ΔE2000. ``colours``
    are those that a person would name, hex, ``colour_shares`` how much each has of the garment or tile, and
    ``colour_descriptor`` what colours are alike by; all empty where there is no garment left to see.
    """

    design_id: str
    image: RgbImage
    scores: Scores
    flags: tuple[str, ...]
    mask_source: str
    mask_area: float | None
    mask_confidence: float | None
    steps: int
    seconds: float
    batch: int
    tile_scores: TileScores | None = None
    structure: float | None = None
    inks: tuple[str, ...] = ()
    delta_e_mean: float | None = None
    delta_e_p95: float | None = None
    colours: tuple[str, ...] = ()
    colour_shares: tuple[float, ...] = ()
    colour_descriptor: tuple[int, ...] = ()

    @property
    def height_px(self) -> int:
        """Height of the image, px."""
        return int(self.image.shape[0])

    @property
    def width_px(self) -> int:
        """Width of the image, px."""
        return int(self.image.shape[1])
