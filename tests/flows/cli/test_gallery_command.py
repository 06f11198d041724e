"""What somebody types who shows the gallery to others, and a gallery on a port from its start to its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

import flows
from flows.cli import app
from flows.cli.exits import Exit
from tests.catalogs.gallery.rack import a_design, publish_rows

REPOSITORY = Path(flows.__file__).parents[1]


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch) -> Path:
    for name in [name for name in os.environ if name.startswith("TOILE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TOILE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def typed(*arguments: str, line: str = ""):
    return CliRunner().invoke(app, ["gallery", *arguments], input=line, prog_name="toile")


def test_people_are_added_changed_listed_and_removed(state):
    added = typed("user", "add", "mia", "--role", "editor", "--json", line="warp and weft\n")
    users = state / "gallery" / "users"
    told = {"name": "mia", "role": "editor", "new": True, "users": str(users)}
    assert json.loads(added.stdout) == told
    assert "warp" not in users.read_text()
    assert "another password" in typed("user", "add", "mia", line="weft and warp\n").stdout
    assert json.loads(typed("user", "list", "--json").stdout) == [{"name": "mia", "role": "viewer"}]
    assert typed("user", "remove", "mia").exit_code == 0
    gone = typed("user", "remove", "mia")
    assert gone.exit_code == Exit.USAGE
    assert "toile gallery user list" in gone.stderr


def test_what_cannot_be_is_a_usage_error(state):
    refused = typed("user", "add", "mia", line="short\n")
    assert (refused.exit_code, "10 to 1024" in refused.stderr) == (Exit.USAGE, True)
    assert typed("user", "add", "mia", "--role", "owner", line="warp and weft\n").exit_code == Exit.USAGE
    assert not (state / "gallery" / "users").exists()
    none_runs = typed("link")
    assert (none_runs.exit_code, "toile gallery starts one" in none_runs.stderr) == (Exit.USAGE, True)


def test_other_machines_are_let_in_only_where_somebody_says_who_they_are(tmp_path):
    refused = typed("--root", str(tmp_path), "--host", "0.0.0.0", "--json")
    assert refused.exit_code == Exit.USAGE
    assert json.loads(refused.stdout)["error"]["code"] == "gallery_refused"
    assert "toile gallery user add" in refused.stderr


def test_a_port_that_is_taken_is_told(tmp_path):
    import pandas  # noqa: F401  a process of the gallery's own would do without it, this one is not

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = typed("--root", str(tmp_path), "--port", str(port))
    assert (refused.exit_code, "--port" in refused.stderr) == (Exit.USAGE, True)


def test_its_help_shows_an_example_of_itself():
    shown = typed("--help").stdout
    assert "Example: toile gallery --root demo-bucket" in " ".join(shown.split())


class _Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def asked(address: str) -> tuple[int, str, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Staying())
    try:
        with opener.open(address, timeout=30) as answer:
            return answer.status, answer.read().decode(), ""
    except urllib.error.HTTPError as answer:
        return answer.code, answer.read().decode(), answer.headers.get("Set-Cookie", "")


def test_a_gallery_shows_what_is_published_lets_its_owner_in_and_ends_in_order(tmp_path, state):
    from catalogs.storage.directory import DirectoryStorage

    publish_rows(DirectoryStorage(tmp_path / "bucket"), [a_design(0)])
    code = "import sys; from flows.cli import main; sys.argv[0] = 'toile'; main()"
    command = [sys.executable, "-c", code, "gallery", "--root", str(tmp_path / "bucket"), "--port", "0"]
    log = (tmp_path / "log").open("w")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
    gallery = subprocess.Popen(
        [*command, "--json", "--log"], stdout=subprocess.PIPE, stderr=log, text=True, env=environment
    )
    try:
        told = json.loads("".join(iter(gallery.stdout.readline, "}\n")) + "}")
        assert asked(told["address"])[0] == 200
        assert "Linen dress 0" in asked(told["address"])[1]
        status, _, cookie = asked(told["link"])
        assert (status, cookie.startswith("toile-session-")) == (303, True)
        assert asked(told["link"])[0] == 401
        another = json.loads(typed("link", "--json").stdout)["link"]
        assert asked(another)[0] == 303
        assert (state / "gallery" / "address").read_text().strip() == told["address"]
        gallery.send_signal(signal.SIGTERM)
        assert gallery.wait(30) == 0
        assert not (state / "gallery" / "address").exists()
        assert "key=" not in Path(log.name).read_text()
        assert "GET /signin/link 303" in Path(log.name).read_text()
    finally:
        gallery.kill()
        gallery.wait()
        gallery.stdout.close()
        log.close()
