"""What every command promises: help with an example, clean errors, exit codes, JSON and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import flows
from catalogs.errors import CatalogMissing, NotFound, StorageDenied, StorageFull, StorageUnavailable
from catalogs.refusals import PlanRefused, TooManyFailures
from configs.errors import ConfigError
from flows.cli import app
from flows.cli.exits import Exit, exit_of
from flows.cli.reporting import family
from flows.errors import PlanOutdated, ShardsUnfinished
from nst_core.errors import WeightsCorrupt, WeightsMissing


def every_command(group, words=()):
    """Yield the words that call each command."""
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from every_command(found, (*words, name))
        else:
            yield (*words, name)


COMMANDS = sorted(every_command(typer.main.get_command(app)))


def test_the_commands_are_those_of_the_readme():
    assert [" ".join(words) for words in COMMANDS] == [
        "catalog check",
        "catalog scan",
        "demo",
        "deploy",
        "doctor",
        "down",
        "edges",
        "export print",
        "gallery link",
        "gallery user add",
        "gallery user list",
        "gallery user remove",
        "gc",
        "models",
        "paper-tables",
        "plan",
        "policy",
        "recipes list",
        "recipes schema",
        "recipes show",
        "repeat",
        "reproduce",
        "request colorways",
        "request hires",
        "request list",
        "request more-like",
        "request render",
        "request repeat",
        "retry",
        "run",
        "secrets",
        "separate",
        "show",
        "status",
        "trace",
        "train",
        "up",
        "verify",
        "weights check",
        "weights list",
        "weights pull",
        "why",
    ]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_each_command_shows_an_example_of_itself(toile, words):
    answer = toile(*words, "--help")
    assert answer.code == 0
    assert f"Example: toile {' '.join(words)}" in answer.words


@pytest.mark.parametrize(
    "words", [words for words in COMMANDS if words != ("recipes", "schema")], ids=" ".join
)
def test_each_command_speaks_json(toile, words):
    assert "--json" in toile(*words, "--help").out


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x"), Exit.USAGE),
        (PlanRefused("x"), Exit.USAGE),
        (PlanOutdated("x"), Exit.USAGE),
        (StorageDenied("x"), Exit.STORAGE),
        (StorageFull("x"), Exit.STORAGE),
        (StorageUnavailable("x"), Exit.STORAGE),
        (NotFound("x"), Exit.NOTHING_FOUND),
        (CatalogMissing("x"), Exit.NOTHING_FOUND),
        (WeightsMissing("x"), Exit.WEIGHTS),
        (WeightsCorrupt("x"), Exit.WEIGHTS),
        (TooManyFailures("x"), Exit.FAILED),
        (ShardsUnfinished("x"), Exit.FAILED),
        (ZeroDivisionError("x"), Exit.BUG),
    ],
)
def test_an_exit_code_says_whose_turn_it_is(error, code):
    assert exit_of(error) is code


def broken_app() -> typer.Typer:
    """Return an app with one command that fails as no command should."""
    from flows.cli.app import toile as options
    from flows.cli.reporting import Command

    made = family("a broken one")
    made.callback()(options)

    @made.command("break", cls=Command)
    def break_() -> None:
        raise ZeroDivisionError("a mask of no width")

    return made


def test_a_fault_of_ours_is_told_from_a_mistake_and_shows_no_traceback(monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.delenv("TOILE_DEBUG", raising=False)
    answer = CliRunner().invoke(broken_app(), ["break"])
    assert answer.exit_code == Exit.BUG
    assert "ZeroDivisionError: a mask of no width" in answer.stderr
    assert "fault in Toile" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_debug_shows_the_traceback(monkeypatch):
    from typer.testing import CliRunner

    monkeypatch.setenv("TOILE_DEBUG", "1")
    answer = CliRunner().invoke(broken_app(), ["--debug", "break"])
    assert "in break_" in answer.stderr


def test_without_a_root_the_error_says_how_to_name_one(toile, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = toile("status", "demo")
    assert (answer.code, answer.out) == (Exit.USAGE, "")
    assert "--root" in answer.err
    assert "TOILE_ROOT" in answer.err


def test_an_error_is_json_too_where_json_was_asked_for(toile):
    answer = toile("recipes", "show", "toil", "--json")
    assert answer.code == Exit.USAGE
    assert answer.json["error"]["exit_code"] == Exit.USAGE
    assert "did you mean 'toile'?" in answer.json["error"]["message"]


def test_an_option_that_does_not_exist_is_a_usage_error(toile):
    assert toile("run", "demo", "--rooot", "x").code == Exit.USAGE
    assert toile("rnu").code == Exit.USAGE
    assert toile("run", "demo", "--size-px", "3").code == Exit.USAGE


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from flows.cli import main; sys.argv[0] = 'toile'; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_help_needs_nothing_heavy():
    code = (
        "import sys; from flows.cli import app; from typer.testing import CliRunner;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        "heavy = {'torch', 'prefect', 'pandas', 'pyarrow', 'numpy', 'pydantic', 'boto3', 'cv2'};"
        "heavy &= set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_command_in_a_process_of_its_own_keeps_its_promise(tmp_path):
    done = in_a_process("status", "demo", "--root", str(tmp_path), "--json")
    assert done.returncode == Exit.NOTHING_FOUND
    assert json.loads(done.stdout)["error"]["code"] == "not_found"
    assert "Traceback" not in done.stderr
    assert in_a_process("recipes", "schema", "batch").returncode == 0


def test_a_mistyped_batch_or_recipe_is_told_before_anything_starts(tmp_path):
    for arguments in (["run", "demi"], ["plan", "demi"], ["run", "demo", "--recipe", "toil"]):
        done = in_a_process(*arguments, "--root", str(tmp_path), PYTHONPROFILEIMPORTTIME="1")
        assert done.returncode == Exit.USAGE
        assert "did you mean" in done.stderr
        assert not re.search(r"\| +(torch|prefect)$", done.stderr, re.MULTILINE)


def test_a_missing_catalog_is_told_before_anything_starts(tmp_path):
    done = in_a_process("run", "demo", "--root", str(tmp_path), PYTHONPROFILEIMPORTTIME="1")
    assert "no content catalog" in done.stderr
    assert not re.search(r"\| +(torch|prefect)$", done.stderr, re.MULTILINE)


def test_the_root_comes_from_the_environment(tmp_path):
    done = in_a_process("show", "abcd", TOILE_ROOT=str(tmp_path))
    assert done.returncode == Exit.NOTHING_FOUND
    assert str(tmp_path) in done.stderr


def test_the_readme_lists_every_command_and_every_exit_code():
    text = (Path(flows.__file__).parent / "README.md").read_text(encoding="utf-8")
    section = text[text.index("## Command line") :]
    codes = dict(re.findall(r"^\| (\d+) \| ([a-z ]+) \|", section, re.MULTILINE))
    assert codes == {str(code.value): code.name.lower().replace("_", " ") for code in Exit}
    for words in COMMANDS:
        assert words[-1] in section
        assert f"toile {words[0]}" in section
