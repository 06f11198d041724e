"""Preflight: whether a tile can go to the mill, check by check, and for what reason not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from catalogs.report.words import plain
from catalogs.terms import Adapted, offered_under, terms_of
from catalogs.usage import attribution_lines, licences_of
from flows.shards.rows import PlanRow
from nst_core.inks import Separated, perhaps_ground, plates_of, total_coverage
from nst_core.press import GamutCheck, Profile
from nst_core.scoring.flags import SEAM

# Cloth is seen from an arm's length: under 150 px an inch outlines look soft, under 72 steps show.
GOOD_DPI, LEAST_DPI = 150, 72
# Share of colours that the printer cannot make.
NOTABLE_LOST, MOST_LOST = 0.05, 0.2
# Ink on cloth beyond which it bleeds and does not dry: pigment and reactive inks take about so much.
MOST_INK = 3.0
# Of the cloth: less is an outline here and there, which dries with its surroundings.
MOST_SOAKED = 0.001
# A licence that ends sooner than a season is worth a word.
SOON_DAYS = 90
# Of what catalogs say, in one line of the table.
SHOWN_CHARS = 2000
GOOD_SEAM = 1.12


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    WARNING = "warning"
    REFUSED = "refused"


@dataclass(frozen=True)
class Check:
    """A line of the table: what was looked at, what was found, and why that is not good."""

    what: str
    found: str
    state: State = State.OK
    reason: str = ""


def refusals(checks: Sequence[Check]) -> list[str]:
    """Return the reasons against printing."""
    return [check.reason for check in checks if check.state is State.REFUSED]


def size_checks(
    *, width_px: int, height_px: int, width_mm: float, height_mm: float, detail_width_px: float
) -> Iterator[Check]:
    """Check size and resolution: the file's and that of the detail which it has."""
    yield Check("size", f"{width_px} × {height_px} px, {width_mm:g} × {height_mm:g} mm")
    dpi = width_px / width_mm * 25.4
    if dpi < LEAST_DPI:
        yield Check(
            "dpi",
            f"{dpi:.2f}",
            State.REFUSED,
            f"{dpi:.0f} dpi: under {LEAST_DPI} its pixels show on cloth; ask for more",
        )
    else:
        yield Check("dpi", f"{dpi:.2f}")
    own = detail_width_px / width_mm * 25.4
    if own >= GOOD_DPI:
        yield Check("own detail", f"{own:.0f} dpi")
        return
    few = f"its detail ends at {own:.0f} dpi, and under {GOOD_DPI} outlines look soft: scan the textile finer"
    yield Check("own detail", f"{own:.0f} dpi", State.WARNING, few)


def profile_checks(profile: Profile, gamut: GamutCheck | None, *, bits: int) -> Iterator[Check]:
    """Check the profile and what the printer makes of the colours; no gamut: they stay as they are."""
    yield Check("profile", f"{profile.name} ({profile.space} {profile.kind}), {bits} bits")
    if gamut is None:
        return
    lost = f"{gamut.share:.1%} of the tile is in colours that {profile.name} cannot print"
    if gamut.share > MOST_LOST:
        reason = f"{lost}: look at the soft proof, choose another colorway, or another profile"
        yield Check("gamut", f"{gamut.share:.1%} lost", State.REFUSED, reason)
    else:
        state = State.WARNING if gamut.share > NOTABLE_LOST else State.OK
        yield Check("gamut", f"{gamut.share:.1%} lost", state, lost if state is State.WARNING else "")


def coverage_checks(gamut: GamutCheck | None, *, most_ink: float) -> Iterator[Check]:
    """Check how much ink of a CMYK profile lies on cloth, all inks together; nothing of an RGB profile."""
    if gamut is None or gamut.ink is None:
        return
    soaked = float((gamut.ink > most_ink).mean())
    found = f"{gamut.ink.mean():.0%} on average, {gamut.ink.max():.0%} at most"
    if soaked > MOST_SOAKED:
        reason = (
            f"{soaked:.1%} of the tile has more ink than dries ({most_ink:.0%}), up to "
            f"{gamut.ink.max():.0%}: ask the mill for a profile made for {most_ink:.0%}, or say what the "
            f"cloth takes (--ink-limit)"
        )
        yield Check("coverage", found, State.REFUSED, reason)
    elif soaked:
        reason = f"single places have more ink than dries ({most_ink:.0%})"
        yield Check("coverage", found, State.WARNING, reason)
    else:
        yield Check("coverage", found)


def ink_checks(separated: Separated, *, trap_mm: float, most_ink: float) -> Iterator[Check]:
    """Check the tile's separation: how much ink lies on cloth, and whether plates have nothing on them."""
    plates = plates_of(separated, trap_mm=trap_mm)
    cover = total_coverage(plates)
    off = separated.at_its_size
    if separated.ground is not None:
        free = float((separated.inks == separated.ground).mean())
        colour = separated.palette.inks[separated.ground].hex
        yield Check("ground", f"{colour}, the cloth's own: {free:.0%} of it stays unprinted")
    elif (ink := perhaps_ground([(one.ink, float(one.shows.mean())) for one in plates])) is not None:
        reason = f"if it is the cloth itself that shows in {ink.hex}, say --ground '{ink.hex}'"
        yield Check("ground", "printed", State.WARNING, reason)
    found = f"{len(plates)}, ink in all {cover:.0%}, ΔE2000 {off.mean:.1f} (p95 {off.p95:.1f})"
    if cover > most_ink:
        reason = (
            f"{cover:.0%} ink on cloth is more than dries ({most_ink:.0%}); take fewer inks or a smaller trap"
        )
        yield Check("inks", found, State.REFUSED, reason)
    elif empty := [plate.ink.name for plate in plates if plate.empty]:
        reason = f"nothing is printed with {', '.join(empty)}: leave them out of the palette"
        yield Check("inks", found, State.WARNING, reason)
    else:
        yield Check("inks", found)


def repeat_checks(row: PlanRow) -> Iterator[Check]:
    """Check how the tile repeats and whether its joins show, as they were scored when it was painted."""
    yield Check("repeat", str(row["repeat"]))
    seam = row.get("seam")
    told = "not measured" if seam is None else f"{seam:.2f}"
    if SEAM in (row.get("flags") or ()):
        reason = "its joins show (flag seam): make the tile again with another seed"
        yield Check("seam", told, State.REFUSED, reason)
    elif seam is None or seam > GOOD_SEAM:
        reason = "look at `toile repeat` before it is printed"
        yield Check("seam", told, State.WARNING, f"seam {told}: {reason}")
    else:
        yield Check("seam", told)


def rights_checks(row: PlanRow, day: date, *, territory: Collection[str] = ()) -> Iterator[Check]:
    """Check what the licences of the design's images say about printing it for sale on a day.

    Args:
        row: with the licences that hold.
        day: of printing.
        territory: the countries that the batch's designs are sold in; empty: anywhere.
    """
    licences = licences_of(row)
    names = ", ".join(licences) or "none"
    unsold = [licence for licence in licences if not terms_of(licence).commercial]
    kept = [licence for licence in licences if terms_of(licence).adapted is not Adapted.SHARED]
    if kept:
        forbids = f"{', '.join(kept)} forbids to share adapted works"
        reason = f"{forbids}, and a print leaves the house: get a permission"
        yield Check("licence", names, State.REFUSED, reason)
    elif unsold:
        reason = (
            f"{', '.join(unsold)} forbids sale: print it for the house alone (--force), or get a permission"
        )
        yield Check("licence", names, State.REFUSED, reason)
    elif not licences:
        yield Check(
            "licence", names, State.WARNING, "its images have no licence: whoever prints it answers for it"
        )
    else:
        yield Check("licence", names)
    if under := offered_under(licences):
        reason = f"a licence wants the design offered to all under {under}: tell the mill and the shop"
        yield Check("to be offered", f"under {under}", State.WARNING, reason)
    if lines := attribution_lines(row):
        yield Check("to be named", plain("; ".join(lines), at_most=SHOWN_CHARS))
    yield from _territory_checks(row, territory)
    yield from _expiry_checks(row, day)


def terms_checks(changes: Sequence[tuple[str, str, str]], *, since_painted: bool) -> Iterator[Check]:
    """Check whether the licences are those that the design was painted under.

    Args:
        changes: column, then and now.
        since_painted: whether today's are not known.
    """
    told = "; ".join(f"{name} was {was or 'empty'}, is {now or 'empty'}" for name, was, now in changes)
    if since_painted:
        reason = (
            "its batch or its images are in the storage or the catalogs no more: ask who holds the rights"
        )
        yield Check("terms", told or "of the day it was painted", State.WARNING, reason)
    elif told:
        yield Check("terms", plain(told, at_most=SHOWN_CHARS))


def _territory_checks(row: PlanRow, territory: Collection[str]) -> Iterator[Check]:
    limited = [text.split() for name in ("content", "style") if (text := row.get(f"{name}_territories"))]
    if not limited:
        return
    covered = sorted(set.intersection(*map(set, limited)))
    if territory and set(territory) <= set(covered):
        yield Check("sold in", ", ".join(territory))
    else:
        reason = f"its images are licensed for {', '.join(covered) or 'no country together'} alone"
        yield Check("sold in", ", ".join(covered) or "–", State.WARNING, reason)


def _expiry_checks(row: PlanRow, day: date) -> Iterator[Check]:
    ends = [day_ for name in ("content", "style") if (day_ := row.get(f"{name}_licence_expires"))]
    if not ends:
        return
    last = min(ends)
    left = (date.fromisoformat(last) - day).days
    if left < 0:
        reason = f"the licence ended on {last}: renew it before anything is printed"
        yield Check("expiry", last, State.REFUSED, reason)
    elif left < SOON_DAYS:
        ends_in = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days, on {last}")
        yield Check("expiry", last, State.WARNING, f"the licence ends {ends_in}")
    else:
        yield Check("expiry", last)
