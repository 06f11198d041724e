"""How long a plan takes and how much it needs: from designs painted before, else a rough figure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalogs.done import Done
    from catalogs.plan import Plan
    from catalogs.storage import Storage

# Where nothing was painted yet, on two CPU cores at 256 px (other sizes by area): a step takes 70 ms, and all
# that is not a step .6 s. PNG of such a picture has about 1.6 bytes a pixel, thumbnail included.
SECONDS_A_STEP = 0.07
SECONDS_WITHOUT_STEPS = 0.6
BYTES_PER_PIXEL = 1.6
# A garment's photo is rarely square.
AREA_OF_SQUARE = 0.75
SAMPLED_FILES = 32


@dataclass(frozen=True)
class Estimate:
    """Time of painting on one device and size of the pictures to come; ``basis`` says how it is known."""

    seconds: float
    bytes: int
    basis: str


def estimate(storage: Storage, plan: Plan, done: Done, steps: Mapping[str, int]) -> Estimate:
    """Return what the designs of a plan that are not there yet will cost; ``steps`` by recipe."""
    wanted = _groups(plan, done)
    if not wanted:
        return Estimate(0.0, 0, "nothing to paint")
    seconds = _measured_seconds(storage, plan.batch_id)
    per_pixel = _bytes_per_pixel(storage, done)
    total_s, total_bytes, guessed = 0.0, 0.0, 0
    for (recipe, size_px), number in wanted.items():
        measured = seconds.get((recipe, size_px))
        guessed += number if measured is None else 0
        total_s += number * (_guess_s(size_px, steps[recipe]) if measured is None else measured)
        total_bytes += number * per_pixel * AREA_OF_SQUARE * size_px**2
    basis = "as measured on designs painted before"
    if guessed:
        basis = "a rough figure for two CPU cores; designs painted before would make it a measured one"
    return Estimate(total_s, round(total_bytes), basis)


def _groups(plan: Plan, done: Done) -> dict[tuple[str, int], int]:
    """Return how many designs are missing, by recipe and size."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = plan.table.slice(0, plan.to_render).select(["design_id", "recipe", "size_px"])
    there = pa.array(sorted(done.ids), pa.string())
    missing = rows.filter(pc.invert(pc.is_in(rows.column("design_id"), value_set=there)))
    plain = missing.set_column(1, "recipe", missing.column("recipe").cast(pa.string()))
    counts = plain.group_by(["recipe", "size_px"]).aggregate([("design_id", "count")]).to_pylist()
    return {(row["recipe"], row["size_px"]): row["design_id_count"] for row in counts}


def _measured_seconds(storage: Storage, batch_id: str) -> Mapping[tuple[str, int], float]:
    """Return the median seconds of a design, by recipe and size, in this batch and the last published."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from catalogs.errors import NotFound
    from catalogs.parts import read_parts
    from catalogs.publication import read_latest, read_manifest
    from catalogs.refusals import ManifestRefused

    columns = ["recipe", "size_px", "seconds"]
    tables = [read_parts(storage, batch_id, columns=columns)]
    with suppress(NotFound, ManifestRefused):  # the first batch, or an older Toile's
        tables.append(read_manifest(storage, read_latest(storage).batch_id, columns=columns))
    rows = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    painted = rows.filter(pc.is_valid(rows.column("seconds")))
    medians = painted.group_by(columns[:2]).aggregate([("seconds", "approximate_median")]).to_pylist()
    return {(row["recipe"], row["size_px"]): row["seconds_approximate_median"] for row in medians}


def _bytes_per_pixel(storage: Storage, done: Done) -> float:
    """Return the bytes a pixel of pictures that are there; a rough figure where there are none."""
    from catalogs.layout import design_key

    rows = done.table.select(["design_id", "width_px", "height_px"]).slice(0, SAMPLED_FILES).to_pylist()
    sizes = [
        (storage.stat(design_key(row["design_id"])).size, row["width_px"] * row["height_px"])
        for row in rows
        if row["width_px"] and row["height_px"]
    ]
    return sum(size for size, _ in sizes) / sum(area for _, area in sizes) if sizes else BYTES_PER_PIXEL


def _guess_s(size_px: int, steps: int) -> float:
    return (SECONDS_WITHOUT_STEPS + steps * SECONDS_A_STEP) * (size_px / 256) ** 2
