"""What a request comes to for the planner, of a design's row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalogs.frozen import FrozenBatch
from catalogs.refusals import RequestRefused
from configs.batch import Batch
from configs.loading import load_recipe, recipe_hash
from configs.request import Request
from flows.requests import wishes
from flows.requests.forms import Form
from flows.requests.origins import Origin

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROW = {
    "design_id": "ab" * 16,
    "content_id": "tee",
    "style_id": "ikat",
    "size_px": 256,
    "seed": 3,
    "palette_id": None,
    "colorway": "",
    "colorway_colours": None,
    "further_styles": None,
}


def origin(recipe="toile", **row):
    loaded = load_recipe(recipe)
    batch = Batch(name="night", max_failure_rate=0, rights={"territory": ["DE"]})
    frozen = FrozenBatch("night", batch, {loaded.name: loaded}, {loaded.name: "1"}, "1", {})
    return Origin(ROW | row, frozen, loaded)


def wished(monkeypatch, *origins, **fields):
    by_id = {one.design_id: one for one in origins}
    monkeypatch.setattr(wishes, "origin_of", lambda storage, design_id: by_id[design_id])
    fields = {"kind": "hires", "asked_by": "Ada", "asked_at_utc": NOON} | fields
    return wishes.wishes_of(None, "mine", Request(designs=tuple(by_id), **fields))


def test_the_cloth_of_a_garment_is_the_yardage_that_its_recipe_was_made_of(monkeypatch):
    [wish] = wished(monkeypatch, origin("toile+toss"), kind="repeat")
    assert (wish.recipe.name, wish.recipe.kind) == ("toss", "yardage")
    # so its id is that of the tile which a batch of yardage makes
    assert recipe_hash(wish.recipe) == recipe_hash(load_recipe("toss"))
    assert (wish.batch.sizes_px, wish.batch.seeds) == ((256,), (3,))
    assert wish.pairs["content_id"].tolist() == [""]


@pytest.mark.parametrize(("recipe", "what"), [("toss", "yardage already"), ("toile", "textile as it is")])
def test_other_cloth_is_no_tile(recipe, what, monkeypatch):
    with pytest.raises(RequestRefused, match=what):
        wished(monkeypatch, origin(recipe), kind="repeat")


def test_a_tile_is_put_on_garments_by_the_recipe_that_wears_it(monkeypatch):
    [wish] = wished(monkeypatch, origin("toss", content_id=None), kind="more_like", category="dress")
    assert recipe_hash(wish.recipe) == recipe_hash(load_recipe("toile+toss"))
    assert dict(wish.batch.filters.content) == {"category": ("dress",)}
    assert wish.batch.styles == ("ikat",)


def test_a_mix_its_motif_and_its_palette_come_along(monkeypatch):
    further = [
        {"style_id": "leaf", "region": "", "share": 0.3},
        {"style_id": "dots", "region": "red", "share": 0.0},
        {"style_id": "waves", "region": "motif", "share": 0.0},
    ]
    [wish] = wished(monkeypatch, origin(further_styles=further, palette_id="card"), size_px=768)
    [pair] = wish.pairs.to_dict("records")
    assert pair == {
        "content_id": "tee",
        "style_id": "ikat:0.700000 + leaf:0.300000",
        "palette": "card",
        "region_styles": "red=dots",
        "motif": "waves",
    }


def test_what_cannot_share_a_batch_has_one_of_its_own(monkeypatch):
    designs = [
        origin(design_id="01" * 16),
        origin(design_id="02" * 16, content_id="coat"),
        origin(design_id="03" * 16, seed=4),
        origin("gatys", design_id="04" * 16),
    ]
    found = wished(monkeypatch, *designs, size_px=512)
    assert [one.batch.batch_id for one in found] == ["request-mine", "request-mine.2", "request-mine.3"]
    assert [len(one.pairs) for one in found] == [2, 1, 1]
    # what may be sold where, and how failures count, is as the night had it, and as a request needs it
    assert {one.batch.rights.territory for one in found} == {("DE",)}
    assert {one.batch.max_failure_rate for one in found} == {1.0}


def test_a_colorway_is_larger_in_its_own_colours(monkeypatch):
    coloured = origin(colorway="rust", colorway_colours="inverted 4 #112233 #445566")
    [wish] = wished(monkeypatch, coloured, size_px=512)
    part = wish.batch.colorways
    assert (dict(part.palettes), part.inks, part.contrast) == (
        {"rust": ("#112233", "#445566")},
        4,
        "inverted",
    )


def test_a_form_names_palettes_or_gives_their_colours():
    form = Form("colorways", "ab" * 16, "Ada", colorways=" rust ,dusk = #112233 445566,")
    request = form.request(NOON)
    assert request.colorways == ("rust",)
    assert dict(request.palettes) == {"dusk": ("#112233", "#445566")}


def test_fields_that_make_no_request_are_refused():
    with pytest.raises(RequestRefused, match=r"this cannot be asked for: .*hires needs the size"):
        Form("hires", "ab" * 16, "Ada").request(NOON)
