"""How long a plan takes and how much it needs: from designs painted before, else a rough figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalogs.done import Done
    from catalogs.plan import Plan
    from catalogs.storage import Storage
    from configs.recipe import Recipe

# Where nothing was painted yet, on two CPU cores at 256 px (other sizes by area): a step takes 70 ms, a pass
# through a trained network .15 s, all that is neither .6 s; so does a layout of new cloth. PNG of such a
# picture has about 1.6 bytes a pixel, thumbnail included.
SECONDS_A_STEP = 0.07
SECONDS_WITHOUT_STEPS = 0.6
SECONDS_A_LAYOUT = 0.6
SECONDS_A_PASS = 0.15
BYTES_PER_PIXEL = 1.6
# A garment's photo is rarely square; a tile is.
AREA_OF_SQUARE = {"garment": 0.75, "yardage": 1.0}
SAMPLED_FILES = 32


@dataclass(frozen=True)
class Estimate:
    """Time of painting on one device and size of the pictures to come; ``basis`` says how it is known."""

    seconds: float
    bytes: int
    basis: str


def estimate(storage: Storage, plan: Plan, done: Done, recipes: Iterable[Recipe]) -> Estimate:
    """Return what the designs of a plan that are not there yet will cost by the batch's recipes."""
    by_name = {recipe.name: recipe for recipe in recipes}
    wanted = _groups(plan, done)
    if not wanted:
        return Estimate(0.0, 0, "nothing to paint")
    seconds = _measured_seconds(storage, plan.batch_id)
    per_pixel = _bytes_per_pixel(storage, done)
    total_s, total_bytes, guessed = 0.0, 0.0, 0
    for (name, size_px), (number, cloths) in wanted.items():
        measured, recipe = seconds.get((name, size_px)), by_name[name]
        guessed += number if measured is None else 0
        total_s += _guess_s(recipe, size_px, number, cloths) if measured is None else number * measured
        total_bytes += number * per_pixel * AREA_OF_SQUARE[recipe.kind] * size_px**2
    basis = "as measured on designs painted before"
    if guessed:
        basis = "a rough figure for two CPU cores; designs painted before would make it a measured one"
    return Estimate(total_s, round(total_bytes), basis)


def _groups(plan: Plan, done: Done) -> dict[tuple[str, int], tuple[int, int]]:
    """Return how many designs are missing, by recipe and size, and of how many cloths they are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = ["design_id", "recipe", "size_px", "style_id", "style_title", "seed"]
    rows = plan.table.slice(0, plan.to_render).select(columns)
    ids = rows.column("design_id")
    away = pc.is_in(ids, value_set=pa.array(sorted(done.quarantined), pa.string()))
    missing = rows.filter(pc.and_not(pa.array(done.missing(ids)), away))
    words = {name: missing.column(name).cast(pa.string()) for name in ("recipe", "style_id", "style_title")}
    plain = pa.table({name: words.get(name, missing.column(name)) for name in columns})
    # A cloth is a textile with its motif, which the joined title tells apart, and a seed.
    cloths = plain.group_by(columns[1:]).aggregate([("design_id", "count")])
    counts = cloths.group_by(["recipe", "size_px"]).aggregate(
        [("design_id_count", "sum"), ("design_id_count", "count")]
    )
    return {
        (row["recipe"], row["size_px"]): (row["design_id_count_sum"], row["design_id_count_count"])
        for row in counts.to_pylist()
    }


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


def _guess_s(recipe: Recipe, size_px: int, designs: int, cloths: int) -> float:
    """Return the time of some designs; a tile of new cloth is made once for all garments that wear it."""
    steps = recipe.optimise.steps if recipe.optimise else 0
    own_s = SECONDS_A_PASS if recipe.network else steps * SECONDS_A_STEP
    total_s = designs * (SECONDS_WITHOUT_STEPS + own_s)
    if recipe.cloth is not None and recipe.cloth.is_new:
        refined = recipe.cloth.refine.steps if recipe.cloth.refine else 0
        if refined and recipe.cloth.inks:
            refined += recipe.cloth.inks.steps
        total_s += cloths * (recipe.cloth.candidates * SECONDS_A_LAYOUT + refined * SECONDS_A_STEP)
    return total_s * (size_px / 256) ** 2
