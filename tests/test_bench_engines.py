"""The table of engines: rows are joined and kept, papers stand beside, nothing untrained has scores."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from bench import engines
from bench.engine_table import (
    HEAD,
    SCORES,
    SIZES_PX,
    UNTRAINED,
    Row,
    engine_names,
    merged,
    paper_cells,
    read_rows,
    row_of,
    table_text,
    write_rows,
)
from bench.one_engine import Asked, job_of, measured
from catalogs.demo import drawing
from catalogs.demo.wardrobe import GARMENTS, TEXTILES
from catalogs.storage.directory import DirectoryStorage
from configs.loading import load_recipe
from nst_core.engine import Engine
from tests.flows.fake_engine import picture
from tests.flows.tiny_networks import put_johnson

OLD = Row("toile", 256, "measured", 4, 2.5, 2.0, 3.5, 1200.5, gmd=0.2, machine="A, of two cores")
SIDE_PX = 64


def lines_of(text: str, engine: str) -> list[dict[str, str]]:
    """Return an engine's line of each size, smallest first, by the head's names."""
    found = [line for line in text.splitlines() if line.startswith(f"| {engine} |")]
    return [dict(zip(HEAD, line.strip("| ").split(" | "), strict=True)) for line in found]


def test_a_run_replaces_its_own_rows_and_keeps_the_others():
    other = Row("toile", 512, "measured", 4, 9.0)
    new = Row("toile", 256, "measured", 1, 2.25)
    first = Row("gatys", 256, "measured", 4, 12.0)
    assert merged([OLD, other], [new, first]) == [first, new, other]


def test_rows_come_back_from_the_file_as_they_were(tmp_path: Path):
    rows = merged([OLD, Row("johnson", 512, UNTRAINED, style_bytes=6_722_524, date="2026-11-22")], [])
    write_rows(tmp_path / "engines.csv", rows)
    assert read_rows(tmp_path / "engines.csv") == rows
    assert sorted(one.name for one in tmp_path.iterdir()) == ["engines.csv", "engines.md"]


def test_what_was_not_measured_has_a_line_that_says_so():
    text = table_text([OLD])
    for name in engine_names():
        states = [line["state"] for line in lines_of(text, name)]
        assert states == ["measured" if name == "toile" else "not measured", *["not measured"] * 2]
    assert {"gatys", "duggal", "toile", "johnson", "johnson-many", "stylebank"} < set(engine_names())
    assert {"stylebank-paper", "adain", "nstn", "toile-fast"} < set(engine_names())
    assert "toss" not in engine_names()


def test_papers_figures_stand_beside_a_row_at_the_sizes_that_they_are_of():
    def cells(name: str, size_px: int) -> list[str]:
        return paper_cells(load_recipe(name).paper, size_px)

    # SSIM, GMD, seconds, MB, training, a style: Duggal's table, StyleBank's and NSTN's own figures
    assert cells("johnson", 256) == ["0.61", "0.59", "5", "1500", "–", "–"]
    assert cells("johnson", 1024)[2] == "30"
    assert cells("gatys", 1024) == ["0.58", "0.67", "320", "2300", "–", "–"]
    assert cells("duggal", 256) == ["0.65", "0.48", "30", "2100", "–", "–"]
    assert cells("stylebank", 512)[-2:] == ["8 min", "72 kB"]
    assert cells("nstn", 256)[-2] == "2 h (RTX 4090)"
    assert [cells("textile-tv", size_px)[2] for size_px in SIZES_PX] == ["–", "39.7 s on a hosted GPU", "–"]
    assert cells("toile", 256) == ["–"] * 6


def test_a_line_tells_what_was_measured_and_where():
    row = Row(
        *("stylebank", 256, "measured", 4, 0.375, 0.125, 0.5, 912.4),
        **dict.fromkeys(SCORES, 0.25),
        shared_minutes=30.0,
        style_minutes=2.5,
        trained_on="a GPU",
        shared_bytes=62_000,
        style_bytes=74_304,
        load=4.6,
        date="2026-11-22",
        commit="0123456789",
        machine="A, of two cores",
    )
    line = lines_of(table_text([row]), "stylebank")[0]
    assert list(line.values()) == [
        *("stylebank", "measured", "4", "0.38", "0.12", "0.50", "912", *["0.25"] * 6),
        *("30.0 + 2.5 a style, a GPU", "74,304", "62,000", *["–"] * 4, "8 min", "72 kB"),
        "2026-11-22, 0123456789, A, load 5",
    ]


def test_pictures_are_those_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # networks know a textile by its pixels
    monkeypatch.setattr(engines, "DEMO_PX", 512)
    monkeypatch.setattr(engines, "PAIRS", [("tee", "stripe")])
    monkeypatch.setattr(drawing, "GARMENTS", [one for one in GARMENTS if one.content_id == "tee"])
    monkeypatch.setattr(drawing, "TEXTILES", [one for one in TEXTILES if one.style_id == "stripe"])
    garments, textiles = engines.drawn(tmp_path / "bench", 256)
    drawing.draw_demo(DirectoryStorage(tmp_path / "demo"), long_side_px=512)
    for ours, theirs in (
        (garments / "tee.png", "content/tee.png"),
        (garments / "masks" / "tee.png", "content/masks/tee.png"),
        (textiles / "stripe.png", "style/stripe.png"),
    ):
        with Image.open(ours) as one, Image.open(tmp_path / "demo" / theirs) as other:
            assert np.array_equal(np.asarray(one), np.asarray(other))


def test_what_is_finished_stays_when_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def measure(told: dict[str, Any], commit: str) -> Row | None:
        if told["engine"] == "duggal":
            return None
        if told["engine"] == "gatys":
            raise KeyboardInterrupt
        return Row(told["engine"], told["size_px"], "measured", 1, 1.5, commit=commit)

    monkeypatch.setattr(engines, "drawn", lambda demo, size_px: (demo, demo))
    monkeypatch.setattr(engines, "measure", measure)
    out = tmp_path / "engines.csv"
    write_rows(out, [OLD, Row("duggal", 256, "measured", 4, 30.0)])
    command = ["engines", "--out", str(out), "--sizes", "256", "--engines", "johnson", "duggal", "gatys"]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(KeyboardInterrupt):
        engines.main()
    assert [(row.engine, row.cpu_s) for row in read_rows(out)] == [
        ("duggal", 30.0),
        ("toile", 2.5),
        ("johnson", 1.5),
    ]


def asked(folder: Path, engine: str, **more: Any) -> Asked:
    """Draw a garment with its mask and a textile, and ask for an engine on them."""
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    mask = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    mask[12:52, 12:52] = 255
    (folder / "content" / "masks").mkdir(parents=True)
    (folder / "style").mkdir()
    for name, image in (("content/tee", pixels), ("content/masks/tee", mask)):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        (folder / f"{name}.png").write_bytes(buffer.getvalue())
    (folder / "style" / "ikat.png").write_bytes(picture("ikat", width=SIDE_PX, height=SIDE_PX))
    pictures = {"garments": str(folder / "content"), "textiles": str(folder / "style")}
    pairs = [("tee", "ikat")]
    threads = torch.get_num_threads()
    return Asked(engine, SIDE_PX, **pictures, root=str(folder), pairs=pairs, threads=threads, **more)


def test_an_untrained_network_has_time_memory_and_bytes_but_no_scores(tmp_path: Path):
    row = row_of(measured(asked(tmp_path, "stylebank")))
    assert (row.engine, row.size_px, row.state, row.designs) == ("stylebank", SIDE_PX, UNTRAINED, 1)
    assert [getattr(row, name) for name in SCORES] == [None] * len(SCORES)
    assert 0 < row.painting_s < row.cpu_s
    assert row.peak_mb > 100
    assert row.shared_minutes is None
    assert row.style_minutes is None
    # 18,496 weights of four bytes, and what safetensors writes before them
    assert 18_496 * 4 <= row.style_bytes < 18_496 * 4 + 1_000


def test_a_trained_network_has_scores_and_what_its_card_says(tmp_path: Path):
    wanted = asked(tmp_path, "johnson")
    card = put_johnson(DirectoryStorage(tmp_path), "ikat")
    row = row_of(measured(wanted))
    assert (row.state, row.designs, row.style_bytes) == ("measured", 1, card.bytes)
    assert (row.style_minutes, row.trained_on, row.shared_bytes) == (0, "cpu", None)
    # relu5_1 of 64 px has places enough: every score is there
    assert None not in [getattr(row, name) for name in SCORES]


def test_scores_of_the_house_recipe_are_those_that_its_designs_are_stored_with(tmp_path: Path):
    wanted = asked(tmp_path, "toile-laid")
    row, recipe = row_of(measured(wanted)), load_recipe("toile-laid")
    engine = Engine(device="cpu", threads=wanted.threads)
    [stored] = engine.paint([engine.prepare(job_of(wanted, "tee", "ikat"), recipe)], recipe)
    assert {name: getattr(row, name) for name in SCORES} == pytest.approx(
        {name: getattr(stored.scores, name) for name in SCORES}, abs=1e-4
    )


def test_an_engine_whose_weights_are_not_here_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for cache in ("TOILE_CACHE", "TORCH_HOME"):
        monkeypatch.setenv(cache, str(tmp_path / cache))
    row = row_of(measured(asked(tmp_path, "duggal-vgg19")))
    assert asdict(row) == asdict(Row("duggal-vgg19", SIDE_PX, "vgg19 is not here"))
