"""Scores as a person reads them: what each says about the cloth, and where a night's median should lie."""

from __future__ import annotations

from dataclasses import dataclass

OWN_MOTIFS = ("toss", "requilt")
ARTWORK = ("applique", "residual")
TWO_TEXTILES = ("fill", "palette")


@dataclass(frozen=True)
class Measure:
    """A score, its words and its target; ``makers`` of new cloth whose tiles it is for, none: all designs."""

    name: str
    says: str
    low: float | None = None
    high: float | None = None
    makers: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Return the target in words, "" where there is none."""
        if self.low is not None and self.high is not None:
            return f"{_short(self.low)} to {_short(self.high)}"
        if self.low is not None:
            return f"{_short(self.low)} or more"
        return f"{_short(self.high)} or less" if self.high is not None else ""

    def met_by(self, value: float) -> bool:
        """Say whether a median meets the target."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


MEASURES = (
    Measure("motif", "how much of the motif is recognisable: 1 is a copy, .38 scrambled", low=0.60),
    Measure("relief", "how visible the garment's folds are", low=0.30),
    Measure("speckle", "grain over the cloth's own: above 1.1 is noise", low=0.85, high=1.05),
    Measure("gmd_heldout", "distance from the textile on layers that were not optimised", high=0.29),
    Measure("gmd", "distance from the textile in the garment", high=0.27),
    Measure("gmd_image", "distance from the textile over the whole picture"),
    Measure("ssim", "likeness to the photograph, which grows with an untouched background"),
    Measure("ssim_garment", "likeness to the photograph in the garment only"),
    Measure("tv", "total variation of the picture"),
)
# Of yardage. Limits are those that the engine chooses among layouts by.
CLOTH_MEASURES = (
    Measure("seam", "steps across the tile's joins over those inside: 1, nothing is to be seen", 0.97, 1.03),
    Measure("banding", "tracks that the tile makes in the endless cloth, Lab L", high=4.0),
    Measure("chroma_speckle", "coloured grain over its sources'", high=1.3, makers=OWN_MOTIFS + TWO_TEXTILES),
    Measure("max_copy", "largest piece that is a copy, share of the tile", high=0.05, makers=OWN_MOTIFS),
    Measure("gmd_heldout", "distance from the textile on unseen layers", high=0.22, makers=OWN_MOTIFS),
    Measure("gmd", "distance from the textile", high=0.20, makers=OWN_MOTIFS),
    Measure("legibility", "how plain the motif's figures are", low=0.25, makers=ARTWORK),
    Measure("legibility", "how plain the motif's figures are", low=0.40, makers=TWO_TEXTILES),
    Measure("off_palette", "share in colours that its sources do not have", high=0.03, makers=ARTWORK),
    Measure("gmd", "distance from the artwork", high=0.35, makers=ARTWORK),
    Measure("novelty", "how unlike its source it is, piece by piece"),
)


def _short(value: float | None) -> str:
    return f"{value:.2f}".removeprefix("0")
