"""What garments wear besides one textile: mixes, regions and palettes, looked up in the style catalog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from catalogs.catalog import Catalog
from catalogs.further import MOTIF, Further, FurtherStyle
from catalogs.mixes import read_regions, read_shares
from catalogs.nearest import Suggestions
from catalogs.pairing import Positions
from catalogs.refusals import PlanRefused, StylesUnclear
from configs.batch import Batch


@dataclass(frozen=True)
class Worn:
    """What the garments of a grid or a sample wear: one entry a position, textile by textile.

    Attributes:
        textiles: the first textiles, sorted by id.
        ids: of each outfit; a textile's own where it is worn alone.
        firsts: of each, the position in ``textiles``.
        further_of: of each, the position in ``further``.
        further: what else is worn, each once.
    """

    textiles: pd.DataFrame
    ids: tuple[str, ...]
    firsts: Positions
    further_of: Positions
    further: tuple[Further, ...]


def batch_further(batch: Batch, style: Catalog) -> Further:
    """Return what every pair of a batch has besides garment and textile, unless a list says otherwise.

    Raises:
        PlanRefused: a style that the catalog does not have, or regions that cannot be read.
    """
    try:
        library = Side(style, style.rows)
        _, whole = outfit("any", batch.palette, batch.region_styles, library=library, whole=Further())
    except StylesUnclear as error:
        raise PlanRefused(f"the batch {batch.name}: {error.message}") from error
    return whole


def batch_worn(batch: Batch, style: Catalog, textiles: pd.DataFrame, whole: Further) -> Worn:
    """Return what the garments of a batch wear: the mixes that it names, else the filters' ``textiles``.

    Raises:
        PlanRefused: a style that the catalog does not have, or a mix that cannot be read.
    """
    if not batch.styles:
        alone = np.arange(len(textiles), dtype=np.int32)
        return Worn(textiles, tuple(textiles["style_id"]), alone, np.zeros_like(alone), (whole,))
    library = Side(style, style.rows)
    worn: dict[str, tuple[str, Further]] = {}
    for cell in batch.styles:
        try:
            name = "+".join(f"{one}:{share:.6g}" for one, share in read_shares(cell)).removesuffix(":1")
            worn[name] = outfit(cell, "", "", library=library, whole=whole)
            if (problem := library.problem(worn[name][0])) is not None:
                raise StylesUnclear(problem[1])
        except StylesUnclear as error:
            raise PlanRefused(f"the batch {batch.name}, styles: {error.message}") from error
    names = sorted(worn, key=lambda name: (worn[name][0], name))
    firsts = sorted({first for first, _ in worn.values()})
    further = tuple(dict.fromkeys(other for _, other in worn.values()))
    return Worn(
        textiles=style.rows.set_index("style_id", drop=False).loc[firsts].reset_index(drop=True),
        ids=tuple(names),
        firsts=np.array([firsts.index(worn[name][0]) for name in names], dtype=np.int32),
        further_of=np.array([further.index(worn[name][1]) for name in names], dtype=np.int32),
        further=further,
    )


def outfit(
    styles: str, palette: str, regions: str, motif: str = "", *, library: Side, whole: Further
) -> tuple[str, Further]:
    """Return the first style of a design and what else it wears, as cells of a list of pairs say it.

    What ``whole`` says of all pairs of a batch holds where a cell is empty.

    Raises:
        StylesUnclear: a cell that cannot be read, or a further style that the catalog does not have.
    """
    (first, _), *shared = read_shares(styles)

    def position(what: str, name: str) -> int:
        if (problem := library.problem(name)) is not None:
            raise StylesUnclear(f"{what}: {problem[1]}", code=problem[0])
        return library.positions[name]

    further = [FurtherStyle(position("a share", name), share=float(f"{share:.6g}")) for name, share in shared]
    own = [FurtherStyle(position(colour, name), region=colour) for colour, name in read_regions(regions)]
    further += own or [style for style in whole.styles if style.region]
    if motif:
        further.append(FurtherStyle(position("motif", motif), region=MOTIF))
    lent = position("palette", palette) if palette else whole.palette
    return first, Further(palette=lent, styles=tuple(further))


class Side:
    """One catalog, looked up by the ids of a list of pairs."""

    def __init__(self, catalog: Catalog, rows: pd.DataFrame) -> None:
        id_column = catalog.kind.id_column
        self.catalog = catalog
        self.positions = {name: at for at, name in enumerate(rows[id_column])}
        self.known = set(catalog.rows[id_column])
        self._suggest = Suggestions()
        self.broken = {row.id: row for row in reversed(catalog.broken)}

    def filtered_out(self, name: str) -> bool:
        """Whether the catalog has the id and the batch's filters leave it out."""
        return name in self.known and name not in self.positions

    def problem(self, name: str) -> tuple[str, str] | None:
        """Return the code and the sentence of what is wrong with an id; None for one that can be used."""
        if name in self.known:
            return None
        if row := self.broken.get(name):
            return row.code, f"{self.catalog.key}, line {row.line}: {row.error}"
        near = self._suggest(name, self.positions)
        return "unknown_id", f"the {self.catalog.kind.name} catalog has no {name!r}{near}"
