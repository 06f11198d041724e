"""What somebody types who hands out keys: the policies, and the files of compose.yaml."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from catalogs.access import ROLES, policy
from configs.loading import load_storage
from flows.cli.exits import Exit
from flows.stack.services.store import BUCKET


def test_a_policy_is_printed_for_the_bucket_that_is_named(toile):
    answer = toile("policy", "gallery", "--root", "s3://my-bucket/house/one")
    assert answer.json == policy(ROLES["gallery"], "my-bucket", "house/one")


def test_a_directory_has_no_policy_and_a_pattern_is_no_prefix(toile, tmp_path):
    assert "is a directory" in toile("policy", "worker", "--root", str(tmp_path)).err
    refused = toile("policy", "worker", "--root", "s3://my-bucket/*")
    assert refused.code == Exit.USAGE
    assert "pattern" in refused.err


def test_secrets_are_drawn_once_for_one_pair_of_eyes_and_shown_to_nobody(toile, tmp_path):
    folder = tmp_path / "secrets"
    answer = toile("secrets", str(folder))
    assert answer.code == 0
    assert folder.stat().st_mode & 0o777 == 0o700
    texts = {path.name: path.read_text() for path in folder.iterdir()}
    # a container's user is none of this machine's: the files are readable, the folder is shut
    assert all((folder / name).stat().st_mode & 0o777 == 0o444 for name in texts)

    password = texts["database-password"]
    server = tomllib.loads(texts["prefect-server.toml"])["profiles"]["house"]
    assert server["PREFECT_SERVER_DATABASE_CONNECTION_URL"] == (
        f"postgresql+asyncpg://prefect:{password}@database:5432/prefect"
    )
    client = tomllib.loads(texts["prefect-client.toml"])["profiles"]["house"]
    assert client == {"PREFECT_API_AUTH_STRING": server["PREFECT_SERVER_API_AUTH_STRING"]}
    users = {one["name"]: one["credentials"][0] for one in json.loads(texts["store.json"])["identities"]}
    assert set(users) == set(ROLES)
    for name, keys in users.items():
        assert f"aws_access_key_id = {keys['accessKey']}\n" in texts[f"{name}.aws"]
        assert f"aws_secret_access_key = {keys['secretKey']}\n" in texts[f"{name}.aws"]
    drawn = [password, client["PREFECT_API_AUTH_STRING"], *(keys["secretKey"] for keys in users.values())]
    assert len(set(drawn)) == len(drawn)
    assert not [secret for secret in drawn if secret in answer.out + answer.err]
    assert load_storage(str(folder / "storage.yaml")).root == f"s3://{BUCKET}"


def test_secrets_are_never_drawn_over_others(toile, tmp_path):
    folder = tmp_path / "secrets"
    toile("secrets", str(folder))
    before = (folder / "worker.aws").read_text()
    again = toile("secrets", str(folder))
    assert again.code == Exit.USAGE
    assert (folder / "worker.aws").read_text() == before


def test_the_folder_of_secrets_reaches_neither_git_nor_an_image():
    repository = Path(__file__).parents[3]
    assert "/secrets/" in (repository / ".gitignore").read_text().splitlines()
    let_in = (repository / ".dockerignore").read_text().splitlines()
    assert let_in[1] == "*"
    assert "!secrets" not in let_in
