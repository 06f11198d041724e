"""What may be done with a finished design, in words and as an address, from its row of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogs.terms import Adapted, offered_under, terms_of


def licences_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the licences of all images of a design, each once."""
    joined = (row.get("content_licence"), row.get("style_licence"))
    return tuple(dict.fromkeys(one for text in joined if text for one in text.split(" AND ")))


def attribution_lines(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what must stand beside a design wherever it is shown."""
    lines = (row.get("content_attribution_line"), row.get("style_attribution_line"))
    return tuple(line for line in lines if line)


def usage_terms(row: Mapping[str, Any], *, statement: str = "") -> str:
    """Return what may be done with a design: the house's own statement, then what its images ask for."""
    licences = licences_of(row)
    terms = [terms_of(licence) for licence in licences]
    told = [statement.rstrip(".")] if statement else []
    if licences:
        told.append(f"Made from images under {', '.join(licences)}")
    if any(one.adapted is not Adapted.SHARED for one in terms):
        told.append("Not to be shown outside the house")
    if not all(one.commercial for one in terms):
        told.append("Not for sale")
    if under := offered_under(licences):
        told.append(f"To be offered under {under}")
    if lines := attribution_lines(row):
        told.append(f"To be named: {'; '.join(lines)}")
    if ends := [day for name in ("content", "style") if (day := row.get(f"{name}_licence_expires"))]:
        told.append(f"Licensed until {min(ends)}")
    for name in ("content", "style"):
        if countries := row.get(f"{name}_territories"):
            told.append(f"The {name} image is licensed for {countries}")
    return "".join(f"{sentence}. " for sentence in told).strip()


def terms_address(row: Mapping[str, Any], *, statement_url: str = "") -> str:
    """Return where the terms can be read: the house's page, else the licence that the design is offered
    under, else the only licence with a text that its images have; "" where there is none of these.
    """
    licences = licences_of(row)
    under = offered_under(licences)
    links = {link for licence in licences if (link := terms_of(licence).link)}
    return statement_url or (terms_of(under).link if under else links.pop() if len(links) == 1 else "")
