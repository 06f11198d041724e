"""Pickles run programs when they are read: no module writes one, and one reads some, numbers alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import flows.stack.environment as environment

ROOT = Path(__file__).parents[1]
PACKAGES = ("configs", "nst_core", "catalogs", "flows")
# What reads or writes Python objects that may be anything.
UNSAFE = {
    "pickle",
    "cPickle",
    "_pickle",
    "joblib",
    "dill",
    "cloudpickle",
    "shelve",
    "marshal",
    "pandas.io.pickle",
}
# It reads published weights that are pickles, by readers that build nothing but numbers (tested with it).
READER = "nst_core/backbones/files.py"


def imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    return [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]


def given(call: ast.Call, name: str) -> object:
    return next((getattr(one.value, "value", one) for one in call.keywords if one.arg == name), None)


def unsafe_in(text: str) -> list[str]:
    """Return what a module does that could read or write any object."""
    tree = ast.parse(text)
    found = sorted(imported(tree) & UNSAFE)
    for name, call in calls(tree):
        last = name.rpartition(".")[2]
        if name in ("torch.load", "torch.save") and given(call, "weights_only") is not True:
            found.append(name)
        if last in ("to_pickle", "read_pickle"):
            found.append(name)
        if given(call, "allow_pickle") not in (None, False):
            found.append(f"{name}(allow_pickle)")
        if name == "yaml.load" or last in ("unsafe_load", "full_load", "UnsafeLoader"):
            found.append(name)
        for option in ("result_serializer", "serializer"):
            if given(call, option) is not None:
                found.append(f"{name}({option})")
        if last in ("flow", "task") and given(call, "persist_result") not in (None, False):
            found.append(f"{name}(persist_result)")
        if last == "task" and ast.unparse(call).count("cache_policy=NO_CACHE") != 1:
            found.append(f"{name} with a cache")
    return found


def test_no_module_of_ours_reads_or_writes_any_object():
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    found = {str(path.relative_to(ROOT)): unsafe_in(path.read_text(encoding="utf-8")) for path in modules}
    assert {name: what for name, what in found.items() if what} == {READER: ["pickle"]}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "table.to_pickle(path)",
        "yaml.load(text, Loader)",
        "flow(result_serializer='pickle')",
        "task(retries=2)",
        "task(cache_policy=NO_CACHE, persist_result=True)",
    ],
)
def test_the_law_would_find_it(text):
    assert unsafe_in(text)


def test_the_one_reader_of_pickles_builds_numbers_and_nothing_else():
    tree = ast.parse((ROOT / READER).read_text(encoding="utf-8"))
    used = {name for name, _ in calls(tree) if name.startswith("pickle.")}
    # no pickle.load: only the class that refuses names
    assert used <= {"pickle.UnpicklingError"}
    [reader] = [
        node for node in tree.body if isinstance(node, ast.ClassDef) and "Unpickler" in ast.unparse(node)
    ]
    assert "find_class" in {one.name for one in reader.body if isinstance(one, ast.FunctionDef)}


def test_prefect_keeps_no_results_which_would_be_pickles():
    assert environment.EVERYWHERE["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
