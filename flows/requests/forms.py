"""A request as the flat fields of a form or a command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from catalogs.refusals import RequestRefused
from catalogs.requests.asking import told
from configs.request import Request


@dataclass(frozen=True)
class Form:
    """What a person fills in; "" and 0 are left out.

    ``designs`` are ids with commas between, ``colorways`` names, or a name with its colours:
    ``rust, dusk=#112233 #445566``.
    """

    kind: str
    designs: str
    asked_by: str
    size_px: int = 0
    colorways: str = ""
    category: str = ""
    style_kind: str = ""
    limit: int = 0
    note: str = ""

    def request(self, asked_at: datetime) -> Request:
        """Return what is asked for.

        Raises:
            RequestRefused: the fields make no request; everything that is wrong is told.
        """
        listed = _listed(self.colorways)
        own = dict(_palette(one) for one in listed if "=" in one)
        fields: dict[str, Any] = {
            "kind": self.kind,
            "designs": tuple(one.lower() for one in _listed(self.designs)),
            "asked_by": self.asked_by,
            "asked_at_utc": asked_at,
            "size_px": self.size_px or None,
            "colorways": tuple(one for one in listed if "=" not in one),
            "palettes": own,
            "category": self.category,
            "style_kind": self.style_kind,
            "limit": self.limit or None,
            "note": self.note,
        }
        try:
            return Request.model_validate({name: value for name, value in fields.items() if value})
        except ValidationError as error:
            raise RequestRefused(f"this cannot be asked for: {told(error)}") from error


def _listed(field: str) -> list[str]:
    return [part for part in (part.strip() for part in field.split(",")) if part]


def _palette(said: str) -> tuple[str, tuple[str, ...]]:
    name, _, colours = said.partition("=")
    return name.strip(), tuple(colours.split())
