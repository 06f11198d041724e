"""What a training leaves in the bucket, and what it leaves alone."""

from __future__ import annotations

import hashlib

import pytest
import torch

from catalogs.errors import NotFound, StorageFull
from catalogs.layout import card_key, checkpoint_key, training_prefix, weights_key
from configs.errors import ConfigError
from configs.model_card import read_card
from flows.equipment import equipped
from flows.stopping import StopFlag
from nst_core.codec import decode
from nst_core.errors import Stopped, TrainingImpossible
from nst_core.networks import NetworkFiles, WeightsFile, field_means, load_network
from nst_core.training.lessons import LESSONS
from tests.faulty_storage import FaultyStorage
from tests.flows.fake_engine import picture
from tests.flows.small_house import SmallHouse
from tests.flows.training.toy import ALL, BOTH

pytestmark = pytest.mark.usefixtures("toys")


def card_of(house, model="tiny", style_id=""):
    key = card_key(model, style_id)
    return read_card(house.storage.read(key), name=key)


def files(house, prefix):
    return {
        one.key: hashlib.sha256(house.storage.read(one.key)).hexdigest() for one in house.storage.list(prefix)
    }


def test_it_leaves_weights_a_card_a_curve_and_a_sample_and_nothing_else(house, recipe, train):
    [done] = train(recipe(), "ikat")
    assert sorted(one.key for one in house.storage.list("models/")) == [
        "models/tiny/ikat/card.json",
        "models/tiny/ikat/learning_curve.csv",
        "models/tiny/ikat/sample.png",
        "models/tiny/ikat/weights.safetensors",
    ]
    assert (done["weights"], done["steps"], done["ended"]) == (weights_key("tiny", "ikat"), 6, "steps")
    curve = house.storage.read("models/tiny/ikat/learning_curve.csv").decode().splitlines()
    assert curve[0] == "step,seconds,loss,held_out,pixel"
    assert [line.split(",")[0] for line in curve[1:]] == ["2", "4", "6"]
    # a textile, two photos held out with a painting below each: 3 columns of 64 px, 6 px between and after
    sample = decode(house.storage.read("models/tiny/ikat/sample.png"), name="sample").rgb
    assert sample.shape == (2 * 64 + 6, 3 * (64 + 6), 3)


def test_what_it_leaves_is_a_network_that_loads(house, recipe, train):
    train(recipe(), "ikat")
    weights, card = (house.storage.read(key("tiny", "ikat")) for key in (weights_key, card_key))
    loaded = load_network(
        NetworkFiles(None, WeightsFile(weights, card, "ikat")), "johnson", device=torch.device("cpu")
    )
    assert loaded.cards[0].style_id == "ikat"


def test_the_card_tells_pictures_settings_and_command(house, recipe, train):
    path = recipe()
    train(path, "ikat", steps=4)
    card = card_of(house, style_id="ikat")
    assert (card.trained_on.photos, card.trained_on.held_out, card.trained_on.broken) == (3, 2, 0)
    assert card.trained_on.licence == "CC0-1.0"
    assert card.training.command == f"toile train {path} --style ikat --steps 4 --no-compare"
    assert (card.training.device, card.training.steps, card.training.settings["steps"]) == ("no device", 4, 4)
    rgb = decode(picture("ikat"), name="ikat").rgb
    assert card.style_pixels_sha256 == hashlib.sha256(b"16x16\n" + rgb.tobytes()).hexdigest()
    assert card.style_means == field_means(rgb)
    assert card.falls_short == ("It was not compared with optimised designs (--no-compare).",)


def test_a_network_that_is_trained_so_already_is_left_alone(house, recipe, train, heard, toys):
    [first] = train(recipe(), "ikat")
    before, toys.seen = files(house, "models/"), 0
    [again] = train(recipe(), "ikat")
    assert (first["trained"], again["trained"], toys.seen) == (True, False, 0)
    assert files(house, "models/") == before
    assert "is trained so already" in heard.words
    # other settings are another training, and so is what somebody wants again
    assert train(recipe(seed=1), "ikat")[0]["trained"]
    assert train(recipe(seed=1), "ikat", anew=True)[0]["trained"]


def test_what_all_styles_share_is_trained_first_where_it_is_not_there(house, recipe, train, heard):
    done = train(recipe(BOTH), "ikat", "floral")
    assert [one["style_id"] for one in done] == ["", "ikat", "floral"]
    assert "tiny has no file that its styles share yet: that is trained first" in heard.lines
    assert card_of(house, style_id="ikat").shared_sha256 == card_of(house).weights_sha256


def test_a_new_style_leaves_the_shared_file_and_the_other_styles_bytes_as_they_were(house, recipe, train):
    train(recipe(BOTH), "ikat")
    before = files(house, "models/")
    [done] = train(recipe(BOTH), "check")
    after = files(house, "models/")
    assert done["style_id"] == "check"
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[2] for key in set(after) - set(before)} == {"check"}


def test_a_styles_own_file_has_its_own_learning_rate_and_is_no_other_training_for_the_others(
    house, recipe, train, toys
):
    train(recipe(BOTH), "ikat")
    rates = [dict(card_of(house, style_id=one).training.settings)["lr"] for one in ("", "ikat")]
    assert rates == [0.05, 0.05]
    before, toys.seen = files(house, "models/"), 0
    # said of styles, it concerns what they share as little as their steps do
    [again] = train(recipe(BOTH, style_lr=0.2), shared=True)
    assert (again["trained"], toys.seen, files(house, "models/")) == (False, 0, before)
    [own] = train(recipe(BOTH, style_lr=0.2), "ikat")
    assert own["trained"]
    assert card_of(house, style_id="ikat").training.settings["lr"] == 0.2
    assert (
        files(house, "models/")["models/tiny/ikat/weights.safetensors"]
        != before["models/tiny/ikat/weights.safetensors"]
    )
    # to say lr itself again is the same training
    [same] = train(recipe(BOTH, style_lr=0.05), "ikat", anew=True)
    assert files(house, "models/")[same["weights"]] == before[same["weights"]]


def test_a_checkpoint_of_another_rate_of_its_own_is_not_gone_on_with(recipe, train, toys):
    train(recipe(BOTH), shared=True)
    begin_and_stop(train, recipe(BOTH), toys)
    with pytest.raises(TrainingImpossible, match="stopped at step 2"):
        train(recipe(BOTH, style_lr=0.2), "ikat")
    assert train(recipe(BOTH), "ikat")[0]["trained"]


def test_another_shared_file_names_the_styles_that_it_does_not_fit(house, recipe, train, heard):
    train(recipe(BOTH), "ikat")
    train(recipe(BOTH, seed=1), shared=True)
    assert "1 styles were trained beside the former file and have to be trained again: ikat" in heard.words


def test_a_kind_that_has_no_file_a_style_learns_from_all_textiles_or_from_those_that_are_named(
    house, recipe, train
):
    train(recipe(ALL))
    assert "floral, check" in card_of(house).trained_on.what
    train(recipe(ALL), "check", anew=True)
    assert card_of(house).trained_on.what.endswith("with the textiles check")


def test_a_training_that_was_stopped_goes_on_to_the_same_curve_and_weights(
    house, recipe, train, toys, heard, tmp_path
):
    path = recipe()
    train(path, "floral")
    whole = house.storage.read("models/tiny/floral/learning_curve.csv").decode()
    unbroken = card_of(house, style_id="floral").weights_sha256
    for one in list(house.storage.list("models/")):
        house.storage.delete(one.key)

    stop = StopFlag()
    # 2 steps and a check of one batch: the 4th look is in the second pair of steps
    toys.seen, toys.when = 0, lambda seen: stop.cancel() if seen == 4 else None
    with pytest.raises(Stopped):
        train(path, "floral", stop=stop)
    assert house.storage.exists(checkpoint_key("tiny", "floral"))
    assert not house.storage.exists(card_key("tiny", "floral"))
    toys.when = lambda seen: None
    train(path, "floral")
    assert "goes on from step 2" in heard.words

    def numbers(curve):  # all but the seconds
        return [line.split(",")[:1] + line.split(",")[2:] for line in curve.splitlines()]

    assert numbers(house.storage.read("models/tiny/floral/learning_curve.csv").decode()) == numbers(whole)
    assert card_of(house, style_id="floral").weights_sha256 == unbroken
    assert list(house.storage.list(training_prefix("tiny", "floral"))) == []


def begin_and_stop(train, path, toys):
    stop = StopFlag()
    toys.seen, toys.when = 0, lambda seen: stop.cancel() if seen == 4 else None
    with pytest.raises(Stopped):
        train(path, "ikat", stop=stop)
    toys.when = lambda seen: None


def test_what_was_begun_with_other_settings_is_not_gone_on_with_but_can_be_dropped(recipe, train, toys):
    begin_and_stop(train, recipe(), toys)
    with pytest.raises(TrainingImpossible, match=r"stopped at step 2; .* drop that with --anew") as error:
        train(recipe(seed=1), "ikat")
    assert error.value.code == "another_training"
    assert train(recipe(seed=1), "ikat", anew=True)[0]["steps"] == 6


def test_more_minutes_and_more_patience_are_no_other_training(recipe, train, toys, heard):
    begin_and_stop(train, recipe(), toys)
    train(recipe(patience=50, minutes=9, check_every=3), "ikat")
    assert "goes on from step 2" in heard.words


def test_a_full_disk_leaves_the_checkpoint_before_and_says_so(house, recipe, train, toys, heard):
    path, inner = recipe(), house.storage
    begin_and_stop(train, path, toys)
    before = inner.read(checkpoint_key("tiny", "ikat"))
    full = SmallHouse(house.folder)
    full.storage = FaultyStorage(
        inner, capacity_bytes=0, touches=lambda key: key == checkpoint_key("tiny", "ikat")
    )
    told = r"checkpoint of step 4 .* as it was: make room, and the same command"
    with equipped(full.equipment()), pytest.raises(StorageFull, match=told):
        train(path, "ikat")
    assert inner.read(checkpoint_key("tiny", "ikat")) == before
    train(path, "ikat")
    assert "goes on from step 2" in heard.words


def test_a_training_that_leaves_the_real_numbers_ends_and_leaves_no_network(house, recipe, train, toys):
    toys.diverge()
    with pytest.raises(TrainingImpossible) as error:
        train(recipe(), "ikat")
    assert error.value.code == "diverged"
    assert not any("weights" in one.key for one in house.storage.list("models/"))


def test_minutes_that_are_over_keep_what_was_learnt_until_then(house, recipe, train):
    train(recipe(check_every=1000), "ikat", minutes=1e-9)
    card = card_of(house, style_id="ikat")
    assert (card.training.ended, card.training.steps) == ("minutes", 1)


def test_broken_photos_are_left_out_counted_and_told(house, recipe, train, heard):
    house.storage.write_atomic("content/tee.png", picture("tee")[:-200])
    train(recipe(most_broken=0.5, held_out=1), "ikat")
    card = card_of(house, style_id="ikat")
    assert (card.trained_on.photos, card.trained_on.broken) == (3, 1)
    assert "1 photos left out, such as: " in heard.words


def test_too_many_broken_photos_or_too_few_photos_are_refused(house, recipe, train):
    house.storage.write_atomic("content/tee.png", picture("tee")[:-200])
    with pytest.raises(TrainingImpossible, match=r"1 of 5 photos cannot be read, .*most_broken") as error:
        train(recipe(), "ikat")
    assert error.value.code == "too_many_broken"
    with pytest.raises(TrainingImpossible, match="at least 22 photos"):
        train(recipe(held_out=20, most_broken=1), "ikat")


def test_images_that_may_not_be_learnt_from_are_left_out_and_named(house, recipe, train):
    unlicensed = house.storage.read("content/catalog.csv").replace(b"CC0-1.0", b"")
    house.storage.write_atomic("content/catalog.csv", unlicensed)
    with pytest.raises(TrainingImpossible, match=r"5 more may not be learnt from, .*'tee' has no licence"):
        train(recipe(), "ikat")
    train(recipe(), "ikat", unlicensed=True)
    assert card_of(house, style_id="ikat").trained_on.licence == "CC0-1.0"  # of the textile


def test_an_unknown_textile_is_answered_with_the_nearest_before_anything_is_read(recipe, train, toys):
    with pytest.raises(NotFound, match=r"has no 'ikatt'.*'ikat'"):
        train(recipe(), "ikatt")
    assert toys.seen == 0


def test_whoever_names_no_style_hears_which_there_are(recipe, train):
    with pytest.raises(
        ConfigError, match=r"say which with --style\. Trained: none yet\. In the catalog: ikat"
    ):
        train(recipe())
    train(recipe(BOTH, name="both"))
    with pytest.raises(ConfigError, match="--shared to train what they share again"):
        train(recipe(BOTH, name="both"))


def test_what_cannot_be_trained_says_why(recipe, train, monkeypatch):
    with pytest.raises(ConfigError, match="gatys has no network: block"):
        train("gatys", "ikat")
    with pytest.raises(ConfigError, match="has a file a style and none that all share"):
        train(recipe(), "ikat", shared=True)
    monkeypatch.delitem(LESSONS, "nstn", raising=False)
    with pytest.raises(ConfigError, match="cannot be trained: this version has no lesson for it"):
        train(recipe("nstn", name="none"), "ikat")
