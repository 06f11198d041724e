import subprocess
import sys
from pathlib import Path

import pytest

from catalogs.errors import KeyRefused
from catalogs.storage import open_storage
from catalogs.storage.directory import DirectoryStorage
from catalogs.storage.s3 import S3Storage
from configs.storage import StorageConfig


def settings_of(storage):
    return storage._client.meta.config


def test_a_path_opens_a_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for root, wanted in (("bucket", tmp_path / "bucket"), ("~/bucket", tmp_path / "home" / "bucket")):
        storage = open_storage(StorageConfig(root=root))
        assert isinstance(storage, DirectoryStorage)
        assert Path(storage.root) == wanted
        assert not wanted.exists()


@pytest.mark.parametrize("root", ["s3://bucket", "s3://bucket/", "s3://bucket/some/prefix", "s3://bucket/p/"])
def test_an_s3_root_opens_a_bucket_below_its_prefix(root, s3_credentials):
    storage = open_storage(StorageConfig(root=root))
    assert isinstance(storage, S3Storage)
    assert storage.root == root.rstrip("/")


@pytest.mark.parametrize("root", ["s3://bucket//x", "s3://bucket/../x", "s3://bucket/a\\b"])
def test_a_prefix_that_no_key_can_begin_with_is_refused(root, s3_credentials):
    with pytest.raises(KeyRefused):
        open_storage(StorageConfig(root=root))


def test_the_config_reaches_the_client(s3_credentials):
    config = StorageConfig(
        root="s3://bucket",
        endpoint_url="http://127.0.0.1:1",
        region="eu-central-1",
        connect_timeout_s=3,
        read_timeout_s=4,
        max_attempts=5,
        pool_size=6,
    )
    settings = settings_of(open_storage(config))
    assert settings.region_name == "eu-central-1"
    assert (settings.connect_timeout, settings.read_timeout, settings.max_pool_connections) == (3, 4, 6)
    assert settings.retries == {"mode": "adaptive", "total_max_attempts": 5}
    assert settings.s3["addressing_style"] == "path"
    assert settings.request_checksum_calculation == "when_required"
    assert settings.response_checksum_validation == "when_required"


def test_amazon_gets_its_checksums_and_its_own_way_of_addressing(s3_credentials):
    settings = settings_of(open_storage(StorageConfig(root="s3://bucket")))
    assert settings.request_checksum_calculation == "when_supported"
    assert settings.s3["addressing_style"] == "auto"


def test_a_directory_needs_no_s3_client():
    probe = (
        "import sys; from catalogs.storage import open_storage; from configs.storage import StorageConfig; "
        "open_storage(StorageConfig(root='x')); print('boto3' in sys.modules, 'botocore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "False"], done.stderr
