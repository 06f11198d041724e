"""What the demo catalog holds: every garment and textile with its row, and the pairs worth painting first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catalogs.demo.garments.dress import dress
from catalogs.demo.garments.hoodie import hoodie
from catalogs.demo.garments.kimono import kimono
from catalogs.demo.garments.shirt import shirt
from catalogs.demo.garments.shorts import shorts
from catalogs.demo.garments.skirt import skirt
from catalogs.demo.garments.tee import tee
from catalogs.demo.garments.trousers import trousers
from catalogs.demo.studio.fields import Rng
from catalogs.demo.studio.scene import Photograph
from catalogs.demo.textiles.check import check
from catalogs.demo.textiles.floral import floral
from catalogs.demo.textiles.houndstooth import houndstooth
from catalogs.demo.textiles.ikat import ikat
from catalogs.demo.textiles.paisley import paisley
from catalogs.demo.textiles.shibori import shibori
from catalogs.demo.textiles.stripe import stripe
from catalogs.demo.textiles.waves import waves

LICENCE = "CC0-1.0"
SOURCE = "drawn by toile"


@dataclass(frozen=True)
class Garment:
    """A garment of the demo: its row of the content catalog and how it is photographed.

    ``width_mm`` is what the photograph shows from left to right.
    """

    content_id: str
    title: str
    category: str
    season: str
    width_mm: int
    photograph: Callable[[Rng, int], Photograph]

    def row(self) -> dict[str, str]:
        """Return the catalog's row; its image and mask lie beside the catalog."""
        return {
            "content_id": self.content_id,
            "image": f"{self.content_id}.png",
            "mask": f"masks/{self.content_id}.png",
            "title": self.title,
            "category": self.category,
            "season": self.season,
            "width_mm": str(self.width_mm),
            "licence": LICENCE,
            "source": SOURCE,
        }


@dataclass(frozen=True)
class Textile:
    """A textile of the demo: its row of the style catalog and how it is made.

    ``motif_width_mm`` is what the tile measures from left to right, on the roll.
    """

    style_id: str
    title: str
    kind: str
    motif_width_mm: int
    make: Callable[[Rng, int], NDArray[np.uint8]]

    def row(self) -> dict[str, str]:
        """Return the catalog's row."""
        return {
            "style_id": self.style_id,
            "image": f"{self.style_id}.png",
            "title": self.title,
            "kind": self.kind,
            "motif_width_mm": str(self.motif_width_mm),
            "licence": LICENCE,
            "credit": SOURCE,
            "source": SOURCE,
        }


GARMENTS = (
    Garment("tee", "Crew-neck T-shirt, heavy jersey", "t-shirt", "all-season", 850, tee),
    Garment("shirt", "Long-sleeved shirt, chambray linen", "shirt", "spring-summer", 900, shirt),
    Garment("hoodie", "Hooded sweatshirt, brushed fleece", "sweatshirt", "autumn-winter", 1380, hoodie),
    Garment("dress", "Buttoned sundress, cotton poplin", "dress", "spring-summer", 860, dress),
    Garment("skirt", "Gathered midi skirt, crepe", "skirt", "all-season", 1010, skirt),
    Garment("trousers", "Wide pull-on trousers, cotton twill", "trousers", "all-season", 790, trousers),
    Garment("kimono", "Kimono jacket, crepe", "jacket", "resort", 1440, kimono),
    Garment("shorts", "Drawstring shorts, washed linen", "shorts", "spring-summer", 740, shorts),
)
TEXTILES = (
    Textile("stripe", "Yarn-dyed shirting stripe", "stripe", 420, stripe),
    Textile("ikat", "Warp ikat, red and blue lozenges", "ikat", 640, ikat),
    Textile("floral", "Tossed peonies and anemones on navy", "floral", 640, floral),
    Textile("check", "Tartan in two-and-two twill", "check", 420, check),
    Textile("paisley", "Block-printed paisley on madder", "paisley", 600, paisley),
    Textile("shibori", "Tied indigo rings", "shibori", 720, shibori),
    Textile("waves", "Seigaiha waves with gold", "geometric", 560, waves),
    Textile("houndstooth", "Wool houndstooth with rust overcheck", "houndstooth", 520, houndstooth),
)
# Three textiles for each garment, each textile three times: 24 designs to begin with.
PAIRS = (
    ("tee", ("floral", "stripe", "shibori")),
    ("shirt", ("stripe", "check", "paisley")),
    ("hoodie", ("ikat", "check", "waves")),
    ("dress", ("floral", "ikat", "houndstooth")),
    ("skirt", ("paisley", "floral", "houndstooth")),
    ("trousers", ("shibori", "houndstooth", "stripe")),
    ("kimono", ("waves", "shibori", "ikat")),
    ("shorts", ("waves", "paisley", "check")),
)
