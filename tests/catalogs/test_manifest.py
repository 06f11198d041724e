from __future__ import annotations

import json
import math
import re
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catalogs
from catalogs.manifest import (
    MANIFEST_SCHEMA,
    MANIFEST_SCHEMA_VERSION,
    SCORES,
    VERSION_KEY,
    manifest_schema,
    row_from_json,
    row_to_json,
    rows_to_table,
)
from catalogs.parts import read_columns, to_parquet
from catalogs.plan import LACKING, PLAN_SCHEMA, plan_shard
from catalogs.refusals import ManifestRefused
from catalogs.storage import Storage
from tests.catalogs.wardrobe import NOON, a_plan, failed_row, ok_row, put_shop

EXTRAS = ("content_buyer", "style_loom")
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def values(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if pa.types.is_string(kind):
        return TEXT
    if pa.types.is_integer(kind):
        return st.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1)
    if pa.types.is_floating(kind):
        return st.floats()
    if pa.types.is_timestamp(kind):
        return st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
    if pa.types.is_struct(kind):
        # what lies deeper comes from catalogs, whose numbers are finite
        finite = st.floats(allow_nan=False, allow_infinity=False)
        fields = {field.name: finite if pa.types.is_floating(field.type) else TEXT for field in kind}
        return st.fixed_dictionaries({name: st.none() | value for name, value in fields.items()})
    assert pa.types.is_list(kind)
    return st.lists(values(kind.value_type), max_size=3)


SCHEMA = manifest_schema(EXTRAS)
ANY_ROW = st.fixed_dictionaries(
    {
        field.name: values(field.type) if not field.nullable else st.none() | values(field.type)
        for field in SCHEMA
    }
).map(
    lambda row: (
        row | {"status": "failed", "error_code": row["error_code"] or "x", "error": row["error"] or "y"}
    )
)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


@given(ANY_ROW)
def test_a_row_survives_the_way_into_an_image_and_back(row: dict[str, Any]):
    text = row_to_json(row, EXTRAS)
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    back = row_from_json(text)
    assert set(back) == set(SCHEMA.names)
    for name, value in row.items():
        assert same(value, back[name]), name


@given(ANY_ROW)
def test_a_row_survives_the_way_through_parquet(row: dict[str, Any]):
    [back] = rows_to_table([row], EXTRAS).to_pylist()
    assert all(same(value, back[name]) for name, value in row.items())


def test_absent_columns_are_null(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    [planned] = plan_shard(a_plan(directory_storage), 0)
    back = row_from_json(row_to_json(ok_row(planned)))
    assert back["gmd_heldout"] is None
    assert back["rendered_at_utc"] == NOON
    assert back["flags"] == ["unmasked"]


def test_rows_of_nothing_but_nulls_keep_the_types():
    bare = {"design_id": "1", "batch_id": "n", "status": "failed", "error_code": "x", "error": "y"}
    assert rows_to_table([bare, bare]).schema == MANIFEST_SCHEMA
    assert rows_to_table([]).schema == MANIFEST_SCHEMA


def row(**changes: Any) -> dict[str, Any]:
    base = {"design_id": "1", "batch_id": "n", "status": "failed", "error_code": "x", "error": "y"}
    return base | changes


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row(gdm=0.2), "no column 'gdm'; the nearest"),
        (row(status="done"), "one of ok, failed, skipped, got 'done'"),
        (row(error_code=None), "says no error_code and error"),
        (row(error=""), "says no error_code and error"),
        (row(status="ok", error_code=None, error=None), "no image_key, image_sha256, rendered_at_utc"),
        (
            row(status="ok", image_key="k", image_sha256="s", rendered_at_utc=NOON),
            "ok and has the error_code 'x'",
        ),
        (row(width_px="256"), "'width_px' holds whole numbers (int32), got '256'"),
        (row(width_px=2**40), "'width_px' holds whole numbers (int32), got 1099511627776"),
        (row(width_px=256.5), "'width_px' holds whole numbers (int32), got 256.5"),
        (row(steps=True), "'steps' holds whole numbers (int32), got True"),
        (row(ssim="high"), "'ssim' holds numbers, got 'high'"),
        (row(flags="unmasked"), "'flags' holds lists of texts, got 'unmasked'"),
        (row(flags=[1]), "'flags' holds lists of texts, got [1]"),
        (row(further_styles=["x"]), "'further_styles' holds lists of named values, got ['x']"),
        (row(further_styles=[{"id": "x"}]), "'further_styles' holds lists of named values, got [{'id'"),
        (row(recipe=7), "'recipe' holds texts, got 7"),
        (row(rendered_at_utc=NOON.replace(tzinfo=None)), "'rendered_at_utc' holds times with a zone"),
        (row(rendered_at_utc="2026-11-21"), "'rendered_at_utc' holds times with a zone, got '2026-11-21'"),
        (row(design_id=None), "'design_id' is never empty"),
        (row(content_buyer="Ann"), "no column 'content_buyer'"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_the_reason(wrong: dict[str, Any], said: str):
    with pytest.raises(ManifestRefused) as caught:
        rows_to_table([wrong])
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[]", "a JSON object, got list"),
        ("{}", "schema version None"),
        (json.dumps({VERSION_KEY: "99"}), "schema version 99"),
        (json.dumps({VERSION_KEY: MANIFEST_SCHEMA_VERSION, **row(odd=1)}), "no column 'odd'"),
        (json.dumps({VERSION_KEY: MANIFEST_SCHEMA_VERSION, **row(ssim="high")}), "'high' is no double"),
        (json.dumps({VERSION_KEY: MANIFEST_SCHEMA_VERSION, **row(rendered_at_utc="noon")}), "'noon' is no"),
    ],
)
def test_a_text_that_is_no_row_is_refused(text: str, said: str):
    with pytest.raises(ManifestRefused) as caught:
        row_from_json(text)
    assert said in caught.value.message


def test_every_column_of_the_plan_is_in_the_manifest_but_its_state():
    missing = set(PLAN_SCHEMA.names) - set(MANIFEST_SCHEMA.names)
    assert missing == {"state"}
    assert set(SCORES) < set(MANIFEST_SCHEMA.names)


def test_the_scores_are_those_of_the_engine():
    from nst_core.scoring import Scores  # here: torch takes seconds to import

    assert set(Scores.__dataclass_fields__) - {"flags", "texture"} == set(SCORES)


def test_the_readme_documents_every_column_with_its_type():
    text = (Path(catalogs.__file__).parent / "README.md").read_text(encoding="utf-8")
    table = text.split("<!-- columns -->")[1]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \| ([^|]+?) \|$", table, flags=re.MULTILINE)
    assert [(name, kind) for name, kind, _ in rows] == [
        (field.name, str(field.type)) for field in MANIFEST_SCHEMA
    ]
    assert all(len(said) > 10 for _, _, said in rows)


def test_failed_rows_say_so_in_json(directory_storage: Storage):
    put_shop(directory_storage, "a", "x")
    [planned] = plan_shard(a_plan(directory_storage), 0)
    shown = json.loads(row_to_json(failed_row(planned, ssim=math.nan)))
    assert (shown["status"], shown["error_code"], shown["ssim"]) == ("failed", "nonfinite", "NaN")
    assert shown["rendered_at_utc"] == "2026-11-21T12:00:00.123456+00:00"


@pytest.mark.parametrize("version", list(LACKING)[:-1])
def test_a_row_of_an_older_version_is_read_with_its_later_columns_empty(
    directory_storage: Storage, version: str
):
    put_shop(directory_storage, "a", "x")
    [planned] = plan_shard(a_plan(directory_storage), 0)
    shown = json.loads(row_to_json(ok_row(planned)))
    old = {name: value for name, value in shown.items() if name not in LACKING[version]}
    old |= {VERSION_KEY: version}
    back = row_from_json(json.dumps(old))
    assert set(back) == set(MANIFEST_SCHEMA.names)
    assert back["design_id"] == planned["design_id"]
    assert {back[name] for name in LACKING[version]} == {None}


@pytest.mark.parametrize("version", list(LACKING)[:-1])
def test_a_file_of_an_older_version_is_read_with_its_later_columns_empty(version: str):
    table = rows_to_table([row(content_buyer="Ann")], EXTRAS)
    old = table.drop_columns(list(LACKING[version])).replace_schema_metadata({VERSION_KEY: version})
    back = read_columns(to_parquet(old), key="manifests/old.parquet")
    assert set(back.column_names) == set(SCHEMA.names)
    later = LACKING[version][0]
    assert back.select(["content_buyer", later]).to_pylist() == [{"content_buyer": "Ann", later: None}]
    with pytest.raises(ManifestRefused, match="content_shop"):
        read_columns(to_parquet(old), key="manifests/old.parquet", columns=["content_shop"])


@pytest.mark.parametrize("numbers", [[128], [-129], [True], [1.0], ["1"], "12", 5, [1, None]])
def test_a_descriptor_holds_whole_numbers_of_a_byte(numbers):
    with pytest.raises(ManifestRefused, match="'texture_descriptor' holds lists of whole numbers"):
        row_to_json(row(texture_descriptor=numbers))
    for fine in ([], [-128, 127], (0, 3)):
        back = row_from_json(row_to_json(row(texture_descriptor=fine)))
        assert back["texture_descriptor"] == list(fine)
