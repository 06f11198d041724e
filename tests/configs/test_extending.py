from __future__ import annotations

import pytest

from configs.errors import ConfigError
from configs.loading import load_recipe, recipe_hash
from configs.recipe import AdamSpec


def test_what_is_not_said_comes_from_the_base_and_what_is_said_wins(write):
    write("mine.yaml", "extends: toile\ncloth: {motif_scale: 0.5}\noptimise: {steps: 30}\n")
    mine, base = load_recipe("./mine.yaml"), load_recipe("toile")
    assert mine.cloth == base.cloth.model_copy(update={"motif_scale": 0.5})
    assert mine.optimise == base.optimise.model_copy(update={"steps": 30})
    assert mine.garment == base.garment


def test_a_recipe_does_not_go_by_the_name_and_words_of_its_base(write):
    write("mine.yaml", "extends: gatys\n")
    mine = load_recipe("./mine.yaml")
    assert (mine.name, mine.title, mine.description, mine.paper) == ("mine", "", "", None)


def test_a_base_may_be_a_path_relative_to_the_file_that_names_it(write):
    write("house/base.yaml", "extends: toile\noptimise: {steps: 7}\n")
    write("house/spring/mine.yaml", "extends: ../base.yaml\nbackbone: vgg19\n")
    mine = load_recipe("house/spring/mine.yaml")
    assert (mine.optimise.steps, mine.backbone) == (7, "vgg19")


def test_textile_tv_runs_on_the_paper_s_own_network_by_extending_it(write):
    write("mine.yaml", "extends: textile-tv\nbackbone: vgg19\n")
    assert load_recipe("./mine.yaml").backbone == "vgg19"
    assert load_recipe("./mine.yaml").optimise == load_recipe("textile-tv").optimise


def test_a_list_replaces_a_list(write):
    write("base.yaml", "optimise: {scales_px: [64, 128], style: {layers: [relu1_1, relu2_1]}}\n")
    write("mine.yaml", "extends: ./base.yaml\noptimise: {scales_px: [256], style: {layers: [relu3_1]}}\n")
    optimise = load_recipe("./mine.yaml").optimise
    assert optimise.scales_px == (256,)
    assert optimise.style.layers == {"relu3_1": 1.0}


def test_a_null_removes_a_block_and_a_layer(write):
    write(
        "mine.yaml",
        "extends: toile\ngarment: {shading: null}\noptimise: {tv: null, style: {layers: {relu5_1: null}}}\n",
    )
    mine = load_recipe("./mine.yaml")
    assert mine.optimise.tv is None
    assert mine.garment.shading is None
    assert list(mine.optimise.style.layers) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1"]


def test_another_method_brings_its_own_settings(write):
    write("mine.yaml", "extends: gatys\noptimise: {optimiser: {method: adam, lr: 0.05}}\n")
    assert load_recipe("./mine.yaml").optimise.optimiser == AdamSpec(lr=0.05)
    write("again.yaml", "extends: ./mine.yaml\noptimise: {optimiser: {decay: cosine}}\n")
    assert load_recipe("./again.yaml").optimise.optimiser == AdamSpec(lr=0.05, decay="cosine")


def test_an_error_names_the_file_where_the_offending_key_stands(write):
    write("base.yaml", "cloth: {maker: quilt}\noptimise:\n  stepz: 3\n  style: {layers: [relu1_1]}\n")
    write("mine.yaml", "extends: ./base.yaml\n\noptimise: {stepps: 4}\n")
    with pytest.raises(ConfigError) as caught:
        load_recipe("./mine.yaml")
    assert [(p.file, p.line, p.key, p.nearest) for p in caught.value.problems] == [
        ("base.yaml", 3, "optimise.stepz", "steps"),
        ("mine.yaml", 3, "optimise.stepps", "steps"),
    ]


def test_an_unknown_base_names_the_nearest(write):
    write("mine.yaml", "cloth: {}\nextends: toil\n")
    with pytest.raises(ConfigError) as caught:
        load_recipe("./mine.yaml")
    assert (caught.value.file, caught.value.line, caught.value.key) == ("mine.yaml", 2, "extends")
    assert caught.value.nearest == "toile"


@pytest.mark.parametrize("base", ["[toile, gatys]", "3", "''", "null", "{a: 1}"])
def test_extends_takes_one_name(write, base):
    write("mine.yaml", f"extends: {base}\ncloth: {{}}\n")
    with pytest.raises(ConfigError) as caught:
        load_recipe("./mine.yaml")
    assert caught.value.key == "extends"


def test_circles_are_refused_and_shown(write):
    write("a.yaml", "extends: ./b.yaml\n")
    write("b.yaml", "extends: ./c.yaml\n")
    write("c.yaml", "extends: ./a.yaml\n")
    with pytest.raises(ConfigError, match="a → b → c → a"):
        load_recipe("./a.yaml")
    write("self.yaml", "extends: ./self.yaml\n")
    with pytest.raises(ConfigError, match="circle"):
        load_recipe("./self.yaml")


def test_a_chain_without_end_is_refused(write):
    for link in range(40):
        write(f"r{link}.yaml", f"extends: ./r{link + 1}.yaml\n")
    with pytest.raises(ConfigError, match="builds on more than"):
        load_recipe("./r0.yaml")


def test_a_team_s_folder_of_recipes_goes_before_ours(write, monkeypatch, tmp_path):
    write("team/recipes/house.yaml", "extends: toile\noptimise: {steps: 9}\n")
    monkeypatch.setenv("TOILE_CONFIGS", str(tmp_path / "team"))
    assert load_recipe("house").optimise.steps == 9
    assert recipe_hash(load_recipe("toile")) != recipe_hash(load_recipe("house"))
