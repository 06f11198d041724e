"""``toile separate``: a design or a picture in inks, and a plate for each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast, get_args

import typer

from flows.cli.inputs import read_file
from flows.cli.options import AsJson, Ground, Root, open_root
from flows.cli.outputs import write_file
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from configs.cloth import Repeat
    from flows.marking.signing import Signer
    from flows.marking.terms import Terms
    from flows.prints.separation import Separation
    from nst_core.inks import Cloth
    from nst_core.palettes import Palette

app = family()

USUAL_INKS = 8
_HEX = re.compile(r"[0-9a-fA-F]{4,32}")


@dataclass(frozen=True)
class Source:
    """What is separated: its bytes, its repeat and inks by a design's row, and what may be done with it."""

    data: bytes
    name: str
    repeat: str | None = None
    width_mm: float | None = None
    terms: Terms | None = None
    inks: tuple[str, ...] = ()


@app.command("separate", cls=Command, epilog="Example: toile separate 4f1c09 --inks 8 --out plates")
def separate(
    design: Annotated[
        str,
        typer.Argument(metavar="DESIGN_OR_FILE", help="A design's id, its first digits, or a picture file."),
    ],
    out: Annotated[Path, typer.Option("--out", help="A new folder for plates, composite, palette, table.")],
    inks: Annotated[
        int | None,
        typer.Option(
            "--inks",
            min=1,
            max=24,
            help="How many are printed, else its own or 8; with --palette the best so many.",
        ),
    ] = None,
    palette: Annotated[
        Path | None, typer.Option("--palette", help="Inks to print with: ASE, ACO, GPL, CSV or a list.")
    ] = None,
    width_mm: Annotated[
        float | None,
        typer.Option("--width-mm", min=1, max=10_000, help="On cloth; else as the design says, else 640."),
    ] = None,
    dpi: Annotated[
        float | None, typer.Option("--dpi", min=10, max=1200, help="Of the plates; else the picture's own.")
    ] = None,
    trap_mm: Annotated[
        float, typer.Option("--trap-mm", min=0, max=5, help="How far a lighter ink spreads under a darker.")
    ] = 0.1,
    min_region_mm: Annotated[
        float, typer.Option("--min-region-mm", min=0, max=50, help="No region is smaller than this squared.")
    ] = 0.3,
    repeat: Annotated[
        Literal["straight", "half-drop", "half-brick", "mirror", "none"] | None,
        typer.Option("--repeat", help="How it meets itself; else as the design says, else none."),
    ] = None,
    ground: Ground = "auto",
    root: Root = "",
    as_json: AsJson = False,
) -> None:
    """Separate a design into inks: composite, a plate for each ink, palette, and a table with ΔE2000.

    Printing goes from the lightest ink to the darkest; plates are black where ink is printed. The ground,
    where the cloth shows its own colour, has no plate and is not counted.
    """
    _check_out(out)
    card = _palette(palette, inks)
    with waiting(f"reading {design}") as update:
        source = _source(design, root)
        from configs.inks import USUAL_WIDTH_MM
        from flows.equipment import equipment
        from flows.marking.provenance import carried_xmp
        from flows.prints.separation import separation_of
        from nst_core.codec import decode
        from nst_core.inks import printed_on
        from nst_core.inks import separate as in_inks

        cloth = printed_on(ground)

        picture = decode(source.data, name=source.name)
        if picture.resized:
            say(f"{source.name} is larger than can be separated at once; it was reduced")
        update(f"separating {design}")
        separated = in_inks(
            picture.rgb,
            count=count_of(source, inks, card),
            palette=card,
            repeat=repeat_of(source, repeat),
            width_mm=width_mm or source.width_mm or USUAL_WIDTH_MM,
            min_region_mm=min_region_mm,
            cloth=cloth,
        )
        update("making plates")
        found = separation_of(
            separated,
            trap_mm=trap_mm,
            min_region_mm=min_region_mm,
            dpi=dpi,
            xmp=carried_xmp(source.data) if source.terms is None else source.terms.xmp,
        )
        signer = None if source.terms is None else equipment().signer()
        written = []
        for name, data in found.files():
            for each, its_data in _signed(name, data, source, signer):
                write_file(out / each, its_data)
                written.append(str(out / each))
        if source.terms is not None:
            write_file(out / "credits.txt", source.terms.credits().encode())
            written.append(str(out / "credits.txt"))
    _warn(found, inks, trap_mm)
    _warn_of_ground(found, cloth)
    if as_json:
        print_json({**found.figures(), "empty": found.empty, "inks": found.inks, "files": written})
        return
    _show(found, out)


def _source(design: str, root: str) -> Source:
    """Return the bytes of a file of that name, else of the design with that id."""
    from catalogs.errors import NotFound
    from catalogs.layout import design_key
    from flows.cli.show import find_design

    path = Path(design)
    if path.is_file():
        return Source(path.read_bytes(), path.name)
    if not _HEX.fullmatch(design):
        raise NotFound(f"{design} is no file here, nor a design's id (4 to 32 hex digits)", key=design)
    storage = open_root(root)
    row = find_design(storage, design.lower())
    if row["status"] != "ok":
        raise NotFound(
            f"design {row['design_id']} was not painted ({row['status']}): it has no inks",
            key=design_key(row["design_id"]),
        )
    key = design_key(row["design_id"])
    from flows.marking.terms import terms_of_design

    terms = terms_of_design(storage, row)
    own = tuple(row.get("inks") or ())
    return Source(storage.read(key), key, row.get("repeat"), row.get("repeat_width_mm"), terms, own)


def _signed(name: str, data: bytes, source: Source, signer: Signer | None) -> Iterator[tuple[str, bytes]]:
    """Yield a file of a separation, its pictures with the house's signature.

    Inside a TIFF of many pages the signature would be one more, which has no size: not every program that
    reads plates gets over it. It comes as a file beside it.
    """
    from flows.marking.signing import MEDIA_TYPES
    from flows.revision import tool_name

    media_type = MEDIA_TYPES.get(Path(name).suffix)
    if media_type is None or signer is None or source.terms is None:
        yield name, data
        return
    of_pages = media_type == "image/tiff"
    sign = signer.manifest_beside if of_pages else signer.sign_copy
    signed = sign(
        data,
        source.terms.row,
        media_type=media_type,
        design=source.data,
        actions=("c2pa.color_adjustments",),
        tool=tool_name(),
    )
    if not of_pages:
        yield name, signed
        return
    yield name, data
    yield Path(name).with_suffix(".c2pa").name, signed


def count_of(source: Source, inks: int | None, card: Palette | None) -> int | None:
    """Return how many inks are looked for: as asked, all of a palette (None), a design's own, or 8."""
    if inks is not None or card is not None:
        return inks
    return len(source.inks) or USUAL_INKS


def _palette(path: Path | None, inks: int | None) -> Palette | None:
    if path is None:
        return None
    from configs.errors import ConfigError
    from nst_core.palettes import read_palette
    from nst_core.palettes.reading import MAX_BYTES

    data = read_file(path, "--palette", at_most=MAX_BYTES, what="palette")
    card = read_palette(data, name=path.name)
    if inks is not None and inks > len(card):
        raise ConfigError(f"--inks: {path.name} has {len(card)} inks, {inks} cannot be chosen from them")
    return card


def repeat_of(source: Source, asked: str | None) -> Repeat | None:
    """Return how a picture meets itself: as was asked for, else as its row says, else not at all.

    Raises:
        ConfigError: a row with a repeat that we do not know.
    """
    from configs.cloth import Repeat
    from configs.errors import ConfigError

    said = asked or source.repeat or "none"
    if said == "none":
        return None
    if said not in get_args(Repeat):
        raise ConfigError(f"{source.name} repeats {said!r}, which is no repeat we know; say it with --repeat")
    return cast("Repeat", said)


def _check_out(out: Path) -> None:
    from configs.errors import ConfigError

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(
            f"--out: {out} is not an empty folder; plates are not laid over others: name a new one"
        )


def _warn(found: Separation, inks: int | None, trap_mm: float) -> None:
    if found.empty:
        say(f"nothing is printed with {', '.join(found.empty)}: no plate was made")
    if inks is not None and len(found.plates) < inks:
        beside = "" if found.separated.ground is None else " beside its ground"
        say(f"the picture has {len(found.plates)} colours{beside}: {inks} inks are not needed")
    if 0 < trap_mm * found.separated.px_per_mm < 0.5:
        need = 25.4 / (2 * trap_mm)
        say(f"a trap of {trap_mm:g} mm is under half a pixel at {found.dpi:.0f} dpi and was left out; "
            f"from --dpi {need:.0f} it is made")  # fmt: skip


def _warn_of_ground(found: Separation, cloth: Cloth | None) -> None:
    from nst_core.inks import perhaps_ground

    if cloth is None:
        return
    if not cloth.as_drawn and found.separated.ground is None:
        say(f"no ink is near the cloth's colour #{bytes(cloth.rgb).hex()}: all of the picture is printed")
    ink = perhaps_ground([(plate.ink, float(plate.shows.mean())) for plate in found.plates])
    if cloth.as_drawn and ink is not None:
        say(f"{ink.name} is printed; if it is the cloth itself that shows there, say --ground '{ink.hex}'")


def _show(found: Separation, out: Path) -> None:
    from rich.table import Table

    table = Table(
        "", "ink", "hex", "Lab (D50)", "shows", "prints", "ΔE mean", "p95", box=None, pad_edge=False
    )
    for row in found.inks:
        off = [
            f"{row[name]:.1f}" if row[name] is not None else "–" for name in ("delta_e_mean", "delta_e_p95")
        ]
        lab = f"{row['L']:.0f} {row['a']:.0f} {row['b']:.0f}"
        shares = [f"{row[name]:.1%}" for name in ("shows", "prints")]
        table.add_row(
            "" if row["number"] is None else str(row["number"]), row["name"], row["hex"], lab, *shares, *off
        )
    console().print(table, markup=False, highlight=False)
    told = found.figures()
    tell(f"{told['width_px']} × {told['height_px']} px at {told['dpi']:g} dpi")
    tell(f"ink in all {told['coverage']:.0%}")
    tell(f"ΔE2000 at the picture's size {told['delta_e_mean']:.2f}, p95 {told['delta_e_p95']:.2f}")
    tell(f"files in {out}")
