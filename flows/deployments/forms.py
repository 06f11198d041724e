"""The form of a deployment, as Prefect's pages draw it from a JSON schema: flat, plain, described.

A field's place, title and bounds are here, by its name; its words are those of the flow's docstring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from prefect.flows import Flow

# What a person calls a field where its name, with spaces, is not that.
_TITLES = {
    "batch_id": "Night or batch id",
    "budget_designs": "Budget, designs",
    "budget_minutes": "Budget, minutes",
    "contents": "Garments",
    "grace_hours": "Grace, hours",
    "max_designs": "Designs at most",
    "only_failed": "Only what failed or is missing",
    "quarantined": "Also what was put away",
    "ray_address": "Address of the Ray cluster",
    "region_styles": "Textiles by region",
    "repeats": "Repeat of new cloth",
    "root": "Bucket",
    "size_px": "Long side, px",
    "styles": "Textiles",
    "shared": "Also what all styles share",
    "anew": "Begin anew",
    "compare": "Compare with optimised designs",
    "unlicensed": "Also images without a licence",
    "minutes": "Minutes a file",
    "steps": "Steps a file",
    "task_runner": "Who paints",
}
# What belongs to the machine comes after what belongs to the designs.
_LAST = (
    "deterministic",
    "budget_minutes",
    "budget_designs",
    "device",
    "task_runner",
    "ray_address",
    "waves_at_once",
    "root",
)
_LEAST = {
    "budget_designs": 0,
    "budget_minutes": 0,
    "first_shard": 0,
    "grace_hours": 0,
    "last_shard": 0,
    "limit": 0,
    "max_designs": 0,
    "minutes": 0,
    "size_px": 0,
    "steps": 0,
    "waves_at_once": 1,
}
_MOST = {"limit": 500, "size_px": 16_384, "waves_at_once": 64}
# A click opens a list and closes it again in Prefect 3.8.8, whose select buttons hear each click twice.
_OPENS = " (Space opens the list.)"


def form(flow: Flow[..., Any], choices: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the schema of a flow's parameters, with titles, bounds and drop-downs.

    The pages check what is entered against it, and so does the server.

    Args:
        flow: its signature and docstring are the fields and their words.
        choices: parameter to what it may be.

    Raises:
        ValueError: a choice for what is no parameter of the flow.
    """
    schema = deepcopy(flow.parameters.model_dump(exclude_unset=True))
    fields = schema["properties"]
    for name, allowed in choices.items():
        if name not in fields:
            raise ValueError(f"{flow.name} has no parameter {name!r} to choose for")
        # the pages show a list of one as a field that cannot be changed
        if len(allowed) > 1:
            fields[name]["enum"] = list(allowed)
            fields[name]["description"] += _OPENS
    for place, name in enumerate(sorted(fields, key=_rank)):
        fields[name] |= {"title": _TITLES.get(name) or name.replace("_", " ").capitalize(), "position": place}
        fields[name] |= {key: bounds[name] for key, bounds in _BOUNDS if name in bounds}
    schema["properties"] = dict(sorted(fields.items(), key=lambda field: field[1]["position"]))
    return schema


_BOUNDS = (("minimum", _LEAST), ("maximum", _MOST))


def _rank(name: str) -> int:
    return 1 + _LAST.index(name) if name in _LAST else 0
