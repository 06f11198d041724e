"""recipes and weights: what a person sees, what a script reads."""

from __future__ import annotations

from configs.loading import list_recipes, load_recipe, recipe_hash
from flows.cli.exits import Exit


def test_the_recipes_are_listed_with_what_they_do(toile):
    assert [row["name"] for row in toile("recipes", "list", "--json").json] == list_recipes()
    words = toile("recipes", "list").words
    assert "lays quilt cloth, 20 L-BFGS steps from the cloth, the garment only" in words


def test_a_paper_s_recipe_is_shown_with_its_figures_beside_ours(toile):
    answer = toile("recipes", "show", "gatys")
    assert answer.code == 0
    assert "feature_scale: 57.6" in answer.words
    line = next(line for line in answer.out.splitlines() if line.startswith("ssim"))
    assert "0.58" in line
    assert "0.23" in line


def test_a_recipe_as_json_carries_its_hash_and_every_default(toile):
    shown = toile("recipes", "show", "toile", "--json").json
    assert shown["recipe_hash"] == recipe_hash(load_recipe("toile"))
    assert shown["optimise"]["feature_scale"] == 1.0


def test_a_recipe_of_one_s_own_is_shown_by_its_path(toile, tmp_path):
    path = tmp_path / "soft.yaml"
    path.write_text("extends: toile\noptimise: {steps: 7}\n")
    assert toile("recipes", "show", str(path), "--json").json["optimise"]["steps"] == 7


def test_a_schema_is_printed_for_editors(toile):
    for kind in ("recipe", "batch", "storage"):
        assert toile("recipes", "schema", kind).json["type"] == "object"
    assert toile("recipes", "schema", "recipes").code == Exit.USAGE


def test_weights_say_what_is_here_and_how_to_get_the_others(toile, monkeypatch, tmp_path):
    monkeypatch.setenv("TOILE_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    rows = {row["backbone"]: row for row in toile("weights", "list", "--json").json}
    assert set(rows) == {"vgg16", "vgg19", "resnet50"}
    assert rows["vgg19"]["file"] is None
    assert "toile weights pull vgg19" in toile("weights", "list").words
    assert toile("weights", "check", "vgg19").code == Exit.WEIGHTS


def test_a_damaged_weights_file_is_told_with_its_own_exit_code(toile, monkeypatch, tmp_path):
    monkeypatch.setenv("TOILE_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    damaged = tmp_path / "weights" / "vgg19.safetensors"
    damaged.parent.mkdir()
    damaged.write_bytes(b"not weights")
    answer = toile("weights", "check", "--json")
    assert answer.code == Exit.WEIGHTS
    assert [row["backbone"] for row in answer.json if row["state"] == "corrupt"] == ["vgg19"]


def test_an_unknown_backbone_names_the_nearest(toile):
    answer = toile("weights", "check", "vgg18")
    assert answer.code == Exit.USAGE
    assert "vgg1" in answer.err


def test_paper_tables_set_the_papers_figures_beside_ours(toile):
    answer = toile("paper-tables")
    assert answer.code == 0
    assert "| recipe | ssim | gmd | seconds at 256² |" in answer.out
    # Duggal et al. report .58 and .67 for Gatys et al.
    assert "| gatys | 0.58 / " in answer.out
    assert "| time for 1000 steps | 39.7 s on a hosted GPU |" in answer.out
    assert "toile" not in answer.out  # the house recipe is of no paper


def test_paper_tables_of_one_recipe(toile):
    told = toile("paper-tables", "textile-tv", "--json").json
    assert list(told) == ["textile-tv"]
    assert told["textile-tv"]["figures"]["content layer"] == "block5_conv2"
