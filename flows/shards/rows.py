"""The rows of the manifest that rendering makes: painted, failed, or left out for lack of minutes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from catalogs.layout import design_key, thumb_key
from catalogs.manifest import BUDGET, FAILED, OK, RESULT_COLUMNS, SKIPPED, TILE_SCORES

if TYPE_CHECKING:
    from nst_core.design import Painted
    from nst_core.errors import ClothUnsuitable
    from nst_core.scoring import Scores
    from nst_core.scoring.tile import TileScores

_NO_FIGURES = frozenset({"flags", "texture"})
PlanRow = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class RunFacts:
    """What is true of every design of a run.

    Attributes:
        run_started_utc: rows that failed after this are not tried again by the same run.
        git_revision: of the code, "" where it is unknown.
        prefect_run_id: "" outside a flow.
        tool: name and version, for the file's metadata.
        environment: versions of what paints, by package.
        statement: who holds the rights in the designs, likewise.
        statement_url: where their terms of use are, likewise.
    """

    run_started_utc: datetime
    git_revision: str = ""
    prefect_run_id: str = ""
    tool: str = "Toile"
    environment: Mapping[str, str] = field(default_factory=dict)
    statement: str = ""
    statement_url: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def painted_row(planned: PlanRow, painted: Painted, facts: RunFacts, *, device: str, precision: str) -> Row:
    """Return the row of a finished design; the digests of its two files are filled in when they exist.

    ``device`` is what painted it, as a person would name it, ``precision`` that of the backbone's trunk.
    """
    return _base(planned, facts) | {
        "status": OK,
        "image_key": design_key(painted.design_id),
        "image_sha256": "",
        "thumb_key": thumb_key(painted.design_id),
        "thumb_sha256": "",
        "width_px": painted.width_px,
        "height_px": painted.height_px,
        **dict.fromkeys(TILE_SCORES),
        "structure": painted.structure,
        **_figures(painted.scores),
        **({} if painted.tile_scores is None else _figures(painted.tile_scores)),
        "inks": list(painted.inks) or None,
        "colours": list(painted.colours) or None,
        "colour_shares": list(painted.colour_shares) or None,
        "colour_descriptor": list(painted.colour_descriptor) or None,
        "texture_descriptor": list(painted.scores.texture) or None,
        "delta_e_mean": painted.delta_e_mean,
        "delta_e_p95": painted.delta_e_p95,
        "flags": list(painted.flags),
        "mask_area": painted.mask_area,
        "mask_confidence": painted.mask_confidence,
        "mask_source": painted.mask_source,
        "seconds": painted.seconds,
        "steps": painted.steps,
        "device": device,
        "precision": precision,
    }


def _figures(scores: Scores | TileScores) -> dict[str, float | None]:
    # without copies of what is left out, as asdict would make: a night has millions
    return {one.name: getattr(scores, one.name) for one in fields(scores) if one.name not in _NO_FIGURES}


def adopted_row(planned: PlanRow, finished: Mapping[str, Any]) -> Row:
    """Return the row of a design that was finished before, here or in another batch.

    What painting gave stays as it was (scores, files, when and by which run); where the design stands and
    what its sources are called is this plan's, for the same bytes may have another name by now.
    """
    return _planned_columns(planned) | {name: finished.get(name) for name in RESULT_COLUMNS}


def failed_row(planned: PlanRow, error: BaseException, facts: RunFacts) -> Row:
    """Return the row of a design that could not be made: the error's code word and its whole sentence."""
    code = str(getattr(error, "code", "")) or "unexpected_error"
    told = str(error) if hasattr(error, "code") else f"{type(error).__name__}: {error}"
    return _base(planned, facts) | {"status": FAILED, "error_code": code, "error": told}


def unsuitable_row(planned: PlanRow, error: ClothUnsuitable, facts: RunFacts) -> Row:
    """Return the row of a design whose textiles its maker can make nothing good of."""
    return _base(planned, facts) | {"status": SKIPPED, "error_code": error.code, "error": error.message}


def unpainted_row(planned: PlanRow, facts: RunFacts) -> Row:
    """Return the row of a design for which the run had no minutes, or no designs, left."""
    return _base(planned, facts) | {
        "status": SKIPPED,
        "error_code": BUDGET,
        "error": "the run's minutes or designs were spent before this one; the next run paints it",
    }


def _base(planned: PlanRow, facts: RunFacts) -> Row:
    return _planned_columns(planned) | {
        "git_revision": facts.git_revision,
        "prefect_run_id": facts.prefect_run_id,
        "rendered_at_utc": facts.now(),
    }


def _planned_columns(planned: PlanRow) -> Row:
    return {name: value for name, value in planned.items() if name not in {"state", "error_code", "error"}}
