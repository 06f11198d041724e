"""The form of a deployment, as Prefect's pages draw it from a JSON schema: flat, plain, described."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from prefect.flows import Flow


def form(flow: Flow[..., Any], choices: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the schema of a flow's parameters, with titles and drop-downs.

    Args:
        flow: its signature and docstring are the fields and their words.
        choices: parameter to what it may be.

    Raises:
        ValueError: a choice for what is no parameter of the flow.
    """
    schema = deepcopy(flow.parameters.model_dump(exclude_unset=True))
    for name, field in schema["properties"].items():
        field["title"] = name.replace("_", " ").capitalize()
    for name, allowed in choices.items():
        if name not in schema["properties"]:
            raise ValueError(f"{flow.name} has no parameter {name!r} to choose for")
        # the pages show a list of one as a field that cannot be changed
        if len(allowed) > 1:
            schema["properties"][name]["enum"] = list(allowed)
    return schema
