"""What may be done with a design today: its licences as the catalogs have them now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogs.errors import NotFound
from catalogs.frozen import read_frozen
from catalogs.layout import design_key
from catalogs.refusals import PlanRefused
from catalogs.report.words import plain
from catalogs.storage import Storage
from catalogs.terms import terms_of
from catalogs.terms_today import terms_today
from catalogs.usage import attribution_lines, licences_of, terms_address, usage_terms
from configs.rights import RightsPart
from flows.marking.provenance import carried_xmp, design_title, design_xmp, digital_source_type, sources_of
from flows.revision import tool_name
from flows.shards.rows import PlanRow, RunFacts


@dataclass(frozen=True)
class Terms:
    """What holds for a design today.

    Attributes:
        row: of the design, with today's licences.
        xmp: the packet for what is made from it today; "" where its image carries none.
        rights: what its batch did with its designs.
        changes: column, what it was when the design was painted, and what it is now.
        since_painted: whether the terms are still those of the day it was painted, because its batch or its
            images are in the storage and its catalogs no more.
    """

    row: PlanRow
    xmp: str
    rights: RightsPart
    changes: tuple[tuple[str, str, str], ...] = ()
    since_painted: bool = False

    def credits(self) -> str:
        """Return what goes beside every copy of a design: who is named, and under which terms it is used."""
        return "\n".join([*self._lines(), ""])

    def _lines(self) -> Iterator[str]:
        row, statement = self.row, self.rights.statement
        yield plain(design_title(row), at_most=500) or row["design_id"]
        yield f"design {row['design_id']}, recipe {row['recipe']}, {tool_name()}"
        if terms := usage_terms(row, statement=statement):
            yield f"terms: {plain(terms, at_most=20_000)}"
        if address := terms_address(row, statement_url=self.rights.statement_url):
            yield f"terms of use: {plain(address)}"
        for line in attribution_lines(row):
            yield f"to be named: {plain(line, at_most=20_000)}"
        for licence in licences_of(row):
            link = terms_of(licence).link
            yield f"licence: {licence}{f', {link}' if link else ''}"
        for told, key, sha256 in sources_of(row):
            yield f"made from {plain(told, at_most=2000)} ({key}, sha256 {sha256})"


def terms_of_design(storage: Storage, row: PlanRow) -> Terms:
    """Return what may be done with a painted design today.

    Raises:
        CatalogUnreadable: a catalog is there, and is none.
        StorageError: the storage is away.
    """
    packet = carried_xmp(storage.read(design_key(row["design_id"])))
    try:
        frozen = read_frozen(storage, row["batch_id"])
    except (NotFound, PlanRefused):
        return Terms(row, packet, RightsPart(), since_painted=True)
    batch = frozen.batch
    today = terms_today(
        storage, row, content_catalog=batch.content_catalog, style_catalog=batch.style_catalog
    )
    changes = tuple(
        (name, row.get(name) or "", now) for name, now in today.items() if (row.get(name) or "") != now
    )
    whole = "style_licence" in today and ("content_licence" in today or not row.get("content_key"))
    recipe = frozen.recipes.get(row["recipe"])
    row = {**row, **today}
    if changes and recipe is not None:
        said = batch.rights
        facts = RunFacts(
            datetime.now(UTC), tool=tool_name(), statement=said.statement, statement_url=said.statement_url
        )
        packet = design_xmp(row, facts, source_type=digital_source_type(recipe))
    return Terms(row, packet, batch.rights, changes, since_painted=not whole)
