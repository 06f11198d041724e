"""Keys, passwords and signatures appear nowhere, whatever fails, also with --debug."""

from __future__ import annotations

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.cli.checks.finding import guarded
from flows.cli.checks.settings import prefect_api
from flows.cli.checks.storage import catalogs, storage
from flows.cli.exits import Exit
from flows.cli.masking import masked
from flows.equipment import Equipment, equipped

SECRET = "Zm9yYmlkZGVuLWZhYnJpYw"
# A server that answers nobody.
NOBODY = "127.0.0.1:9"


@pytest.fixture
def secretive(monkeypatch, tmp_path, s3_credentials):
    """A machine with one unmistakable secret for everything, and a folder to work in."""
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, SECRET)
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"):
        monkeypatch.setenv(name, f"toile:{SECRET}")
    address = f"postgresql+asyncpg://prefect:{SECRET}@127.0.0.1/prefect"
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", address)
    monkeypatch.chdir(tmp_path)
    with equipped(Equipment()):
        yield tmp_path


def storage_file(folder, root="s3://toile-tests/house", endpoint=f"http://{NOBODY}"):
    text = f"root: {root}\nendpoint_url: {endpoint}\nregion: us-east-1\nmax_attempts: 1\n"
    (folder / "storage.yaml").write_text(text)


def test_refused_keys_are_not_repeated(toile, secretive, s3_server):
    storage_file(secretive, endpoint=s3_server.endpoint_url)
    for words in (("status", "demo"), ("run", "demo"), ("show", "3f9c"), ("verify",), ("catalog", "check")):
        answer = toile("--debug", *words, "--json")
        assert answer.code == Exit.STORAGE, answer.err
        assert "Traceback" in answer.err
        assert SECRET not in answer.out + answer.err


@pytest.mark.parametrize(
    ("root", "endpoint"),
    [
        (f"s3://key:{SECRET}@bucket/house", f"http://{NOBODY}"),
        (f"s3://bucket/house?X-Amz-Signature={SECRET}", f"http://{NOBODY}"),
        (f"https://user:{SECRET}@bucket.example/house", f"http://{NOBODY}"),
        ("s3://bucket/house", f"http://user:{SECRET}@{NOBODY}"),
        ("s3://bucket/house", f"http://{NOBODY}/?X-Amz-Signature={SECRET}"),
    ],
)
def test_addresses_with_secrets_are_refused_and_not_repeated(toile, secretive, root, endpoint):
    storage_file(secretive, root, endpoint)
    for words in (("plan", "demo"), ("gc",), ("up", "--state", str(secretive / "state"), "--port", "0")):
        answer = toile("--debug", *words, "--json")
        assert answer.code == Exit.USAGE, answer.err
        assert SECRET not in answer.out + answer.err
    assert toile("status", "demo", "--root", root).code == Exit.USAGE
    assert SECRET not in toile("--debug", "status", "demo", "--root", root).err
    assert not [path for path in secretive.rglob("*.json") if SECRET in path.read_text()]


def test_the_doctor_shows_no_password_of_an_address(secretive, monkeypatch):
    storage_file(secretive)
    monkeypatch.setenv("PREFECT_HOME", str(secretive / "prefect"))
    with temporary_settings({PREFECT_API_URL: f"http://toile:{SECRET}@{NOBODY}/api"}):
        checks = [("api", prefect_api), ("storage", lambda: storage("")), ("catalogs", lambda: catalogs(""))]
        findings = [one for name, check in checks for one in guarded(name, check)()]
    assert [one.state for one in findings].count("problem") >= 2
    assert SECRET not in repr(findings)


def test_a_server_that_does_not_answer_is_named_without_its_password(toile, secretive, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", f"http://toile:{SECRET}@{NOBODY}/api")
    answer = toile("--debug", "deploy", "--json")
    assert answer.code == Exit.FAILED
    assert f"http://***@{NOBODY}/api" in answer.out
    assert SECRET not in answer.out + answer.err


def test_what_is_masked_is_the_secret_and_nothing_else():
    assert masked("at http://user:pw@host:4200/api, say") == "at http://***@host:4200/api, say"
    assert (
        masked("GET /x?X-Amz-Signature=ab12&X-Amz-Expires=60")
        == "GET /x?X-Amz-Signature=***&X-Amz-Expires=***"
    )
    assert masked("s3://bucket/prefix and mail@example.com") == "s3://bucket/prefix and mail@example.com"
