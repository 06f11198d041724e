"""The doctor: each thing that can be wrong has a line and a remedy, and none hides the others."""

from __future__ import annotations

import pytest

from catalogs.errors import StorageDenied
from catalogs.storage.directory import DirectoryStorage
from flows.cli.checks import Finding, every_check, guarded
from flows.cli.checks.machine import allowed_cpus, device, disk, memory, python, threads, torch_pair
from flows.cli.checks.settings import configs, prefect_api, weights
from flows.cli.checks.storage import catalogs, storage
from flows.cli.exits import Exit
from flows.equipment import Equipment, equipped


class Refusing(DirectoryStorage):
    """A bucket that may be read and not written."""

    def write_atomic(self, key, data, **options):
        raise StorageDenied(f"{key}: permission denied", key=key)


class Careless(DirectoryStorage):
    """A server that takes conditions and does not heed them."""

    def write_atomic(self, key, data, *, content_type=None, if_absent=False, if_match=None, durable=True):
        return super().write_atomic(key, data, content_type=content_type)


def states(findings) -> list[str]:
    return [finding.state for finding in findings]


def with_storage(made):
    return equipped(Equipment(open_root=lambda root: made))


def test_a_good_storage_is_left_as_it_was(tmp_path):
    made = DirectoryStorage(tmp_path)
    with with_storage(made):
        assert states(storage("x")) == ["ok"]
    assert list(made.list("")) == []


def test_a_storage_that_refuses_writes_comes_with_a_remedy(tmp_path):
    with with_storage(Refusing(tmp_path)):
        (finding,) = storage("x")
    assert finding.state == "problem"
    assert "cannot be written" in finding.found
    assert "AWS_ACCESS_KEY_ID" in finding.remedy


def test_a_storage_without_conditional_writes_is_a_note(tmp_path):
    made = Careless(tmp_path)
    with with_storage(made):
        assert states(storage("x")) == ["ok", "note"]
    assert list(made.list("")) == []


def test_no_root_at_all_is_a_problem_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOILE_ROOT", raising=False)
    with equipped(Equipment()):
        (finding,) = storage("")
    assert finding.state == "problem"
    assert "--root" in finding.found


def test_missing_catalogs_are_a_note_and_say_how_to_make_them(house):
    assert states(catalogs("")) == ["ok", "ok"]
    house.storage.delete("style/catalog.csv")
    content, style = catalogs("")
    assert (content.state, style.state) == ("ok", "note")
    assert "toile catalog scan style" in style.remedy
    for name in ("catalog.csv", "catalog.parquet"):
        house.storage.write_atomic(f"style/{name}", b"x")
    assert states(catalogs("")) == ["ok", "problem"]


def test_this_machine_has_a_python_a_torch_a_device_and_cpus():
    for check in (python, torch_pair, threads, memory, lambda: device("cpu")):
        assert "problem" not in states(check())
    assert allowed_cpus() > 0


def test_a_device_that_is_not_there_is_a_problem():
    for wanted in ("cuda:99", "tpu"):
        (finding,) = device(wanted)
        assert finding.state == "problem"
        assert finding.remedy


def test_the_folders_of_a_run_have_space_even_before_they_exist(tmp_path, monkeypatch):
    monkeypatch.delenv("TOILE_ROOT", raising=False)
    findings = disk(str(tmp_path / "not" / "yet"))
    assert len(findings) == 3
    assert "the root" in findings[0].found


def test_configs_that_do_not_load_are_named(monkeypatch, tmp_path):
    assert states(configs()) == ["ok"]
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "house.yaml").write_text("extends: toil\n")
    monkeypatch.setenv("TOILE_CONFIGS", str(tmp_path))
    (finding,) = configs()
    assert finding.state == "problem"
    assert "house" in finding.remedy


def test_the_default_weights_must_be_here_and_the_others_may_be():
    found = {finding.found.split()[0]: finding.state for finding in weights()}
    assert found["vgg16"] == "ok"


def test_a_prefect_home_that_cannot_be_written_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "file" / "home"))
    (finding,) = prefect_api()
    assert finding.state == "problem"
    assert "PREFECT_HOME" in finding.remedy


@pytest.mark.usefixtures("prefect_api")
def test_an_api_that_answers_is_fine():
    assert states(prefect_api()) == ["ok"]


def test_what_a_check_did_not_foresee_is_a_line_and_not_the_end():
    def breaks() -> list[Finding]:
        raise ZeroDivisionError("no width")

    (finding,) = guarded("masks", breaks)()
    assert (finding.what, finding.state) == ("masks", "problem")
    assert "no width" in finding.found


@pytest.mark.usefixtures("prefect_api")
def test_the_doctor_ends_with_a_table_and_an_exit_code(toile, house):
    answer = toile("doctor", "--device", "cpu", "--json")
    expected = Exit.FAILED if any(row["state"] == "problem" for row in answer.json) else Exit.DONE
    assert answer.code == expected
    # nobody asked for signatures here, so there is nothing to say of them
    assert {row["what"] for row in answer.json} == {name for name, _ in every_check("", "cpu")} - {"signing"}
    with with_storage(Refusing(house.folder / "bucket")):
        answer = toile("doctor", "--device", "cpu")
    assert answer.code == Exit.FAILED
    assert "PROBLEM" in answer.out
