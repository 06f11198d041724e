from __future__ import annotations

import json
import subprocess
import sys

import pytest

from configs.backbones import BACKBONE_LAYERS, split_layer
from configs.finding import find_config
from configs.loading import list_batches, list_recipes, load_batch, load_recipe, load_recipes
from configs.recipe import AdamSpec, LbfgsSpec
from configs.schema import json_schema
from configs.yaml_text import read_yaml
from nst_core.backbones.architecture import ARCHITECTURES

from .schema_check import complaints


def test_the_named_recipes_and_batches_are_there():
    assert list_recipes() == [
        "adain",
        "adain-worn",
        "applique",
        "duggal",
        "duggal-resnet50",
        "duggal-vgg19",
        "fill",
        "gatys",
        "gatys-adadelta",
        "gatys-adam",
        "gatys-gd",
        "johnson",
        "johnson-many",
        "johnson-many-worn",
        "johnson-worn",
        "nstn",
        "nstn-worn",
        "palette",
        "requilt",
        "requilt-inks",
        "residual",
        "stylebank",
        "stylebank-paper",
        "stylebank-worn",
        "textile-tv",
        "toile",
        "toile-fast",
        "toile-laid",
        "toss",
    ]
    assert list_batches() == ["collection", "demo", "funnel", "nightly", "yardage"]


@pytest.mark.parametrize("name", list_recipes())
def test_each_recipe_loads_carries_its_name_and_fits_its_schema(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.title
    assert recipe.description
    assert complaints(read_yaml(find_config("recipe", name)).values, json_schema("recipe")) == []


@pytest.mark.parametrize("name", list_batches())
def test_each_batch_loads_with_its_recipes_and_fits_its_schema(name):
    batch = load_batch(name)
    assert set(load_recipes(batch)) == set(batch.painted_by)
    assert complaints(read_yaml(find_config("batch", name)).values, json_schema("batch")) == []


def test_gatys_is_the_equations_of_the_paper():
    optimise = load_recipe("gatys").optimise
    assert optimise.content.form == "half-sum"
    assert optimise.content.layers == {"relu4_2": 1}
    assert optimise.style.form == "gatys"
    # w_l = 1 / number of style layers
    assert optimise.style.layers == {f"relu{block}_1": pytest.approx(1 / 5) for block in range(1, 6)}
    assert optimise.content.weight / optimise.style.weight == pytest.approx(1e-3)
    assert isinstance(optimise.optimiser, LbfgsSpec)
    assert optimise.tv is None


def test_gatys_walks_by_four_optimisers_down_the_same_losses():
    gatys = load_recipe("gatys").optimise
    methods = {}
    for name in ("gatys", "gatys-adadelta", "gatys-adam", "gatys-gd"):
        optimise = load_recipe(name).optimise
        methods[name] = optimise.optimiser.method
        alike = {"optimiser": gatys.optimiser, "steps": gatys.steps}
        assert optimise.model_copy(update=alike) == gatys
    assert list(methods.values()) == ["lbfgs", "adadelta", "adam", "gradient-descent"]


def test_textile_tv_holds_the_values_that_the_paper_prints():
    recipe = load_recipe("textile-tv")
    optimise = recipe.optimise
    assert isinstance(optimise.optimiser, AdamSpec)
    assert optimise.optimiser.lr == 0.02
    assert optimise.style.weight == 1e-2
    assert optimise.content.weight == 1e4
    assert optimise.steps == 10 * 100
    # what the tutorial fills in: Adam(0.99, 0.999, 0.1), sum TV x 30, relu5_2, start from the photo
    assert (optimise.optimiser.beta1, optimise.optimiser.beta2, optimise.optimiser.eps) == (0.99, 0.999, 0.1)
    assert (optimise.tv.weight, optimise.tv.form) == (30, "l1-sum")
    assert optimise.content.layers == {"relu5_2": 1}
    assert optimise.start == "content"
    assert recipe.cloth is None
    assert recipe.garment is None


def test_duggal_has_every_part_that_the_paper_names():
    recipe = load_recipe("duggal")
    optimise = recipe.optimise
    alpha = optimise.content.weight
    assert (optimise.secondary_content.layers, optimise.secondary_content.weight) == (
        {"relu3_1": 1},
        alpha / 10,
    )
    assert (optimise.combined.at, optimise.combined.weight) == (0.3, alpha / 10)
    assert {split_layer(layer)[1] for layer in optimise.style.layers} == {1, 2, 4}
    assert optimise.tv.weight > 0
    assert optimise.optimiser.decay == "plateau"
    assert len(optimise.scales_px) > 1
    assert (recipe.garment.shading, optimise.style.region) == (None, "garment")
    assert optimise.balance is not None


def test_duggal_s_other_backbones_change_nothing_but_where_it_looks():
    plain, vgg19, resnet = (load_recipe(f"duggal{which}") for which in ("", "-vgg19", "-resnet50"))
    assert (vgg19.backbone, vgg19.optimise) == ("vgg19", plain.optimise)
    assert resnet.backbone == "resnet50"
    for term in ("content", "secondary_content", "combined", "style"):
        ours, theirs = getattr(resnet.optimise, term), getattr(plain.optimise, term)
        assert ours.model_copy(update={"layers": theirs.layers}) == theirs


def test_toile_is_what_was_measured_as_the_best():
    recipe = load_recipe("toile")
    optimise = recipe.optimise
    assert (optimise.start, optimise.steps, optimise.optimiser.history) == ("cloth", 20, 10)
    assert optimise.optimiser.colour_share == 0.1
    assert (optimise.style.form, optimise.style.region) == ("relative", "garment")
    assert (optimise.tv.of, optimise.tv.form, optimise.tv.weight, optimise.tv.chroma_weight) == (
        "change",
        "smooth-mean",
        20,
        100,
    )
    assert optimise.content is None
    assert recipe.garment.shading is not None


def test_feature_scale_of_the_papers_is_the_spread_of_pixel_values_that_torchvision_divides_by():
    # 255 x mean(0.229, 0.224, 0.225) = 255 x 0.226 = 57.63
    for name in ("gatys", "textile-tv"):
        assert load_recipe(name).optimise.feature_scale == pytest.approx(
            255 * (0.229 + 0.224 + 0.225) / 3, rel=1e-3
        )


@pytest.mark.parametrize("name", ["duggal", "gatys", "textile-tv"])
def test_a_paper_s_recipe_puts_the_paper_s_figures_beside_ours(name):
    paper = load_recipe(name).paper
    assert paper.title
    assert set(paper.ours) <= set(paper.figures)
    assert len(paper.ours) >= 8


def test_the_layers_a_recipe_may_name_are_those_the_backbones_have():
    assert {name: shape.layers for name, shape in ARCHITECTURES.items()} == BACKBONE_LAYERS


def test_the_nightly_example_says_what_can_be_said():
    batch = load_batch("nightly")
    assert batch.batch_id == "{name}-{date}"
    assert batch.selection.kind == "sample"
    assert batch.budget_minutes is not None
    assert batch.max_designs is not None


def test_a_config_loads_without_torch_and_schemas_are_json():
    code = (
        "import sys, json; from configs.loading import load_recipe;"
        "from configs.schema import json_schema, MODELS;"
        "load_recipe('toile'); print(json.dumps({k: json_schema(k) for k in MODELS}));"
        "assert not {'torch', 'numpy', 'pandas', 'prefect', 'boto3'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {"recipe", "batch", "storage"}


def test_the_preview_tier_lays_and_lights_as_the_house_recipe_and_learns_by_its_losses():
    house, fast = load_recipe("toile"), load_recipe("toile-fast")
    assert (fast.cloth, fast.garment, fast.backbone) == (house.cloth, house.garment, house.backbone)
    assert fast.optimise is None
    train = fast.network.train
    assert (train.style, train.motif, train.tv) == (
        house.optimise.style,
        house.optimise.motif,
        house.optimise.tv,
    )
    assert train.against == "toile"
