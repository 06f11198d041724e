"""``toile export print``: a tile of yardage as a file for the mill, in exact mm, after a preflight."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.exits import Exit
from flows.cli.inputs import read_file
from flows.cli.options import AsJson, Device, Ground, Root, open_root
from flows.cli.outputs import check_place, write_file
from flows.cli.reporting import Command, console, family, print_json, say, tell, waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.prints.preflight import Check
    from flows.prints.printing import Print
    from nst_core.press import Profile
    from nst_core.uprez import Enlarged

app = family("Make files that leave the house.")


@app.callback()
def export() -> None:
    """Make files that leave the house."""


@app.command("print", cls=Command, epilog="Example: toile export print 4f1c09 --width-mm 640 --out toss.tif")
def print_(
    design: Annotated[
        str, typer.Argument(metavar="DESIGN", help="The id of yardage, or its first digits (4 or more).")
    ],
    out: Annotated[Path, typer.Option("--out", help="The file: .tif, .png or .pdf.")],
    width_mm: Annotated[
        float | None,
        typer.Option("--width-mm", min=1, max=10_000, help="Of the tile on cloth; else as the design says."),
    ] = None,
    dpi: Annotated[
        float, typer.Option("--dpi", min=10, max=2400, help="The nearest that the repeat takes is made.")
    ] = 200,
    profile: Annotated[
        Path | None, typer.Option("--profile", help="The printer's ICC profile, RGB or CMYK; else sRGB.")
    ] = None,
    bits: Annotated[
        int, typer.Option("--bits", help="8, or 16: in sRGB or an RGB profile of a matrix and curves.")
    ] = 8,
    inks: Annotated[
        int | None, typer.Option("--inks", min=1, max=24, help="Check how it separates into so many.")
    ] = None,
    ground: Ground = "auto",
    ink_limit: Annotated[
        float,
        typer.Option("--ink-limit", min=50, max=400, help="Ink that the cloth takes, all together, in %."),
    ] = 300,
    interpolate: Annotated[
        bool, typer.Option("--interpolate", help="Enlarge without resuming the steps: fast, and softer.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="The preflight alone; nothing is made.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make it against the preflight's refusals.")] = False,
    root: Root = "",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Make a file for the mill: a tile at its printed size, in its printer's profile, after a preflight.

    Beside it lie its credits, to be handed on with it, and with --profile a soft proof in sRGB and a mask of
    the colours that are lost. Where storage.yaml says signing, the file is signed. Exit code 1: the
    preflight refuses, with reasons; nothing is made.
    """
    storage = open_root(root)
    with waiting(f"looking for {design}") as update:
        from catalogs.layout import design_key
        from flows.cli.show import find_design
        from flows.equipment import equipment
        from flows.marking.terms import terms_of_design
        from flows.prints.preflight import refusals
        from flows.prints.print_order import Order, suffix_of
        from flows.prints.printing import enlarged, interpolated, print_of
        from flows.prints.proof import yardage_of
        from nst_core.inks import printed_on

        yardage = yardage_of(storage, find_design(storage, design.strip().lower()))
        order = Order(
            _width_mm(width_mm, yardage.row),
            dpi,
            _profile(profile),
            _bits(bits),
            suffix_of(out.name),
            most_ink=ink_limit / 100,
        )
        cloth = printed_on(ground)
        wanted = print_of(yardage, order, terms_of_design(storage, yardage.row))
        before = wanted.checks(_detail_before(wanted, interpolate), day=_today(), inks=inks, cloth=cloth)
        reasons = refusals(before)
        made: Enlarged | None = None
        if not check and (force or not reasons):
            check_place(out)
            signer = equipment().signer()
            if interpolate:
                made = interpolated(wanted)
            else:
                from nst_core.engine import Engine

                made = enlarged(
                    wanted,
                    storage,
                    Engine(device=device),
                    on_scale=lambda width, last: update(f"refining at {width} of {last} px"),
                )
            update("writing")
            data = wanted.file(made)
            if signer is not None:
                design_png = storage.read(design_key(yardage.row["design_id"]))
                data = wanted.signed(data, made, signer, design_png)
            write_file(out, data)
    files = [] if made is None else [str(out), *_beside(wanted, out)]
    checks = before
    if made is not None:
        checks = wanted.checks(made.detail_width_px, day=_today(), inks=inks, cloth=cloth)
    if as_json:
        print_json(_as_values(wanted, checks, made, files))
    else:
        _show(checks, made, files)
    if reasons and not force:
        for reason in reasons:
            say(f"refused: {reason}")
        say("nothing was made; --force makes it all the same")
        raise typer.Exit(Exit.FAILED)
    if reasons and made is not None:
        counted = "a refusal" if len(reasons) == 1 else f"{len(reasons)} refusals"
        say(f"made against {counted} of the preflight (--force)")


def _width_mm(asked: float | None, row: dict[str, Any]) -> float:
    from configs.errors import ConfigError

    width = asked or row.get("repeat_width_mm")
    if width is None:
        raise ConfigError("the design says no width on cloth: give --width-mm, as 640")
    return float(width)


def _profile(path: Path | None) -> Profile:
    from nst_core.press import SRGB, read_profile
    from nst_core.press.profiles import MOST_BYTES

    if path is None:
        return SRGB
    return read_profile(read_file(path, "--profile", at_most=MOST_BYTES, what="profile"), name=path.name)


def _bits(bits: int) -> int:
    from configs.errors import ConfigError

    if bits not in (8, 16):
        raise ConfigError(f"--bits is 8 or 16, got {bits}")
    return bits


def _detail_before(wanted: Print, interpolate: bool) -> float:
    """Return what detail there will be at most, before anything is made."""
    own = float(wanted.yardage.tile.shape[1])
    return min(own, wanted.width_px) if interpolate else float(wanted.width_px)


def _today() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC).date()


def _beside(wanted: Print, out: Path) -> list[str]:
    """Write credits, soft proof and gamut mask beside the file; returns their names."""
    files = {"credits.txt": wanted.terms.credits().encode()}
    if wanted.gamut is not None:
        import numpy as np

        from flows.marking.provenance import XMP_KEYWORD
        from nst_core.codec import encode_png

        text = {XMP_KEYWORD: wanted.terms.xmp} if wanted.terms.xmp else {}
        mask = np.repeat(wanted.gamut.lost[..., None], 3, axis=2).astype(np.uint8) * 255
        files |= {
            "proof.png": encode_png(wanted.gamut.proof, text=text),
            "gamut.png": encode_png(mask, text=text),
        }
    for name, data in files.items():
        write_file(out.with_name(f"{out.stem}-{name}"), data)
    return [str(out.with_name(f"{out.stem}-{name}")) for name in files]


def _as_values(
    wanted: Print, checks: Sequence[Check], made: Enlarged | None, files: list[str]
) -> dict[str, Any]:
    return {
        "design_id": wanted.yardage.row["design_id"],
        "width_px": wanted.width_px,
        "height_px": wanted.height_px,
        "width_mm": wanted.order.width_mm,
        "height_mm": wanted.height_mm,
        "dpi": wanted.dpi,
        "way": None if made is None else made.way,
        "scales_px": [] if made is None else list(made.scales_px),
        "detail_width_px": None if made is None else made.detail_width_px,
        "checks": [
            {"what": one.what, "found": one.found, "state": str(one.state), "reason": one.reason}
            for one in checks
        ],
        "files": files,
    }


def _show(checks: Sequence[Check], made: Enlarged | None, files: list[str]) -> None:
    from rich.table import Table

    table = Table("", "found", "", "", box=None, pad_edge=False)
    for one in checks:
        table.add_row(one.what, one.found, "" if one.state == "ok" else str(one.state), one.reason)
    console().print(table, markup=False, highlight=False)
    if made is not None:
        scales = ", ".join(map(str, made.scales_px))
        tell(f"{made.way}{f' at {scales} px' if scales else ''}; detail up to {made.detail_width_px:.0f} px")
    for name in files:
        tell(f"file {name}")
