"""Licences of images: SPDX ids, Creative Commons names and addresses, and the house's own contracts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalogs.nearest import nearest
from catalogs.refusals import LicenceUnknown
from catalogs.terms import CC_PARTS, CC_VERSIONS, OWN, PUBLIC_DOMAIN, TERMS, Terms, terms_of

PROPRIETARY = "proprietary:"
MAX_NEAR_CHARS = 32

_CC = re.compile(r"cc[ -]?(by(?:-(?:nc|sa|nd))*)-(\d\.\d)", re.IGNORECASE)
_CC_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)/(\d\.\d)(?:/.*)?",
    re.IGNORECASE,
)
_CONTRACT = re.compile(r"[\w .,/#:()+-]{1,120}")
_SPOKEN = {
    "cc0": "CC0-1.0",
    "cc-0": "CC0-1.0",
    "cc-zero": "CC0-1.0",
    "cc0-1.0-universal": "CC0-1.0",
    "pd": PUBLIC_DOMAIN,
    "pdm": PUBLIC_DOMAIN,
    "pdm-1.0": PUBLIC_DOMAIN,
    "public-domain-mark": PUBLIC_DOMAIN,
    "publicdomain": PUBLIC_DOMAIN,
    "own-work": OWN,
    "apache-2": "Apache-2.0",
    "bsd-3": "BSD-3-Clause",
}


@dataclass(frozen=True)
class Licence:
    """A licence in its normal form."""

    id: str

    @property
    def terms(self) -> Terms:
        """What it means for a design made from the image."""
        return terms_of(self.id)


def read_licence(text: str) -> Licence:
    """Read a licence as people write it and return its normal form.

    Taken are SPDX ids in any letter case, Creative Commons names (``CC BY-SA 4.0``) and addresses,
    ``public-domain``, ``own`` (the house's own work), ``proprietary:<contract>`` and SPDX's
    ``LicenseRef-<name>``.

    Raises:
        LicenceUnknown: nothing of these; the message names the nearest.
    """
    written = text.strip()
    if written.casefold().startswith(PROPRIETARY):
        return _contract(written)
    if re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]{1,80}", written):
        return Licence(written)
    if address := _CC_ADDRESS.fullmatch(written):
        return _from_address(written, *address.groups())
    folded = re.sub(r"[\s_]+", "-", written.casefold())
    if cc := _CC.fullmatch(folded):
        return _creative_commons(written, cc[1].upper(), cc[2])
    if folded in _SPOKEN:
        return Licence(_SPOKEN[folded])
    if folded in _NORMAL:
        return Licence(_NORMAL[folded])
    raise LicenceUnknown(_unknown(written), got=written, nearest=_near(written))


def attribution(title: str, licence: str, *, credit: str, source: str) -> str:
    """Return what must be said beside a design made from an image; "" where its licence asks for nothing.

    Title, maker, source, licence with its address, and that the image was changed: what Creative Commons asks
    for in 3(a)(1) of version 4.0.
    """
    terms = terms_of(licence)
    if not terms.attribution:
        return ""
    maker = f" by {credit}" if credit else ""
    origin = f" ({source})" if source and source != credit else ""
    return f"“{title}”{maker}{origin}, {licence}, {terms.link}, adapted"


def known_licences() -> tuple[str, ...]:
    """Return every licence id with a fixed name, in the order in which a person would look for it."""
    return tuple(TERMS)


_NORMAL = {name.casefold(): name for name in TERMS}


def _contract(written: str) -> Licence:
    contract = written[len(PROPRIETARY) :].strip()
    if not _CONTRACT.fullmatch(contract):
        raise LicenceUnknown(
            f"a proprietary licence names its contract in 1 to 120 letters, digits and .,/#:()+-, "
            f"got {written!r}; write for example 'proprietary:studio-2031-114'",
            got=written,
            nearest=[],
        )
    return Licence(PROPRIETARY + contract)


def _from_address(written: str, shelf: str, name: str, version: str) -> Licence:
    shelf, name = shelf.lower(), name.lower()
    if shelf == "publicdomain" and name == "zero":
        return Licence("CC0-1.0")
    if shelf == "publicdomain" and name == "mark":
        return Licence(PUBLIC_DOMAIN)
    return _creative_commons(written, name.upper(), version)


def _creative_commons(written: str, parts: str, version: str) -> Licence:
    # People write the parts in any order (BY-ND-NC); the licence's own order is BY, NC, then SA or ND.
    order = ("BY", "NC", "SA", "ND")
    normal = "-".join(sorted(parts.split("-"), key=lambda part: order.index(part) if part in order else 9))
    if normal not in CC_PARTS or version not in CC_VERSIONS:
        raise LicenceUnknown(_unknown(written), got=written, nearest=_near(written))
    return Licence(f"CC-{normal}-{version}")


def _near(written: str) -> list[str]:
    # An address or a sentence is near to no id, and a catalog may have another one on every row.
    return nearest(written, known_licences()) if len(written) <= MAX_NEAR_CHARS else []


def _unknown(written: str) -> str:
    if not written:
        return (
            "the licence is empty; write an SPDX id such as CC0-1.0, public-domain, own or "
            "proprietary:<contract>"
        )
    close = _near(written)
    hint = f"the nearest are {', '.join(repr(name) for name in close)}; " if close else ""
    shown = written if len(written) <= 80 else written[:77] + "..."
    return (
        f"unknown licence {shown!r}; {hint}an SPDX id, a Creative Commons address, public-domain, own or "
        f"proprietary:<contract> is taken"
    )
