"""The ``optimise:`` block of a recipe: losses, their weights, and who walks down them."""

from typing import Annotated, Literal

from pydantic import Field

from configs.fields import Layers, Number, Part, Whole


class Smoothed(Part):
    """What methods have in common that smooth gradients as pictures differ."""

    colour_share: Number = Field(
        1 / 3,
        gt=0,
        le=1,
        description="How far colours move beside light and dark; less keeps the colours of a start that has "
        "the textile's.",
    )


class LbfgsSpec(Smoothed):
    """Limited-memory BFGS: 30–50 steps do what Adam does in 200; wants a smooth TV."""

    method: Literal["lbfgs"] = "lbfgs"
    history: Whole = Field(10, ge=1, le=200, description="Steps remembered; more than 10 brings nothing.")


class AdamSpec(Part):
    """Adam, clipped to [0, 1] after each step."""

    method: Literal["adam"] = "adam"
    lr: Number = Field(0.02, gt=0, le=10, description="Step in pixel values; hot rates leave speckle.")
    beta1: Number = Field(0.9, ge=0, lt=1, description="Memory of the gradient's mean.")
    beta2: Number = Field(0.999, ge=0, lt=1, description="Memory of the gradient's square.")
    eps: Number = Field(1e-8, gt=0, description="Added to the root of the mean square.")
    decay: Literal["none", "cosine", "plateau"] = Field(
        "none",
        description="cosine: lr falls to 0 over the steps; plateau: a design whose loss stands still goes on "
        "with half its lr, so that speckle settles.",
    )
    patience: Whole = Field(
        12, ge=1, le=10_000, description="With plateau: steps without a loss 1 % lower before lr is halved."
    )


class GradientDescentSpec(Part):
    """Plain gradient descent, for comparison: the slowest of the four."""

    method: Literal["gradient-descent"] = "gradient-descent"
    lr: Number = Field(1.0, gt=0, description="Step per unit of gradient.")
    momentum: Number = Field(0.0, ge=0, lt=1, description="Share of the last step that is taken again.")


class AdadeltaSpec(Part):
    """Adadelta (Zeiler 2012), for comparison: needs no learning rate."""

    method: Literal["adadelta"] = "adadelta"
    lr: Number = Field(1.0, gt=0, description="Factor on Adadelta's own step.")
    rho: Number = Field(0.9, ge=0, lt=1, description="Memory of the running means.")
    eps: Number = Field(1e-6, gt=0, description="Starts the first step.")


class BarzilaiBorweinSpec(Smoothed):
    """Gradient descent, each step as long as the last one's curvature asks for: where L-BFGS does not fit."""

    method: Literal["barzilai-borwein"] = "barzilai-borwein"


OptimiserSpec = Annotated[
    LbfgsSpec | AdamSpec | GradientDescentSpec | AdadeltaSpec | BarzilaiBorweinSpec,
    Field(discriminator="method"),
]


class LossTerm(Part):
    """A block of ``optimise:`` that is a loss; ``nst_core.losses.registry`` names what works it out."""

    weight: Number = Field(1.0, ge=0, description="How much the loss counts; 0: it is left out.")


class ContentTerm(LossTerm):
    """The content loss: how much the picture keeps of the photo. On a garment it only costs style."""

    weight: Number = Field(1.0, ge=0, description="α.")
    layers: Layers = Field(description="Layer → its weight w_l; a list of layers shares 1 evenly.")
    form: Literal["half-sum", "mean"] = Field(
        "mean", description="half-sum: ½Σ(F−P)², as printed; mean: mean((F−P)²), the same at every size."
    )


class StyleTerm(LossTerm):
    """The style loss: how close the picture's Gram matrices come to the cloth's."""

    weight: Number = Field(1.0, ge=0, description="β.")
    layers: Layers = Field(description="Layer → its weight w_l; a list of layers shares 1 evenly.")
    form: Literal["gatys", "mean", "relative"] = Field(
        "relative",
        description="gatys: Σ(G−A)²/(4N²M²), G = FFᵀ; mean: mean((G−A)²), G = FFᵀ/(HW); "
        "relative: ‖G−A‖²/‖A‖², which needs no tuning.",
    )
    region: Literal["picture", "garment"] = Field(
        "picture", description="Where the picture is compared with the cloth; garment wants a garment: block."
    )


class MotifTerm(LossTerm):
    """The motif loss: keeps figures whole where folds run through them: each place like one of the cloth."""

    weight: Number = Field(1.0, ge=0, description="μ. More: figures truer to the cloth, folds fainter.")
    layers: Layers = Field(description="Layer → its weight w_l; a list of layers shares 1 evenly.")
    region: Literal["picture", "garment"] = Field("picture", description="As in style:.")


class CombinedTerm(LossTerm):
    """The combined-image loss: holds on to what the picture had become on the way, so that motifs settle."""

    weight: Number = Field(0.1, ge=0, description="λ_cb.")
    layers: Layers = Field(description="Layer → its weight w_l; a list of layers shares 1 evenly.")
    form: Literal["half-sum", "mean"] = Field("mean", description="As in content:.")
    at: Number = Field(
        0.3,
        gt=0,
        lt=1,
        description="The share of the steps at each size after which the picture is held on to.",
    )


class BalancePart(Part):
    """Dynamic weights: β follows the gradients, so that one recipe suits plain shirts and busy prints."""

    ratio: Number = Field(
        1.0,
        gt=0,
        le=1000,
        description="‖β∇style‖ / ‖α∇content‖ that is kept: higher is more cloth, less photo.",
    )
    every: Whole = Field(
        20,
        ge=1,
        le=100_000,
        description="Steps between two looks at the gradients; each costs about 2 steps.",
    )
    memory: Number = Field(
        0.5, ge=0, lt=1, description="0: β jumps to what the last look asks for; near 1: it drifts there."
    )


class TvTerm(LossTerm):
    """Total variation: takes speckle away, and detail with it."""

    weight: Number = Field(0.1, ge=0, description="γ. Raise it when the print shows speckle.")
    form: Literal["l1-sum", "l1-mean", "smooth-mean"] = Field(
        "smooth-mean",
        description="l1-sum grows with the size; l1-mean equals it at 512 px; smooth-mean suits L-BFGS.",
    )
    of: Literal["picture", "change"] = Field(
        "picture",
        description="change: of what the steps altered, so that the motif's own edges cost nothing.",
    )
    chroma_weight: Number = Field(
        1.0, ge=0, le=10_000, description="Factor on colour differences; 100 removes pink and green tints."
    )


class OptimisePart(Part):
    """Neural style transfer: where it starts, what it minimises, and for how long."""

    start: Literal["cloth", "content", "noise"] = Field(
        "content", description="The picture before the first step; cloth wants a cloth: block."
    )
    optimiser: OptimiserSpec = LbfgsSpec()
    steps: Whole = Field(20, ge=1, le=100_000, description="At each size. 20 L-BFGS steps are the knee.")
    scales_px: tuple[Annotated[Whole, Field(ge=16, le=8192)], ...] = Field(
        (), description="Long sides, coarse to fine, before the design's own size; empty: own size only."
    )
    feature_scale: Number = Field(
        1.0,
        gt=0,
        le=1000,
        description="Multiplies features; 57.6 makes those of (x − mean)/std as large as those of 0..255.",
    )
    content: ContentTerm | None = None
    secondary_content: ContentTerm | None = Field(
        None, description="A second content loss with layers of its own: a shallow one keeps seams and edges."
    )
    combined: CombinedTerm | None = None
    style: StyleTerm | None = None
    motif: MotifTerm | None = None
    tv: TvTerm | None = None
    balance: BalancePart | None = Field(
        None, description="Dynamic weights; null: content and style keep the weights they have."
    )

    def terms(self) -> dict[str, LossTerm]:
        """Return the blocks that are losses by name, in the order above; those left out are not there."""
        return {name: value for name, value in self if isinstance(value, LossTerm)}
