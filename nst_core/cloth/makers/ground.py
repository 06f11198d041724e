"""A textile's ground: which places are ground, and the same ground clean of motifs on the endless cloth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nst_core.cloth.makers.classes import Classes, lab_classes
from nst_core.cloth.makers.endless import noise_on
from nst_core.cloth.makers.layout import Sheet
from nst_core.garment.pixels import Bits, Image, dilated, fitted_size, floats, resized
from nst_core.lattice import straightened

# Of the textile's long side: what is broader is light and folds, what is finer the cloth's own grain.
BROAD = 1 / 96
READ_AT_PX = 384
# Where the likeliest class makes no clear ground, so many are tried.
LIKELY = 2
# So far in Lab the ground may be from its own middle.
LIMITS = 8.0, 32.0
# A neighbourhood of so many px that varies less than this in Lab is flat.
FLAT_PX, FLAT = 7, 6.0
CONNECTED_POWER = 2 / 3
# In Lab: so near to each other are places of one ink, most of a drawn ground; so far off lies another.
ONE_INK, MOSTLY_ONE, OTHER_INK = 3.0, 0.6, 16.0
# A ground beyond these is none: plaids, ethnic bands and camouflage have no bare place of one colour.
MOST_SPREAD, LEAST_APART, LEAST_BARE = 10.8, 0.65, 0.025
# Of the colour in the grain: what JPEG adds to it shows as speckle once it is spread evenly.
COLOURED = 0.35
# Of the textile: less flat ground than this tells nothing of its grain.
LEAST_SEEN = 0.01


@dataclass(frozen=True, eq=False)
class Ground:
    """Where a textile shows its ground.

    Attributes:
        place: ``(H, W)``: all of it.
        flat: ``(H, W)``: where nothing but the cloth's own grain is near.
        spread: the median distance in Lab of the ground's places from its own colour there.
        apart: the share of the variance of these distances, over the whole textile, that lies between
            ground and figure.
    """

    place: Bits
    flat: Bits
    spread: float
    apart: float

    @property
    def is_clear(self) -> bool:
        """Whether the ground is one colour that the figure stands out from, bare in places."""
        bare = float(self.flat.sum()) / max(1, int(self.place.sum()))
        return self.spread <= MOST_SPREAD and self.apart >= LEAST_APART and bare >= LEAST_BARE

    def seen_at(self, height_px: int, width_px: int) -> Ground:
        """Return the same ground of the textile at another size."""
        if self.place.shape == (height_px, width_px):
            return self
        place, flat = (resized(floats(bits), height_px, width_px) for bits in (self.place, self.flat))
        return replace(self, place=np.asarray(place > 0.5), flat=np.asarray(flat > 0.99))


def find_ground(textile: Image) -> Ground:
    """Return where a textile ``(H, W, 3)`` shows its ground.

    The ground is the colour class that is flat and connected (the largest is often the leaves'), and of
    it what is near the colour of its flat parts round about. It is read at one size, at which what is
    flat means the same for all.
    """
    size = fitted_size(textile.shape, READ_AT_PX)
    found = _read(textile if size == textile.shape[:2] else resized(textile, *size))
    return found.seen_at(textile.shape[0], textile.shape[1])


def _read(textile: Image) -> Ground:
    flat = _flat(textile)
    classes = lab_classes(textile)
    worth = [_ground_worth(classes, one, flat) for one in range(len(classes.shares))]
    likely = np.argsort(worth)[::-1][:LIKELY]
    grounds = [_about(textile, classes.labels == which, flat) for which in likely]
    return next((ground for ground in grounds if ground.is_clear), grounds[0])


def _about(textile: Image, own: Bits, flat: Bits) -> Ground:
    """Return the ground that a class of a textile's places would make."""
    own = _one_ink(_lab(textile), own, flat)
    sure = own & flat if (own & flat).sum() > 0.2 * own.sum() else own
    away = np.sqrt(((_lab(textile) - _lab(ground_colour(textile, sure))) ** 2).sum(-1))
    steps = np.clip(away * 2, 0, 255).astype(np.uint8)
    limit, _ = cv2.threshold(steps, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    place = away < np.clip(limit / 2, *LIMITS)
    share, figure = float(place.mean()), away[~place]
    if not len(figure):
        return Ground(np.asarray(place), np.asarray(place & flat), float(np.median(away)), 0.0)
    between = share * (1 - share) * float(away[place].mean() - figure.mean()) ** 2
    return Ground(
        np.asarray(place),
        np.asarray(place & flat),
        float(np.median(away[place])),
        between / max(float(away.var()), 1e-9),
    )


def _one_ink(lab: Image, own: Bits, flat: Bits) -> Bits:
    """Return a class's places without those of another ink, where most of it is one ink as drawn grounds are.

    Of three classes one may hold a white ground and a cyan motif.
    """
    plain = own & flat
    if not plain.any():
        return own
    away = np.sqrt(((lab - np.median(lab[plain], axis=0)) ** 2).sum(-1))
    if (away[plain] < ONE_INK).mean() < MOSTLY_ONE:
        return own
    return np.asarray(own & (away < OTHER_INK))


def ground_colour(textile: Image, ground: Bits) -> Image:
    """Return ``(H, W, 3)``: the ground's colour everywhere, under the motifs from round about."""
    sure = floats(~dilated(~ground, 5))
    if not sure.any():
        sure = floats(ground)
    mean = (textile * sure[..., None]).sum((0, 1)) / max(float(sure.sum()), 1.0)
    colour = np.broadcast_to(mean, textile.shape).astype(np.float32)
    for sigma in (1 / 12, 1 / 48):
        px = sigma * max(ground.shape)
        weight = floats(cv2.GaussianBlur(sure, (0, 0), px))[..., None]
        near = floats(cv2.GaussianBlur(textile * sure[..., None], (0, 0), px))
        colour = (near + 0.02 * colour) / (weight + 0.02)
    return floats(colour)


def _lab(textile: Image) -> Image:
    """Return CIE Lab, calm enough that yarn and JPEG noise make no colours of their own."""
    return floats(cv2.cvtColor(floats(cv2.GaussianBlur(textile, (0, 0), 0.7)), cv2.COLOR_RGB2LAB))


def _flat(textile: Image) -> Bits:
    lab = _lab(textile)
    side = (FLAT_PX, FLAT_PX)
    mean, square = cv2.blur(lab, side), cv2.blur(lab * lab, side)
    return np.asarray((square - mean * mean).sum(-1) < FLAT**2)


def _ground_worth(classes: Classes, which: int, flat: Bits) -> float:
    own = classes.labels == which
    _, _, parts, _ = cv2.connectedComponentsWithStats(own.astype(np.uint8), connectivity=4)
    connected = float(parts[1:, cv2.CC_STAT_AREA].max()) / float(own.sum())
    return float((own & flat).mean() * connected**CONNECTED_POWER)


def clean_ground(textile: Image, ground: Ground, sheet: Sheet, decided: Sheet) -> Image:
    """Return a tile of the ground's colour and grain, with nothing on it.

    The grain is the textile's in everything but its phases: white noise through the ground's own
    residual, whatever the shape it is seen in. Yarn, print screen and paper keep their look, no patch is
    ever seen twice, and a drawn ground stays flat.

    Args:
        textile: ``(h, w, 3)``, sRGB in [0, 1].
        ground: where nothing lies on it.
        sheet: the tile; a quarter for a mirror repeat.
        decided: the sheet whose grain it has, with what a larger textile shows of it.

    Returns:
        ``(H, W, 3)``, float32 in [0, 1].

    Source:
        Galerne, Gousseau, Morel (2011), "Random Phase Textures: Theory and Synthesis", the asymptotic
        discrete spot noise, with the visible ground as the spot.
    """
    seen = ground.flat if ground.flat.mean() > LEAST_SEEN else ground.place
    colour = floats(np.median(textile[seen], axis=0))
    return floats(np.clip(colour + _grain(textile, floats(seen), sheet, decided), 0, 1))


def _grain(textile: Image, seen: Image, sheet: Sheet, decided: Sheet) -> Image:
    sigma = BROAD * max(seen.shape)
    weight = np.maximum(floats(cv2.GaussianBlur(seen, (0, 0), sigma)), 1e-3)[..., None]
    broad = floats(cv2.GaussianBlur(textile * seen[..., None], (0, 0), sigma)) / weight
    spot = (textile - broad) * seen[..., None]
    # Specks and rims of motifs are no grain.
    limit = 3 * 1.48 * float(np.median(np.abs(spot[seen > 0])))
    spot = np.clip(spot, -limit, limit)
    noise = straightened(noise_on(sheet, decided, [sheet.seed, 3])[..., 0], sheet.repeat)
    height, width = noise.shape
    # A spot larger than the torus is laid round it, which keeps all of its correlations at short range.
    wound = np.zeros((height, width, 3))
    for top in range(0, spot.shape[0], height):
        for left in range(0, spot.shape[1], width):
            piece = spot[top : top + height, left : left + width]
            wound[: piece.shape[0], : piece.shape[1]] += piece
    spread = np.fft.rfft2(wound, axes=(0, 1)) * np.fft.rfft2(noise)[..., None]
    grain = np.fft.irfft2(spread, s=(height, width), axes=(0, 1)) / np.sqrt(max(float(seen.sum()), 1.0))
    tile = floats(grain[: sheet.height_px, : sheet.width_px])
    grey = tile.mean(axis=-1, keepdims=True)
    return floats(grey + COLOURED * (tile - grey))
