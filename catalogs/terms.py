"""What each licence grants a design made from the image, and what it asks for, by the licence's own text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

CC_PARTS = ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND")
CC_VERSIONS = ("1.0", "2.0", "2.5", "3.0", "4.0")
PUBLIC_DOMAIN = "public-domain"
OWN = "own"
# Among the licences that a design may be offered under: none, the house keeps its rights to itself.
RESERVED = ""


class Adapted(StrEnum):
    """What may become of an adapted work."""

    SHARED = "shared"
    IN_HOUSE = "in-house"
    NEVER = "never"


@dataclass(frozen=True)
class Terms:
    """What a licence says about a design.

    Attributes:
        commercial: it may be sold.
        adapted: it may be made, and shown to others.
        attribution: the maker of the image must be named beside it.
        offers: the licences that the design may be offered under, ``RESERVED`` among them where none is
            needed; None: any, or none.
        link: the licence's text; "" for the house's own.
    """

    commercial: bool = True
    adapted: Adapted = Adapted.SHARED
    attribution: bool = False
    offers: frozenset[str] | None = None
    link: str = ""

    @property
    def share_alike(self) -> bool:
        """Whether the design must be offered to all under a licence."""
        return self.offers is not None and RESERVED not in self.offers


def _creative_commons(parts: str, version: str) -> Terms:
    """Return the terms of a Creative Commons licence; numbers of sections are those of version 4.0.

    NC 2(a)(1): nothing "primarily intended for commercial advantage". ND 2(a)(1)(B): adapted material may
    be produced, not shared; before 4.0 not even produced. BY 3(a). SA 3(b)(1): the same elements, this
    version or a later one (1.0 knows no later one), or a compatible licence: GPL 3.0, of BY-SA 4.0 alone
    (https://creativecommons.org/compatiblelicenses).
    """
    held = parts.split("-")
    offers = None
    if "SA" in held:
        later = CC_VERSIONS[CC_VERSIONS.index(version) :] if version != "1.0" else ("1.0",)
        offers = frozenset(f"CC-{parts}-{one}" for one in later)
        offers |= {"GPL-3.0-only"} if (parts, version) == ("BY-SA", "4.0") else frozenset()
    elif "NC" in held:
        offers = frozenset({RESERVED, *(f"CC-BY-NC-SA-{one}" for one in CC_VERSIONS)})
    in_house = Adapted.IN_HOUSE if version == "4.0" else Adapted.NEVER
    return Terms(
        commercial="NC" not in held,
        adapted=in_house if "ND" in held else Adapted.SHARED,
        attribution=True,
        offers=offers,
        link=f"https://creativecommons.org/licenses/{parts.lower()}/{version}/",
    )


def _spdx(name: str, offers: Iterable[str] | None = None, *, attribution: bool) -> Terms:
    return Terms(
        attribution=attribution,
        offers=None if offers is None else frozenset(offers),
        link=f"https://spdx.org/licenses/{name}.html",
    )


# Nothing is asked for. (zlib and libpng ask for their notice in sources only.)
_FREE = ("0BSD", "MIT-0", "PDDL-1.0", "Unlicense", "WTFPL", "Zlib", "libpng-2.0")
# Copyright notice and licence stay with every copy. (ODbL 4.3 wants a notice on pictures made from data.)
_NOTICE = (
    *("Apache-2.0", "Artistic-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "FSFAP", "ISC", "MIT"),
    *("MIT-CMU", "ODbL-1.0"),
)
_GPL3 = ("GPL-3.0-only", "GPL-3.0-or-later")
_GPL2 = ("GPL-2.0-only", "GPL-2.0-or-later", *_GPL3)
_LGPL3 = ("LGPL-3.0-only", "LGPL-3.0-or-later")
_AGPL3 = ("AGPL-3.0-only", "AGPL-3.0-or-later")
_GFDL = ("GFDL-1.3-only", "GFDL-1.3-or-later")
# Licence → those that a work made from it may be offered under.
_COPYLEFT = {
    "AGPL-3.0-only": _AGPL3[:1],  # 5(c)
    "AGPL-3.0-or-later": _AGPL3,
    "GFDL-1.3-only": _GFDL[:1],  # 4
    "GFDL-1.3-or-later": _GFDL,
    "GPL-2.0-only": _GPL2[:1],  # 2(b)
    "GPL-2.0-or-later": _GPL2,
    "GPL-3.0-only": _GPL3[:1],  # 5(c)
    "GPL-3.0-or-later": _GPL3,
    "LGPL-2.1-only": ("LGPL-2.1-only", *_GPL2),  # 2(c), 3
    "LGPL-2.1-or-later": ("LGPL-2.1-only", "LGPL-2.1-or-later", *_LGPL3, *_GPL2),
    "LGPL-3.0-only": (_LGPL3[0], _GPL3[0]),  # 2(b)
    "LGPL-3.0-or-later": (*_LGPL3, *_GPL3),
    "MPL-2.0": ("MPL-2.0", "LGPL-2.1-or-later", "GPL-2.0-or-later", *_GPL3, *_LGPL3, *_AGPL3),  # 3.3, 1.12
    "OFL-1.1": ("OFL-1.1",),  # 5
}
# A contract, and a licence text of the house's own, say what only the house has read; they let it sell
# designs and offer them to nobody for further use.
CONTRACT = Terms(offers=frozenset({RESERVED}))

TERMS: Mapping[str, Terms] = {
    PUBLIC_DOMAIN: Terms(link="https://creativecommons.org/publicdomain/mark/1.0/"),
    OWN: Terms(),
    "CC0-1.0": Terms(link="https://creativecommons.org/publicdomain/zero/1.0/"),
    **{
        f"CC-{parts}-{version}": _creative_commons(parts, version)
        for parts in CC_PARTS
        for version in reversed(CC_VERSIONS)
    },
    **{name: _spdx(name, attribution=False) for name in _FREE},
    **{name: _spdx(name, attribution=True) for name in _NOTICE},
    **{name: _spdx(name, offers, attribution=True) for name, offers in _COPYLEFT.items()},
}


def terms_of(licence: str) -> Terms:
    """Return the terms of a licence in its normal form; "" (no licence) grants what a contract would."""
    return TERMS.get(licence, CONTRACT)


def common_offers(licences: Iterable[str]) -> frozenset[str] | None:
    """Return the licences that a design of all these may be offered under; None means any, or none.

    Empty where they exclude each other.
    """
    common: frozenset[str] | None = None
    for offers in (terms_of(licence).offers for licence in licences):
        if offers is not None:
            common = offers if common is None else common & offers
    return common


def offered_under(licences: Iterable[str]) -> str:
    """Return the licence that a design of all these must be offered under; "" where it needs none."""
    licences = list(licences)
    common = common_offers(licences)
    if not common or RESERVED in common:
        return RESERVED
    own = [licence for licence in licences if licence in common]
    return own[0] if own else max(common)
