"""What `toile up`, `toile down` and `toile deploy` refuse before anything starts, each with what to do."""

from __future__ import annotations

import socket

import pytest

from flows.cli.exits import Exit


@pytest.fixture
def state(tmp_path, monkeypatch):
    for name in ("PREFECT_API_URL", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOILE_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "state"


def test_a_server_for_other_machines_wants_a_password(toile, state):
    answer = toile("up", "--host", "0.0.0.0")
    assert answer.code == Exit.USAGE
    assert "PREFECT_SERVER_API_AUTH_STRING" in answer.err
    assert not state.exists()


def test_a_store_of_its_own_takes_no_other_root(toile, state):
    answer = toile("up", "--s3", "--root", "s3://designs/house")
    assert answer.code == Exit.USAGE
    assert "leave out --root, or leave out --s3" in answer.err


def test_a_broken_storage_file_is_told_before_anything_starts(toile, state, tmp_path):
    (tmp_path / "storage.yaml").write_text("root: ftp://designs\n")
    answer = toile("up")
    assert answer.code == Exit.USAGE
    assert "ftp://" in answer.err
    assert not state.exists()


def test_a_taken_port_is_told_with_the_option_that_chooses_another(toile, state):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        answer = toile("up", "--port", str(other.getsockname()[1]), "--json")
    assert answer.code == Exit.USAGE
    assert answer.json["error"]["code"] == "port_taken"
    assert "choose another port with --port" in answer.json["error"]["message"]


def test_down_with_nothing_up_says_so(toile, state):
    answer = toile("down")
    assert (answer.code, answer.words) == (0, f"nothing was running in {state}")
    assert toile("down", "--json").json == {"stopped": [], "state": str(state)}


def test_deploying_to_nowhere_says_how_to_come_to_a_server(toile, state):
    answer = toile("deploy")
    assert answer.code == Exit.USAGE
    assert "toile up starts one" in answer.err


def test_a_server_that_does_not_answer_is_named(toile, state, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{nobody.getsockname()[1]}/api"
        monkeypatch.setenv("PREFECT_API_URL", api)
        monkeypatch.setenv("PREFECT_CLIENT_MAX_RETRIES", "0")
        answer = toile("deploy", "--json")
    assert answer.code == Exit.FAILED
    assert answer.json["error"]["code"] == "server_away"
    assert api in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--pool-type", "ecs"), "'ecs' is not one of process, docker, kubernetes"),
        (("--image", "toile:2"), "--image is for --pool-type docker or kubernetes"),
        (("--timezone", "Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        (("--batch", "nigthly"), "nightly"),
    ],
)
def test_a_wrong_option_is_told_before_a_server_is_asked(toile, state, options, told):
    answer = toile("deploy", *options)
    assert answer.code == Exit.USAGE
    assert told in answer.err
