"""The ``network:`` block of a recipe: a trained network does in one pass what ``optimise:`` walks to."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

from configs.fields import Name, Number, Part, Whole
from configs.optimise import ContentTerm, MotifTerm, StyleTerm, TvTerm

NetworkKind = Literal[
    "johnson", "johnson-many", "stylebank", "stylebank-paper", "nstn", "adain", "toile-fast"
]
NETWORK_KINDS: tuple[str, ...] = get_args(NetworkKind)
# Those that go a part of the way too.
MIXES = ("stylebank", "stylebank-paper", "adain", "toile-fast")
# Those that look through the recipe's backbone, and where.
LOOKS_AT = {"adain": "relu4_1"}
# Those of one style a network, which have nothing to paint a design of several with.
ONE_STYLE = ("johnson", "nstn")
# Those whose styles lie in their weights: what they make of a photo they make without the textile's picture.
IN_WEIGHTS = ("johnson", "johnson-many", "stylebank", "stylebank-paper")
# Those that are shown cloth and nothing else.
ONLY_CLOTH = ("toile-fast",)


@dataclass(frozen=True)
class Pieces:
    """What a network's weights consist of: one file for all styles, one a style, or both.

    A kind with both learns a new style by training its own file alone: the shared one, and with it every
    other style, keeps its bytes.
    """

    shared: bool
    style: bool


PIECES: dict[str, Pieces] = {
    "johnson": Pieces(shared=False, style=True),
    "johnson-many": Pieces(shared=True, style=True),
    "stylebank": Pieces(shared=True, style=True),
    "stylebank-paper": Pieces(shared=True, style=True),
    "nstn": Pieces(shared=False, style=True),
    "adain": Pieces(shared=True, style=False),
    "toile-fast": Pieces(shared=True, style=False),
}


class TrainPart(Part):
    """The ``train:`` block: how ``toile train`` makes a network. It is in no design's id; the weights are."""

    steps: Whole = Field(
        2000, ge=1, le=10_000_000, description="Of the file that all styles share, or the only one."
    )
    style_steps: Whole = Field(
        500, ge=1, le=10_000_000, description="Of a style's own file, where there is a shared one too."
    )
    batch: Whole = Field(4, ge=1, le=256, description="Photos a step.")
    crop_px: Annotated[Whole, Field(multiple_of=16)] = Field(
        256, ge=64, le=1024, description="Side of the squares cut from photos."
    )
    seen_px: Annotated[Whole, Field(multiple_of=16)] | None = Field(
        None,
        ge=64,
        le=2048,
        description="Side of the pictures that squares are cut from, and so how large strokes become; the "
        "squares' own where it is left out. Small squares of large pictures cost a part.",
    )
    width_share: Number = Field(
        1.0,
        gt=0,
        le=4,
        description="Channels of the network over those of its paper; .5 has a quarter of the weights.",
    )
    lr: Number = Field(
        1e-3, gt=0, le=1, description="Adam's step at the beginning; it falls to 0 as a cosine."
    )
    style_lr: Number | None = Field(
        None,
        gt=0,
        le=1,
        description="Of a style's own file, where there is a shared one too; lr where it is left out.",
    )
    content: ContentTerm | None = Field(None, description="As in optimise:, against the photo.")
    style: StyleTerm | None = Field(None, description="As in optimise:, against the style image.")
    motif: MotifTerm | None = Field(
        None, description="As in optimise:, against the cloth; toile-fast alone has it."
    )
    tv: TvTerm | None = Field(None, description="As in optimise:, of the picture.")
    pixel_weight: Number = Field(
        0.0, ge=0, description="Of the mean squared difference to the photo, or to the teacher's design."
    )
    held_out: Whole = Field(
        16, ge=1, le=1000, description="Photos kept from training, which scores are taken on."
    )
    check_every: Whole = Field(
        100, ge=1, description="Steps between two checkpoints, each with a held-out loss."
    )
    patience: Whole = Field(
        10, ge=1, description="Checkpoints without a lower held-out loss before it stops."
    )
    minutes: Number = Field(0, ge=0, description="Stops after so long with what it has; 0: no limit.")
    most_photos: Whole = Field(
        2000, ge=3, le=100_000, description="Photos at most, drawn by the seed: all are held in memory."
    )
    most_broken: Number = Field(
        0.1, ge=0, le=1, description="Share of photos that cannot be read above which training is refused."
    )
    seed: Whole = Field(0, ge=0, description="Of the first weights, the order of photos and the crops.")
    against: Name = Field(
        "gatys", description="The recipe whose designs its scores are set beside in the card."
    )

    @property
    def picture_px(self) -> int:
        """Side of the pictures that the network learns to paint, px."""
        return self.seen_px or self.crop_px

    def of_a_style(self) -> "TrainPart":
        """Return how a style's own file is trained beside a shared one: by ``style_steps`` and ``style_lr``.

        The block of a file says ``steps`` and ``lr`` alone, so that what concerns other files makes it no
        other training.
        """
        lr = self.lr if self.style_lr is None else self.style_lr
        return self.model_copy(update={"steps": self.style_steps, "lr": lr})


class NetworkPart(Part):
    """The ``network:`` block: which trained network paints, and what it is shown."""

    kind: NetworkKind
    model: Name | None = Field(
        None, description="Folder of its weights under models/; the kind's name where it is left out."
    )
    sees: Literal["photo", "cloth"] = Field(
        "photo",
        description="photo: it repaints the whole picture, as its paper does; cloth: it changes the cloth as "
        "it lies on the garment, which is then lit and set into the photo as any other.",
    )
    style_share: Number = Field(
        1.0,
        ge=0,
        le=1,
        description="How far it goes: 1 all the way, 0 leaves the picture as the network gives it back "
        "without a style (adain's alpha); networks without such a mixture refuse less than 1.",
    )
    train: TrainPart = TrainPart()

    @property
    def model_name(self) -> str:
        """The folder of its weights under ``models/``."""
        return self.model or self.kind

    @property
    def pieces(self) -> Pieces:
        """Which files its weights consist of."""
        return PIECES[self.kind]
