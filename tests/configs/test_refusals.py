from __future__ import annotations

import pickle

import pytest

from configs.errors import ConfigError
from configs.loading import list_recipes, load_batch, load_recipe, load_storage
from configs.makers import AS_IS, NEW_CLOTH
from configs.network import IN_WEIGHTS


def refused(load, path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(str(path))
    return caught.value


def by_key(error: ConfigError) -> dict:
    return {problem.key: problem for problem in error.problems}


def test_one_look_at_a_recipe_finds_everything_that_is_wrong_with_it(write):
    path = write(
        "mine.yaml",
        """\
        backbon: vgg16
        cloth: {maker: qilt, motif_scale: 99, rotation_deg: true}
        optimise:
          start: cloht
          steps: 1.5
          optimiser: {method: adam, lr: 0, momentum: 1}
          style:
            region: garment
            layers: {relu1_9: 1, relu5_1: -2}
          content: {layers: {}}
          scales_px: [512, 256]
        paper: {title: 7}
        """,
    )
    found = by_key(refused(load_recipe, path))
    assert {key: problem.line for key, problem in found.items()} == {
        "backbon": 1,
        "cloth.maker": 2,
        "cloth.motif_scale": 2,
        "cloth.rotation_deg": 2,
        "optimise.start": 4,
        "optimise.steps": 5,
        "optimise.optimiser.lr": 6,
        "optimise.optimiser.momentum": 6,
        "optimise.style.region": 8,
        "optimise.style.layers.relu1_9": 9,
        "optimise.style.layers.relu5_1": 9,
        "optimise.content.layers": 10,
        "optimise.scales_px": 11,
        "paper.title": 12,
    }
    assert found["backbon"].nearest == "backbone"
    assert found["cloth.maker"].nearest == "quilt"
    assert found["cloth.maker"].allowed == (*AS_IS, *NEW_CLOTH)
    assert found["cloth.maker"].got == '"qilt"'
    assert found["optimise.start"].nearest == "cloth"
    assert found["optimise.style.layers.relu1_9"].nearest in ("relu1_1", "relu1_2")
    assert found["optimise.optimiser.momentum"].allowed == (
        "method",
        "lr",
        "beta1",
        "beta2",
        "eps",
        "decay",
        "patience",
    )


@pytest.mark.parametrize(
    ("layer", "nearest"),
    [
        ("conv3_1", "relu3_1"),
        ("block5_conv2", "relu5_2"),
        ("Block1_Conv1/2", "relu1_1/2"),
        # VGG-16 has three convolutions in its fifth block
        ("relu5_4", "relu5_3"),
    ],
)
def test_a_layer_by_the_name_that_papers_give_it_is_told_as_ours(write, layer, nearest):
    path = write("mine.yaml", f"extends: gatys\noptimise: {{style: {{layers: [relu1_1, {layer}]}}}}\n")
    error = refused(load_recipe, path)
    assert error.nearest == nearest
    assert f"vgg16 has no layer '{layer}'" in str(error)


def test_a_message_says_file_line_key_what_was_got_what_it_may_be_and_the_nearest(write):
    path = write("mine.yaml", "cloth:\n  maker: Qilt\n")
    assert str(refused(load_recipe, path)) == (
        "mine.yaml, line 2: cloth.maker: there is no such choice, got \"Qilt\"; did you mean 'quilt'? "
        "It may be tile, mirror, quilt, toss, requilt, applique, residual, fill, palette"
    )


def test_several_problems_are_listed_under_one_line(write):
    error = refused(load_recipe, write("mine.yaml", "a: 1\nb: 2\ncloth: {}\n"))
    assert str(error).splitlines()[0] == "mine.yaml has 2 problems:"
    assert len(str(error).splitlines()) == 3


def test_an_error_survives_pickling_with_its_problems(write):
    error = refused(load_recipe, write("mine.yaml", "a: 1\nb: 2\n"))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.problems, again.file, again.line, again.code) == (
        str(error),
        error.problems,
        "mine.yaml",
        1,
        "config_error",
    )


@pytest.mark.parametrize("method", ["adem", 7, None])
def test_an_unknown_optimiser_names_those_there_are(write, method):
    text = f"optimise:\n  style: {{layers: [relu1_1]}}\n  optimiser:\n    method: {method or 'null'}\n"
    problem = refused(load_recipe, write("mine.yaml", text)).problems[0]
    assert problem.key == "optimise.optimiser.method"
    assert problem.line == 4
    assert set(problem.allowed) == {"adam", "lbfgs", "gradient-descent", "adadelta", "barzilai-borwein"}


def test_an_optimiser_without_a_method_is_told_which_key_is_missing(write):
    text = "optimise:\n  style: {layers: [relu1_1]}\n  optimiser: {lr: 1}\n"
    problem = refused(load_recipe, write("mine.yaml", text)).problems[0]
    assert (problem.key, problem.line) == ("optimise.optimiser.method", 3)
    assert "missing" in problem.message


def test_a_recipe_that_does_nothing_says_what_it_needs(write):
    error = refused(load_recipe, write("mine.yaml", "garment: {}\n"))
    assert "cloth" in error.message
    assert "optimise" in error.message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("optimise: {start: cloth, style: {layers: [relu1_1]}}", "optimise.start"),
        ("cloth: {}\noptimise: {style: {layers: [relu1_1], region: garment}}", "optimise.style.region"),
        ("optimise: {style: {layers: [relu1_1]}, balance: {}}", "optimise.balance"),
        ("optimise: {style: {layers: [relu5_1/4]}}", "optimise.style.layers[0]"),
        (
            "optimise: {style: {layers: [relu1_1]}, combined: {layers: [relu1_9]}}",
            "optimise.combined.layers[0]",
        ),
        ("optimise: {tv: {}}", "optimise"),
        ("backbone: resnet50\noptimise: {style: {layers: [relu1_1]}}", "optimise.style.layers[0]"),
    ],
)
def test_blocks_that_need_each_other_say_so(write, text, key):
    assert list(by_key(refused(load_recipe, write("mine.yaml", text)))) == [key]


def test_one_look_at_a_batch_finds_everything_that_is_wrong_with_it(write):
    path = write(
        "night.yaml",
        """\
        sizes: [3]
        sizes_px: 256
        recipes: [toil, ./nowhere.yaml]
        selection: {kind: pairs, count: 3}
        filters: {content: {season: summer, width: [true]}}
        batch_id: "{nam}"
        max_designs: many
        seeds: [1, 1]
        """,
    )
    found = by_key(refused(load_batch, path))
    assert {key: problem.line for key, problem in found.items()} == {
        "sizes": 1,
        "sizes_px": 2,
        "recipes[0]": 3,
        "recipes[1]": 3,
        "selection": 4,
        "selection.count": 4,
        "filters.content.season": 5,
        "filters.content.width[0]": 5,
        "batch_id": 6,
        "max_designs": 7,
        "seeds": 8,
    }
    assert found["recipes[0]"].nearest == "toile"


@pytest.mark.parametrize(
    "batch_id", ["../x", "a/b", "{name:>9}", "{name!r}", "{0}", "{", "{name.x}", " x", "é"]
)
def test_a_batch_id_that_is_no_safe_folder_is_refused(write, batch_id):
    path = write("night.yaml", f"batch_id: '{batch_id}'\n")
    assert refused(load_batch, path).problems[0].key == "batch_id"


def test_credentials_in_a_storage_file_are_refused_and_not_repeated(write):
    path = write(
        "storage.yaml",
        "root: s3://me:hush@bucket\nendpoint_url: http://me:hush@host\nsecret_access_key: hush\n",
    )
    error = refused(load_storage, path)
    assert [problem.line for problem in error.problems] == [1, 2, 3]
    assert "hush" not in str(error)
    assert "AWS_SECRET_ACCESS_KEY" in str(error)


@pytest.mark.parametrize(
    ("name", "nearest"), [("toil", "toile"), ("GATYS", "gatys"), ("textil-tv", "textile-tv"), ("zzz", None)]
)
def test_an_unknown_recipe_names_the_nearest(write, name, nearest):
    error = refused(load_recipe, name)
    assert error.nearest == nearest
    assert error.allowed == tuple(list_recipes())


@pytest.mark.parametrize("name", ["", "x\0y", "x" * 5000, "./no.yaml", "no/such", "/", "configs/"])
def test_a_name_that_is_nothing_is_one_clear_error(write, name):
    assert refused(load_recipe, name).problems


@pytest.mark.parametrize("kind", IN_WEIGHTS)
def test_controls_of_a_textile_that_no_network_sees_are_refused_with_what_to_do(write, kind):
    controls = "controls: {motif_scale: .5, rotation_deg: -30, keep_colours: lab, strength: .5}\n"
    path = write("mine.yaml", f"extends: {kind}\n{controls}")
    found = by_key(refused(load_recipe, path))
    assert set(found) == {f"controls.{name}" for name in ("motif_scale", "rotation_deg", "keep_colours")}
    assert [found[f"controls.{name}"].allowed for name in ("motif_scale", "keep_colours")] == [
        ("1",),
        ("none", "luma"),
    ]
    assert f"changes nothing where {kind} repaints the photo" in found["controls.motif_scale"].message
    assert "sees: cloth" in found["controls.motif_scale"].message
    assert found["controls.rotation_deg"].line == 2


def test_controls_are_heard_where_a_network_sees_the_textile_or_cloth_and_at_rest_anywhere(write):
    turned = "controls: {motif_scale: .5, rotation_deg: 30, keep_colours: lab}\n"
    for name in ("nstn", "adain", "johnson-worn", "stylebank-worn", "toile-fast"):
        load_recipe(str(write("mine.yaml", f"extends: {name}\n{turned}")))
    at_rest = "controls: {motif_scale: 1, rotation_deg: 0, keep_colours: luma, strength: .5}\n"
    load_recipe(str(write("mine.yaml", f"extends: johnson\n{at_rest}")))


def test_a_network_of_one_way_goes_it_all(write):
    path = write("mine.yaml", "extends: johnson\nnetwork: {style_share: 0}\n")
    problem = by_key(refused(load_recipe, path))["network.style_share"]
    assert "johnson goes all the way or not at all" in problem.message


def test_aligned_statistics_want_a_backbone_with_their_layer(write):
    path = write(
        "mine.yaml", "extends: adain\nbackbone: resnet50\nnetwork: {train: {content: null, style: null}}\n"
    )
    problem = by_key(refused(load_recipe, path))["backbone"]
    assert "adain looks at relu4_1" in problem.message
    assert problem.allowed == ("vgg16", "vgg19")
