from __future__ import annotations

import contextlib
import math
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import ConfigError
from configs.yaml_text import MAX_BYTES, parse_yaml, plain_scalar, read_yaml


def test_keys_and_items_know_their_lines():
    tree = parse_yaml("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n", name="f")
    assert tree.values == {"a": 1, "b": ["x", {"c": 2, "d": 3}]}
    assert {path: place.line for path, place in tree.places.items()} == {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 5,
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-2", 0.01), ("1e4", 1e4), ("-3", -3), ("+7", 7), ("0x1F", 31), (".5", 0.5), ("6.", 6.0),
        ("010", 10),
        ("true", True), ("no", "no"), ("on", "on"), ("12:30", "12:30"), ("2026-11-21", "2026-11-21"),
        ("~", None), ("null", None), ("", None), ("nan", "nan"), ("1_000", "1_000"), ("relu1_1", "relu1_1"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_yaml_1_2_says(text, value):
    got = plain_scalar(text)
    assert got == value
    assert type(got) is type(value)


def test_the_three_values_that_are_no_finite_number():
    assert plain_scalar(".inf") == math.inf
    assert plain_scalar("-.inf") == -math.inf
    assert math.isnan(plain_scalar(".nan"))


def test_what_is_quoted_is_text():
    assert parse_yaml("a: '1'\nb: \"true\"\nc: |\n  2\n", name="f").values == {
        "a": "1",
        "b": "true",
        "c": "2\n",
    }


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False)
    | st.text("ab c:#-é'\"\n0"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1), plain, max_size=4))
def test_what_another_program_writes_is_read_back(values):
    assert parse_yaml(yaml.safe_dump(values, allow_unicode=True), name="f").values == values


def test_a_key_that_stands_twice_is_named_with_both_lines():
    tree = parse_yaml("a: 1\nb: {c: 1}\na: 2\n", name="f")
    (problem,) = tree.problems
    assert (problem.line, problem.key) == (3, "a")
    assert "line 1" in problem.message
    assert tree.values["a"] == 1


def test_tags_and_merge_keys_are_refused_and_run_nothing():
    tree = parse_yaml("a: !!python/object/apply:os.getcwd []\nb: !secret x\nc: {<<: {d: 1}}\n", name="f")
    assert [problem.line for problem in tree.problems] == [1, 2, 3]


def test_aliases_are_followed():
    assert parse_yaml("a: &x [1, 2]\nb: *x\n", name="f").values == {"a": [1, 2], "b": [1, 2]}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]\n",
        "a: &a {b: *a}\n",
        "[" * 5000,
        "{a: " * 5000,
        "a: " + "[" * 200_000,
        "- " * 3000,
        "a: [1, 2\n",
        "a: 'x\n",
        "a: *nobody\n",
        "- 1\n- 2\n",
        "just words",
        "--- {a: 1}\n--- {b: 2}\n",
        "a: \x07\n",
        "a:\tb\n\tc: d\n",
        "%YAML 9.9\n--- a\n",
        "? [1, 2]\n: x\n",
    ],
)
def test_hostile_and_broken_files_end_quickly_in_one_clear_error(text):
    began = time.perf_counter()
    try:
        said = " ".join(map(str, parse_yaml(text, name="mine.yaml").problems))
    except ConfigError as error:
        said = str(error)
    # a bomb that went off takes minutes and gigabytes; the bound is far from both
    assert time.perf_counter() - began < 20
    assert "mine.yaml" in said


def test_an_empty_file_holds_nothing():
    assert parse_yaml("", name="f").values == {}
    assert parse_yaml("# only words\n", name="f").values == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: 1\nb: caf\xe9\n", "line 2"),
        (b"#" * (MAX_BYTES + 1), "larger"),
        (b"a: \x00\n", "no YAML"),
    ],
)
def test_files_that_are_no_text_say_why(tmp_path, data, said):
    path = tmp_path / "mine.yaml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=said):
        read_yaml(path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\n")
    assert read_yaml(path).values == {"name": "x"}


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="folder"):
        read_yaml(tmp_path)


@given(st.text(max_size=200))
def test_any_text_is_a_tree_or_a_config_error(text):
    with contextlib.suppress(ConfigError):
        assert isinstance(parse_yaml(text, name="f").values, dict)
