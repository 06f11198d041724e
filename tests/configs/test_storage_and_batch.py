from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from configs.batch import Batch
from configs.errors import ConfigError
from configs.loading import load_batch, load_recipe, load_recipes, load_storage, recipe_hash
from configs.schema import json_schema

from .schema_check import complaints


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in ("TOILE_ROOT", "TOILE_STORAGE", "TOILE_CONFIGS"):
        monkeypatch.delenv(name, raising=False)


def test_the_root_comes_from_the_nearest_of_four_places(write, monkeypatch):
    named = write("elsewhere/s3.yaml", "root: s3://named/x\n")
    write("storage.yaml", "root: s3://here\nregion: eu-west-1\n")
    assert load_storage().root == "s3://here"
    monkeypatch.setenv("TOILE_STORAGE", str(named))
    assert load_storage().root == "s3://named/x"
    monkeypatch.setenv("TOILE_ROOT", "s3://env")
    assert load_storage().root == "s3://env"
    assert load_storage(root="s3://flag").root == "s3://flag"
    monkeypatch.delenv("TOILE_STORAGE")
    assert load_storage(root="bucket").region == "eu-west-1"


def test_a_folder_in_a_storage_file_lies_beside_the_file(write):
    path = write("conf/storage.yaml", "root: ../bucket\n")
    assert Path(load_storage(path).root).resolve() == path.parent.parent / "bucket"


def test_without_any_root_the_error_says_the_ways_to_name_one(write):
    write("unused.yaml", "")
    with pytest.raises(ConfigError, match=r"--root.*TOILE_ROOT.*storage\.yaml"):
        load_storage()


def test_a_storage_file_that_was_named_must_be_there(write, monkeypatch):
    write("unused.yaml", "")
    monkeypatch.setenv("TOILE_STORAGE", "gone.yaml")
    with pytest.raises(ConfigError, match=r"gone\.yaml: there is no such file"):
        load_storage(root="bucket")


@pytest.mark.parametrize("root", ["gs://bucket", "s3://", "s3:///x", " x", ""])
def test_roots_that_lead_nowhere_are_refused(write, root):
    write("storage.yaml", f"root: '{root}'\n")
    with pytest.raises(ConfigError):
        load_storage()


@pytest.mark.parametrize(
    "root", ["s3://bucket", "s3://bucket/a/b", "file:///srv/toile", "/srv/toile", "~/toile"]
)
def test_buckets_and_folders_are_roots(root):
    assert load_storage(root=root).root == root


@pytest.mark.parametrize(
    "url", ["localhost:8333", "ftp://x", "http://", "http://h/bucket", "http://h?x=1", "http://[::1"]
)
def test_an_endpoint_is_a_server_and_nothing_more(write, url):
    write("storage.yaml", f"root: s3://b\nendpoint_url: '{url}'\n")
    with pytest.raises(ConfigError) as caught:
        load_storage()
    assert caught.value.key == "endpoint_url"


def test_a_recipe_named_by_a_path_is_found_beside_the_batch(write, monkeypatch, tmp_path):
    write("nights/soft.yaml", "extends: toile\ngarment: {shading: {strength: 0.5}}\n")
    write("nights/night.yaml", "recipes: [toile, ./soft.yaml]\n")
    monkeypatch.chdir("/")
    batch = load_batch(tmp_path / "nights/night.yaml")
    recipes = load_recipes(batch)
    assert [recipe.name for recipe in recipes.values()] == ["toile", "soft"]
    assert recipes[str(tmp_path / "nights/soft.yaml")].garment.shading.strength == 0.5


def test_two_recipes_of_one_name_are_told_apart_before_they_paint(write):
    write("a/mine.yaml", "extends: toile\n")
    write("b/mine.yaml", "extends: gatys\n")
    write("night.yaml", "recipes: [a/mine.yaml, b/mine.yaml]\n")
    with pytest.raises(ConfigError, match="two recipes called 'mine'"):
        load_recipes(load_batch("./night.yaml"))


def test_a_batch_goes_by_its_file_s_name_unless_it_says_another(write):
    write("autumn.yaml", "")
    assert load_batch("./autumn.yaml").name == "autumn"
    write("other.yaml", "name: winter\n")
    assert load_batch("./other.yaml").name == "winter"


def test_a_file_name_that_is_no_batch_name_asks_for_one(write):
    write("my autumn.yaml", "")
    with pytest.raises(ConfigError) as caught:
        load_batch("./my autumn.yaml")
    assert caught.value.key == "name"


def test_filters_take_words_and_numbers(write):
    write("night.yaml", "filters: {content: {season: [SS27, 'yes'], width_mm: [500, 620.5]}}\n")
    assert load_batch("./night.yaml").filters.content == {"season": ("SS27", "yes"), "width_mm": (500, 620.5)}


def test_rules_between_keys_hold_in_python_too():
    with pytest.raises(ValidationError, match="needs pairs_csv"):
        Batch.model_validate({"name": "x", "selection": {"kind": "pairs"}})


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"styles": ["x"], "selection": {"kind": "pairs", "pairs_csv": "p.csv"}}, "in its column style_id"),
        (
            {"region_styles": "red=x", "selection": {"kind": "pairs", "pairs_csv": "p.csv"}},
            "in its column region_styles",
        ),
        ({"styles": ["x"], "filters": {"style": {"kind": ["stripe"]}}}, "leave out one of the two"),
        ({"styles": ["x", "x"]}, "names something twice"),
    ],
)
def test_what_garments_wear_is_said_in_one_place(said, told):
    with pytest.raises(ValidationError, match=told):
        Batch.model_validate({"name": "x", **said})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("recipe", {"extends": "toile", "optimise": {"optimiser": {"lr": 3}, "style": {"weight": 2}}}),
        ("recipe", {"cloth": None, "optimise": {"style": {"layers": {"relu5_1": None}}}}),
        ("batch", {"selection": {"kind": "pairs", "pairs_csv": "requests/a.csv"}}),
        ("storage", {"root": "s3://b", "endpoint_url": "http://h:1", "addressing_style": "path"}),
    ],
)
def test_editors_accept_what_the_loader_accepts(kind, values):
    assert complaints(values, json_schema(kind)) == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("recipe", {"clot": {}}),
        ("recipe", {"cloth": {"maker": "qilt"}}),
        ("recipe", {"optimise": {"steps": "many"}}),
        ("batch", {"sizes_px": [3]}),
        ("storage", {}),
    ],
)
def test_editors_mark_what_the_loader_refuses(kind, values):
    assert complaints(values, json_schema(kind))


def test_a_schema_of_something_else_names_the_three_there_are():
    with pytest.raises(ConfigError) as caught:
        json_schema("recipes")
    assert caught.value.nearest == "recipe"


def test_what_a_batch_says_of_controls_goes_before_its_recipes(write):
    write("soft.yaml", "extends: toile\ncontrols: {strength: 0.4, keep_colours: luma}\n")
    write("night.yaml", "recipes: [./soft.yaml, toile]\ncontrols: {strength: 0.7}\n")
    batch = load_batch("./night.yaml")
    soft, plain = load_recipes(batch).values()
    assert (soft.controls.strength, soft.controls.keep_colours) == (0.7, "luma")
    assert (plain.controls.strength, plain.controls.keep_colours) == (0.7, "none")


def test_a_control_of_a_batch_that_one_of_its_recipes_does_not_hear_is_refused_by_both_names(write):
    write("night.yaml", "recipes: [toile, johnson]\ncontrols: {motif_scale: .5}\n")
    batch = load_batch("./night.yaml")
    with pytest.raises(ConfigError, match=r"the batch night .* in johnson it changes nothing") as caught:
        load_recipes(batch)
    assert (caught.value.key, caught.value.got) == ("controls.motif_scale", "0.5")
    assert "paint johnson in a batch without it" in str(caught.value)
    write("night.yaml", "recipes: [toile, johnson]\ncontrols: {strength: .5, motif_scale: 1}\n")
    assert set(load_recipes(load_batch("./night.yaml"))) == {"toile", "johnson"}


def test_a_strength_beyond_the_recipe_is_refused_with_the_range(write):
    write("loud.yaml", "extends: toile\ncontrols: {strength: 1.5}\n")
    with pytest.raises(ConfigError, match=r"controls\.strength: must be less than or equal to 1 .*got 1\.5"):
        load_recipe("./loud.yaml")


@pytest.mark.parametrize(
    ("block", "key", "said"),
    [
        ("territory: [DE, UK]", "rights.territory", "UK is written GB"),
        ("territory: [DE, DE]", "rights.territory", "twice"),
        ("statement_url: house.example", "rights.statement_url", "https://"),
        ("unlicensed: yes please", "rights.unlicensed", "refuse, allow"),
        ("comercial: true", "rights.comercial", "commercial"),
        ("commercial: 'no'", "rights.commercial", "true or false"),
    ],
)
def test_rights_that_cannot_be_meant_are_refused(write, block, key, said):
    write("night.yaml", f"rights: {{{block}}}\n")
    with pytest.raises(ConfigError) as caught:
        load_batch("./night.yaml")
    assert caught.value.key == key
    assert said in str(caught.value)


def test_norway_is_a_country_and_designs_are_for_sale_unless_said_otherwise(write):
    write("night.yaml", "rights: {territory: [NO, DE]}\n")  # in YAML 1.1 it was a "no"
    rights = load_batch("./night.yaml").rights
    assert rights.territory == ("NO", "DE")
    assert (rights.commercial, rights.derivatives, rights.unlicensed) == (True, True, "refuse")


def test_a_batch_crosses_its_recipes_with_repeats_and_their_own_stays_what_it_is(write):
    write("drop.yaml", "extends: toss\ncloth: {repeat: half-drop}\n")
    write("roll.yaml", "recipes: [toss, ./drop.yaml, toile+toss]\nrepeats: [half-drop, straight]\n")
    recipes = load_recipes(load_batch("./roll.yaml"))
    assert [recipe.name for recipe in recipes.values()] == [
        *("toss.half-drop", "toss"),
        *("drop", "drop.straight"),
        *("toile.toss.half-drop", "toile.toss"),
    ]
    own = {"toss": "toss", "drop": "./drop.yaml", "toile.toss": "toile+toss"}
    hashes = {recipe.name: recipe_hash(recipe) for recipe in recipes.values()}
    assert {name: hashes[name] for name in own} == {
        name: recipe_hash(load_recipe(file)) for name, file in own.items()
    }
    assert recipes["toile+toss@half-drop"].of_its_tile().cloth.repeat == "half-drop"


def test_a_textile_as_it_is_has_no_repeat_to_be_crossed_with(write):
    write("roll.yaml", "recipes: [toss, toile, gatys]\nrepeats: [mirror]\n")
    with pytest.raises(ConfigError, match=r"only new cloth has, and toile, gatys make none; paint"):
        load_recipes(load_batch("./roll.yaml"))


@pytest.mark.parametrize(
    ("repeats", "said"),
    [("[mirror, mirror]", "repeats: names something twice"), ("[half-drip]", "did you mean 'half-drop'")],
)
def test_repeats_that_cannot_be_meant_are_refused(write, repeats, said):
    write("roll.yaml", f"recipes: [toss]\nrepeats: {repeats}\n")
    with pytest.raises(ConfigError) as caught:
        load_batch("./roll.yaml")
    assert said in str(caught.value)
