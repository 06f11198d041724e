from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import layout
from catalogs.errors import CatalogError
from catalogs.ids import MAX_ID_BYTES, check_id, id_problem, safe_id
from catalogs.scan import unique_ids
from catalogs.storage import check_key

DESIGN = "0123456789abcdef" * 2


@given(st.text(max_size=300))
def test_every_name_has_a_safe_id_that_stays_itself(name: str):
    made = safe_id(name)
    assert id_problem(made) is None
    assert safe_id(made) == made
    assert check_key(f"models/toile/{made}/card.json")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "empty"),
        ("a b", "' '"),
        ("a/b", "'/'"),
        ("..", "dot"),
        (".hidden", "dot"),
        ("a.", "dot"),
        ("a\\b", "'a-b'"),
        ("a\x00b", "'a-b'"),
        ("e\u0301", "composed"),
        ("con", "Windows"),
        ("NUL.png", "Windows"),
        ("x" * (MAX_ID_BYTES + 1), "longer than 128 bytes"),
        ("é" * (MAX_ID_BYTES // 2 + 1), "longer than 128 bytes"),
    ],
)
def test_an_unsafe_id_is_refused_with_the_reason(name: str, said: str):
    with pytest.raises(CatalogError, match="batch_id: the id") as caught:
        check_id(name, what="batch_id")
    assert caught.value.code == "unsafe_id"
    assert said in caught.value.message


@pytest.mark.parametrize("name", ["a", "SKU-12.3_b", "花柄", "Blümchen", "हिन्दी", "x" * MAX_ID_BYTES])
def test_letters_of_any_script_make_ids(name: str):
    assert check_id(name, what="id") == name


@given(
    st.sets(
        st.text(st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1), max_size=8
    )
)
def test_scanned_files_never_share_an_id(stems: set[str]):
    paths = {f"{stem}{ending}" for stem in stems for ending in (".png", ".jpg", "/a.png")}
    ids = unique_ids(paths)
    assert len({name.casefold() for name in ids.values()}) == len(paths)
    assert all(id_problem(name) is None for name in ids.values())
    assert unique_ids(sorted(paths, reverse=True)) == ids


def test_two_endings_of_one_stem_keep_their_ending_in_the_id():
    assert unique_ids(["a.png", "a.jpg", "b.png", "red/c.png", "blue/c.png"]) == {
        "a.jpg": "a-jpg",
        "a.png": "a-png",
        "b.png": "b",
        "blue/c.png": "blue-c-png",
        "red/c.png": "red-c-png",
    }


def test_keys_are_those_of_the_design():
    assert layout.design_key(DESIGN) == f"designs/01/{DESIGN}.png"
    assert layout.thumb_key(DESIGN) == f"thumbs/01/{DESIGN}.webp"
    assert layout.plan_key("n-1") == "batches/n-1/plan.parquet"
    assert layout.config_key("n-1") == "batches/n-1/config.yaml"
    assert layout.summary_key("n-1") == "batches/n-1/summary.json"
    assert layout.batch_manifest_key("n-1") == "batches/n-1/manifest.parquet"
    assert layout.manifest_key("n-1") == "manifests/n-1.parquet"
    assert layout.claim_key("n-1", 3) == "claims/n-1/shard-00003.json"
    assert layout.crash_key("n-1", 3) == "batches/n-1/crashes/shard-00003.json"
    assert layout.crashed_shard("batches/n-1/crashes/shard-00003.json") == 3
    assert layout.quarantine_key(DESIGN) == f"quarantine/01/{DESIGN}.json"
    assert layout.design_of(layout.quarantine_key(DESIGN)) == DESIGN
    assert layout.report_key("n-1") == "reports/n-1/index.html"
    assert layout.contact_sheet_key("n-1") == "reports/n-1/contact_sheet.png"
    assert layout.digests_key("style/summer") == "cache/digests/style/summer.parquet"


def test_a_part_is_named_by_its_shard_and_its_designs():
    one, other = layout.part_key("n", 12, ["a", "b"]), layout.part_key("n", 12, ["a", "c"])
    assert one.startswith("batches/n/parts/shard-00012-")
    assert one.endswith(".parquet")
    assert one == layout.part_key("n", 12, ["b", "a"])
    assert one != other


@pytest.mark.parametrize("design_id", ["", "0123", DESIGN.upper(), DESIGN[:-1] + "/", "../" + DESIGN[3:]])
def test_only_design_ids_become_image_keys(design_id: str):
    with pytest.raises(ValueError, match="32 hex digits"):
        layout.design_key(design_id)


def test_a_batch_id_cannot_leave_its_folder():
    with pytest.raises(CatalogError, match="batch_id"):
        layout.plan_key("../manifests")
