"""From a storage config to an open storage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from catalogs.errors import StorageMisconfigured
from catalogs.storage.directory import DirectoryStorage
from catalogs.storage.protocol import Storage
from configs.storage import StorageConfig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from catalogs.storage.s3 import S3Storage

_S3 = "s3://"


def open_storage(config: StorageConfig) -> Storage:
    """Return the storage at ``config.root``: ``s3://bucket/prefix`` or a folder (``~`` is the user's home).

    Nothing is asked of the storage yet: a missing folder is made by the first write, a missing bucket is an
    error of the first call. S3 credentials come from the environment or the AWS chain alone.

    Raises:
        StorageMisconfigured: no usable region or endpoint.
        StorageDenied: the environment names a profile or a credential source that is not there.
        KeyRefused: the prefix cannot be the beginning of a key.
    """
    found = bucket_and_prefix(config.root)
    return DirectoryStorage(Path(config.root).expanduser()) if found is None else _open_s3(config, *found)


def bucket_and_prefix(root: str) -> tuple[str, str] | None:
    """Return the bucket of ``s3://bucket/prefix`` and the prefix ("" for none); None for a directory."""
    if not root.startswith(_S3):
        return None
    bucket, _, prefix = root.removeprefix(_S3).partition("/")
    return bucket, prefix.rstrip("/")


def _open_s3(config: StorageConfig, bucket: str, prefix: str) -> S3Storage:
    # not at the top: the client takes a third of a second to import, for which a directory need not wait
    import boto3
    from botocore.config import Config

    from catalogs.storage.s3 import S3Storage
    from catalogs.storage.s3_errors import translated

    style = config.addressing_style
    if config.endpoint_url and style == "auto":  # bucket.host needs a wildcard name, which few servers have
        style = "path"
    settings = Config(
        signature_version="s3v4",
        retries={"mode": "adaptive", "total_max_attempts": config.max_attempts},
        connect_timeout=config.connect_timeout_s,
        read_timeout=config.read_timeout_s,
        max_pool_connections=config.pool_size,
        s3={"addressing_style": style},
    )
    if config.endpoint_url:  # many servers refuse the checksums that the client sends to Amazon by default
        settings = settings.merge(
            Config(request_checksum_calculation="when_required", response_checksum_validation="when_required")
        )

    def connect() -> S3Client:
        with translated("open", "", config.root):
            try:
                session = boto3.session.Session()
                return session.client(
                    "s3",
                    region_name=config.region or session.region_name or "us-east-1",
                    endpoint_url=config.endpoint_url,
                    config=settings,
                )
            except ValueError as error:  # the client's own word for an endpoint that is no address
                raise StorageMisconfigured(
                    f"cannot open {config.root}: {config.endpoint_url!r} is no endpoint; "
                    "write https://host:port"
                ) from error

    return S3Storage(connect, bucket=bucket, prefix=prefix, body_tries=config.max_attempts)
