"""Templates: always escaped, with the words of the house at hand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import Response

from catalogs.gallery.house import House
from catalogs.gallery.safety.guard import token_of, visit_of
from catalogs.report.words import visible

_MOST_UNBROKEN = 20  # letters; a longer compound may be wider than a telephone


def _shown(value: Any) -> Any:
    """Return a value as templates show it: what people or catalogs wrote cannot reorder a page around it."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _heading(text: str) -> Markup:
    """Return a heading whose compounds, such as T-shirt, do not end a line at their hyphen."""
    words = re.split(r"(\s+)", visible(text))
    return Markup("").join(
        Markup('<span class="unbroken">{}</span>').format(word)
        if "-" in word and len(word) <= _MOST_UNBROKEN
        else escape(word)
        for word in words
    )


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    finalize=_shown,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["heading"] = _heading
_templates = Jinja2Templates(env=_environment)


def house_of(request: Request) -> House:
    """Return the house that a request is to."""
    house: House = request.app.state.house
    return house


Here = Annotated[House, Depends(house_of)]


def page(request: Request, template: str, *, status_code: int = 200, **values: Any) -> Response:
    """Return a page; ``words``, ``standing``, ``paths`` and ``request`` are at hand in every template.

    So are ``user`` (None: nobody is known) and ``token``, which a form sends along in a field of that name.
    """
    house = house_of(request)
    visit = visit_of(request)
    said = {
        "words": house.words,
        "standing": house.watch.standing,
        "paths": request.app.state.paths,
        "user": visit.user if visit else None,
        "token": token_of(request),
        "by_proxy": bool(house.settings.proxy.user_header),
        **values,
    }
    return _templates.TemplateResponse(request, template, said, status_code=status_code)
