"""toile export print: a painted tile as a file for the mill, or the reasons why not."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import date, timedelta

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from catalogs.frozen import freeze_batch
from catalogs.storage import open_storage
from configs.batch import Batch
from configs.recipe import ClothPart, OptimisePart, Recipe, StyleTerm
from configs.storage import StorageConfig
from flows.cli.exits import Exit
from flows.cli.show import find_design
from flows.equipment import Equipment, equipped
from flows.marking.signing import Signer
from flows.marking.terms import terms_of_design
from flows.prints.preflight import State, rights_checks, size_checks
from flows.prints.print_order import Order
from flows.prints.printing import enlarged, print_of
from flows.prints.proof import yardage_of
from nst_core.uprez import Enlarged
from tests.flows.cli.conftest import TILE_ID as ID
from tests.flows.marking.test_signing import write_identity
from tests.nst_core.press.printers import dull, inked
from tests.nst_core.press.test_matrix import wide

FAST = ("--interpolate", "--json")


def states(answer) -> dict[str, str]:
    return {check["what"]: check["state"] for check in answer.json["checks"]}


def test_a_tiff_has_exactly_the_millimetres_that_were_asked_for(toile, bucket, tmp_path):
    bucket()
    out = tmp_path / "print.tif"
    answer = toile("export", "print", "abab", "--dpi", "100", "--bits", "16", "--out", str(out), *FAST)
    assert answer.code == Exit.DONE, answer.err
    # 32 mm at 100 dpi are 126 px; a straight tile takes 128: 101.6 dpi
    assert (answer.json["width_px"], answer.json["dpi"]) == (128, pytest.approx(101.6))
    with tifffile.TiffFile(out) as file:
        page = file.pages.first
        across, down = (page.tags[code].value for code in (282, 283))
        assert (page.shape, page.bitspersample, page.compression) == ((128, 128, 3), 16, 5)
        assert 128 * across[1] / across[0] * 25.4 == pytest.approx(32, abs=1e-9)
        assert across == down
        assert "Acme" in bytes(page.tags[700].value).decode()
        values = page.tags[34675].value
    assert len(values) > 100


def test_profile_proof_and_mask_lie_beside_each_other(toile, bucket, tmp_path):
    bucket()
    printer = tmp_path / "cloth.icc"
    printer.write_bytes(dull(0.9))
    out = tmp_path / "print.pdf"
    answer = toile("export", "print", "abab", "--profile", str(printer), "--out", str(out), "--force", *FAST)
    assert answer.code == Exit.DONE, answer.err
    assert [path.rpartition("/")[2] for path in answer.json["files"]] == [
        "print.pdf",
        "print-credits.txt",
        "print-proof.png",
        "print-gamut.png",
    ]
    assert Image.open(tmp_path / "print-proof.png").size == (64, 64)
    assert out.read_bytes().startswith(b"%PDF-1.6")


def test_the_preflight_refuses_with_reasons_unless_it_is_forced(toile, bucket, tmp_path):
    bucket(flags=["seam"], style_licence_expires="2020-01-01", style_licence="proprietary:mill-7")
    out = tmp_path / "print.tif"
    answer = toile("export", "print", "abab", "--out", str(out), *FAST)
    assert answer.code == Exit.FAILED
    assert (states(answer)["seam"], states(answer)["expiry"]) == ("refused", "refused")
    assert "its joins show" in answer.err
    assert "ended on 2020-01-01" in answer.err
    assert not out.exists()
    forced = toile("export", "print", "abab", "--out", str(out), "--force", *FAST)
    assert (forced.code, out.exists()) == (Exit.DONE, True)
    assert "against 2 refusals" in forced.err


def test_colours_that_the_printer_lacks_refuse_a_print(toile, bucket, tmp_path):
    bucket(np.full((64, 64, 3), (255, 0, 0), np.uint8))
    printer = tmp_path / "cloth.icc"
    printer.write_bytes(dull())
    out = tmp_path / "print.tif"
    answer = toile("export", "print", "abab", "--profile", str(printer), "--out", str(out), *FAST)
    assert (answer.code, states(answer)["gamut"]) == (Exit.FAILED, "refused")
    assert "100.0% of the tile is in colours" in answer.err


def test_more_ink_than_the_cloth_takes_refuses_a_print(toile, bucket, tmp_path):
    bucket(np.zeros((64, 64, 3), np.uint8))
    printer, out = tmp_path / "inked.icc", tmp_path / "print.tif"
    printer.write_bytes(inked())
    wanted = ("export", "print", "abab", "--profile", str(printer), "--out", str(out), *FAST)
    answer = toile(*wanted)
    assert (answer.code, states(answer)["coverage"]) == (Exit.FAILED, "refused")
    # black is four layers, and cloth takes three
    assert "100.0% of the tile has more ink than dries (300%), up to 400%" in answer.err
    assert states(toile(*wanted, "--ink-limit", "400"))["coverage"] == "ok"
    assert Image.open(out).mode == "CMYK"


def test_a_place_that_refuses_is_told_before_anything_is_painted(toile, bucket, tmp_path):
    bucket()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.tif").mkdir()
    for place in (tmp_path / "file" / "x.tif", tmp_path / "folder.tif"):
        answer = toile("export", "print", "abab", "--out", str(place))
        assert (answer.code, f"--out: {place} cannot be written" in answer.err) == (Exit.USAGE, True)


def test_inks_are_checked_where_they_are_asked_for(toile, bucket, tmp_path):
    bucket()
    answer = toile("export", "print", "abab", "--inks", "4", "--check", "--out", "x.tif", *FAST)
    assert answer.code == Exit.DONE, answer.err
    [line] = [check for check in answer.json["checks"] if check["what"] == "inks"]
    assert "ink in all 1" in line["found"]
    assert answer.json["files"] == []


def test_the_cloths_own_colour_is_no_ink_of_the_preflight(toile, bucket, tmp_path):
    tile = np.full((64, 64, 3), 255, np.uint8)
    tile[:32, :32] = (20, 30, 90)
    bucket(tile)
    wanted = ("export", "print", "abab", "--inks", "1", "--check", "--out", "x.tif", *FAST)
    found = {check["what"]: check["found"] for check in toile(*wanted).json["checks"]}
    # a quarter of the cloth is printed
    assert found["ground"] == "#ffffff, the cloth's own: 75% of it stays unprinted"
    assert found["inks"].startswith("1, ink in all 25%")
    assert states(toile(*wanted, "--ground", "none"))["inks"] == "refused"


def test_a_tile_that_cannot_be_separated_is_refused_in_the_table(toile, bucket):
    bucket(np.full((64, 64, 3), 90, np.uint8))
    answer = toile("export", "print", "abab", "--inks", "4", "--check", "--out", "x.tif", *FAST)
    assert (answer.code, states(answer)["inks"]) == (Exit.FAILED, "refused")
    assert "refused: the picture has one colour" in answer.err


def test_a_table_for_people(toile, bucket, tmp_path):
    bucket()
    answer = toile("export", "print", "abab", "--interpolate", "--out", str(tmp_path / "print.png"))
    assert answer.code == Exit.DONE, answer.err
    # 64 px over 32 mm
    assert "51 dpi" in answer.words
    assert "its detail ends at 51 dpi" in answer.words
    assert "interpolated; detail up to 64 px" in answer.words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--out", "x.jpg"), ".jpg is no file for the press"),
        (("--out", "x.tif", "--bits", "12"), "--bits is 8 or 16, got 12"),
        (("--out", "x.tif", "--width-mm", "9000"), "take --dpi 46, or --width-mm 2080"),
        (("--out", "x.tif", "--profile", "nowhere.icc"), "nowhere.icc cannot be read"),
        (("--out", "x.tif", "--profile", __file__), "is no ICC profile that can be read"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_made(toile, bucket, arguments, said):
    bucket()
    answer = toile("export", "print", "abab", *arguments, *FAST)
    assert (answer.code, said in answer.err) == (Exit.USAGE, True), answer.err


def test_sixteen_bits_go_through_a_matrix(toile, bucket, tmp_path):
    bucket()
    printer, out = tmp_path / "wide.icc", tmp_path / "print.tif"
    printer.write_bytes(wide())
    wanted = ("--profile", str(printer), "--bits", "16", "--out", str(out))
    answer = toile("export", "print", "abab", *wanted, *FAST)
    assert answer.code == Exit.DONE, answer.err
    with tifffile.TiffFile(out) as file:
        assert file.pages.first.bitspersample == 16
        assert bytes(file.pages.first.tags[34675].value) == wide()
    values = cv2.imread(str(out), cv2.IMREAD_UNCHANGED)[..., ::-1]
    eight = tmp_path / "eight.tif"
    toile("export", "print", "abab", *wanted[:2], "--out", str(eight), *FAST)
    with Image.open(eight) as picture:
        assert np.abs(values / 257 - np.asarray(picture)).max() <= 2


def test_sixteen_bits_and_a_profile_of_tables_exclude_each_other(toile, bucket, tmp_path):
    bucket()
    printer = tmp_path / "cloth.icc"
    printer.write_bytes(inked())
    wanted = ("--profile", str(printer), "--bits", "16", "--out", str(tmp_path / "x.tif"))
    answer = toile("export", "print", "abab", *wanted, *FAST)
    assert (answer.code, "leave --profile out" in answer.err) == (Exit.USAGE, True)


def test_a_garment_has_no_tile_to_print(toile, bucket):
    bucket(repeat=None)
    answer = toile("export", "print", "abab", "--out", "x.tif", *FAST)
    assert (answer.code, "yardage recipe" in answer.err) == (Exit.NOTHING_FOUND, True)


class Enlarging:
    """An engine that remembers what it was to enlarge."""

    def enlarge(self, tile, job, recipe, *, height_px, width_px, on_scale):
        self.asked = (job, recipe, (height_px, width_px))
        return Enlarged(np.zeros((height_px, width_px, 3), np.uint16), "resumed", 90.0, (width_px,), 8)


@pytest.mark.parametrize("colours", [None, "keep 2 #101010 #f0f0f0"])
def test_a_tile_is_resumed_by_its_own_recipe_and_a_colorway_of_it_is_not(bucket, tmp_path, colours):
    storage, textile = open_storage(StorageConfig(root=str(tmp_path / "bucket"))), b"the textile"
    refine = OptimisePart(start="cloth", style=StyleTerm(layers=["relu1_1"]))
    recipe = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss", refine=refine))
    batch = Batch(name="y", recipes=("toss",), sizes_px=(64,))
    told = {"engine_version": "1", "weights_sha256": {}}
    freeze_batch(storage, "y-1", batch, {"toss": recipe}, {"toss": "1" * 64}, **told)
    storage.write_atomic("style/a.png", textile)
    bucket(
        batch_id="y-1",
        recipe="toss",
        size_px=64,
        style_key="style/a.png",
        style_sha256=hashlib.sha256(textile).hexdigest(),
        further_styles=[],
        colorway_colours=colours,
    )
    yardage = yardage_of(storage, find_design(storage, ID))
    wanted = print_of(yardage, Order(32.0, 100), terms_of_design(storage, yardage.row))
    engine = Enlarging()
    found = enlarged(wanted, storage, engine)
    assert found.tile.shape == (128, 128, 3)
    if colours is not None:
        # steps, or another layout of the textile, would bring back its own colours
        assert found.way == "interpolated"
        return
    job, made_by, size = engine.asked
    assert (job.style, job.size_px, size, made_by) == (textile, 64, (128, 128), recipe)


def test_a_tile_whose_recipe_is_gone_is_not_resumed_by_another(toile, bucket, tmp_path):
    storage = open_storage(StorageConfig(root=str(tmp_path / "bucket")))
    recipe = Recipe(name="toss", kind="yardage", cloth=ClothPart(maker="toss"))
    told = {"engine_version": "1", "weights_sha256": {}}
    batch = Batch(name="y", recipes=("toss",), sizes_px=(64,))
    freeze_batch(storage, "y-1", batch, {"toss": recipe}, {"toss": "2" * 64}, **told)
    bucket(batch_id="y-1", recipe="toss", recipe_hash="1" * 64)
    answer = toile("export", "print", "abab", "--out", str(tmp_path / "x.tif"))
    assert (answer.code, "planned anew without the recipe toss" in answer.err) == (Exit.USAGE, True)
    assert toile("export", "print", "abab", "--out", str(tmp_path / "x.tif"), *FAST).code == Exit.DONE


def test_licences_forbid_sale_or_end_or_are_none():
    day = date(2026, 11, 21)

    def found(**row: str) -> dict[str, State]:
        return {check.what: check.state for check in rights_checks(row, day)}

    assert found(style_licence="CC0-1.0") == {"licence": State.OK}
    assert found(style_licence="CC-BY-NC-4.0")["licence"] is State.REFUSED
    assert found()["licence"] is State.WARNING
    assert found(style_licence="CC-BY-ND-4.0")["licence"] is State.REFUSED
    assert found(style_licence="CC-BY-SA-4.0")["to be offered"] is State.WARNING
    for days, state in ((-1, State.REFUSED), (30, State.WARNING), (200, State.OK)):
        ends = (day + timedelta(days)).isoformat()
        assert found(style_licence="proprietary:x", style_licence_expires=ends)["expiry"] is state


def test_countries_that_a_licence_covers_are_named():
    row = {"style_licence": "proprietary:x", "style_territories": "AT DE", "content_territories": "DE FR"}

    def sold(*territory: str) -> tuple[str, State]:
        checks = rights_checks(row, date(2026, 11, 21), territory=territory)
        return next((check.found, check.state) for check in checks if check.what == "sold in")

    assert sold("DE") == ("DE", State.OK)
    # only where all of its licences hold
    assert sold("DE", "AT") == sold() == ("DE", State.WARNING)


def test_credits_and_signature_go_with_a_print(toile, bucket, tmp_path):
    c2pa = pytest.importorskip("c2pa", reason="the extra c2pa is not installed")
    bucket(style_licence="CC-BY-4.0", style_attribution_line="“Rosé” by A. Weaver, CC-BY-4.0, adapted")
    identity, out = write_identity(tmp_path), tmp_path / "print.tif"
    with equipped(Equipment(make_signer=lambda: Signer(identity))):
        answer = toile("export", "print", "abab", "--out", str(out), *FAST)
    assert answer.code == Exit.DONE, answer.err
    said = (tmp_path / "print-credits.txt").read_text(encoding="utf-8")
    assert "to be named: “Rosé” by A. Weaver, CC-BY-4.0, adapted\n" in said
    assert "licence: CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/\n" in said
    with c2pa.Reader("image/tiff", io.BytesIO(out.read_bytes())) as reader:
        told = json.loads(reader.json())
    assert told["validation_state"] == "Valid"
    [parent] = told["manifests"][told["active_manifest"]]["ingredients"]
    assert (parent["relationship"], parent["instance_id"]) == ("parentOf", f"toile:{ID}")


def test_a_cell_of_a_catalog_cannot_write_on_the_terminal(toile, bucket, tmp_path):
    bucket(style_licence="CC-BY-4.0", style_attribution_line="by Ev\x1b[2Jil", credit="Ev\x1b[2Jil")
    answer = toile("export", "print", "abab", "--interpolate", "--out", str(tmp_path / "print.tif"))
    assert "by Ev[2Jil" in answer.words
    assert "\x1b" not in answer.out + answer.err
    assert "\x1b" not in (tmp_path / "print-credits.txt").read_text(encoding="utf-8")
    assert "\x1b" not in toile("show", "abab").out


def test_few_pixels_are_a_refusal_and_little_detail_a_warning():
    def found(width_px: int, detail_px: float) -> dict[str, State]:
        told = {"height_px": width_px, "width_mm": 254, "height_mm": 254, "detail_width_px": detail_px}
        return {check.what: check.state for check in size_checks(width_px=width_px, **told)}

    # 254 mm are ten inches
    assert found(2000, 2000) == {"size": State.OK, "dpi": State.OK, "own detail": State.OK}
    assert found(2000, 1490)["own detail"] is State.WARNING
    assert found(710, 710)["dpi"] is State.REFUSED
