"""Objects in an S3 bucket, at AWS or at any server that speaks the same protocol."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING

from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from catalogs.errors import KeyRefused, NotFound, StorageError, StorageMisconfigured, StorageUnavailable
from catalogs.storage.keys import MAX_KEY_BYTES, check_key, check_prefix
from catalogs.storage.protocol import ObjectStat, check_expiry, check_folder
from catalogs.storage.s3_errors import EXPIRED, translated
from catalogs.storage.s3_writing import put, put_if, put_in_parts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MIB = 1 << 20
_BAD_REQUEST = 400
# Reading credentials costs a tenth of a second, and those that expire are renewed by the hour.
CONNECT_AGAIN_AFTER_S = 5.0
_BROKEN_BODY = (IncompleteReadError, ReadTimeoutError, ResponseStreamingError)


class S3Storage:
    """The storage that is a bucket, or everything below a prefix of one.

    Args:
        connect: makes a client with retries, timeouts and checksum settings, safe in many threads, with the
            credentials of that moment: again where those of the last one have expired.
        bucket: its name.
        prefix: goes before every key; "" or a path without a slash at its ends.
        multipart_over_bytes: longer objects go up in parts of this size, several at once.
        body_tries: how often a download that broke half-way is begun again (the client's own retries end
            where the body begins).
        page_size: keys asked for at a time when listing.
    """

    def __init__(
        self,
        connect: Callable[[], S3Client],
        *,
        bucket: str,
        prefix: str = "",
        multipart_over_bytes: int = 16 * _MIB,
        multipart_threads: int = 4,
        body_tries: int = 4,
        page_size: int = 1000,
    ) -> None:
        self._connect = connect
        self._client = connect()
        self._connected_at = time.monotonic()
        self._lock = threading.Lock()
        self._bucket = bucket
        self._before = f"{check_key(prefix)}/" if prefix else ""
        self._multipart_over_bytes = multipart_over_bytes
        self._multipart_threads = multipart_threads
        self._body_tries = body_tries
        self._page_size = page_size
        self._bucket_seen = False

    @property
    def root(self) -> str:
        """``s3://bucket/prefix``."""
        return f"s3://{self._bucket}/{self._before}".rstrip("/")

    def read(self, key: str) -> bytes:
        """Return the whole object; see ``Storage.read``."""
        name = self._name(key)
        for tries_left in reversed(range(self._body_tries)):
            with self._translated("read", key):
                answer = self._client.get_object(Bucket=self._bucket, Key=name)
                self._bucket_seen = True
                try:
                    return answer["Body"].read()
                except _BROKEN_BODY:
                    if not tries_left:
                        raise
            time.sleep(0.1 * 2 ** (self._body_tries - tries_left - 1))
        raise AssertionError("the last try returns or raises")

    def write_atomic(
        self,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        if_absent: bool = False,
        if_match: str | None = None,
        durable: bool = True,  # noqa: ARG002 (what S3 has answered is)
    ) -> ObjectStat:
        """Write the whole object or nothing; see ``Storage.write_atomic``."""
        if if_absent and if_match is not None:
            raise ValueError("if_absent and if_match exclude each other")
        name = self._name(key)
        kind = content_type or "application/octet-stream"
        with self._translated("write", key):
            if if_absent or if_match is not None:
                written = put_if(self._client, self._bucket, name, data, kind, if_match=if_match)
            elif len(data) > self._multipart_over_bytes:
                written = put_in_parts(
                    self._client,
                    self._bucket,
                    name,
                    data,
                    kind,
                    part_bytes=self._multipart_over_bytes,
                    threads=self._multipart_threads,
                )
            else:
                written = put(self._client, self._bucket, name, data, kind)
        self._bucket_seen = True
        return ObjectStat(key, len(data), written.etag, written.at_utc)

    def sync(self, keys: Iterable[str]) -> None:
        """Do nothing: what S3 has answered is durable; see ``Storage.sync``."""

    def exists(self, key: str) -> bool:
        """Say whether an object is under ``key``."""
        try:
            self.stat(key)
        except NotFound:
            return False
        return True

    def stat(self, key: str) -> ObjectStat:
        """Return size, etag and time; see ``Storage.stat``."""
        name = self._name(key)
        try:
            with self._translated("look up", key):
                answer = self._client.head_object(Bucket=self._bucket, Key=name)
        except NotFound:
            self._check_bucket(key)
            raise
        except StorageError as error:
            if error.extras.get("status") != _BAD_REQUEST:
                raise
            self._ask_why(name, key)
            raise
        self._bucket_seen = True
        return ObjectStat(
            key, answer["ContentLength"], answer["ETag"], answer["LastModified"].astimezone(UTC)
        )

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Yield the objects whose key starts with ``prefix``; see ``Storage.list``.

        The pages are gathered and sorted before the first object is yielded (about 0.4 kB an object): some
        servers list folder by folder, ``a/b`` before ``a+b``, where S3 sorts the whole key.
        """
        name = self._before + check_prefix(prefix)
        found: list[ObjectStat] = []
        with self._translated("list", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=name, PaginationConfig={"PageSize": self._page_size}
            )
            for page in pages:
                self._bucket_seen = True
                for item in page.get("Contents", ()):
                    key = item["Key"][len(self._before) :]
                    if _is_ours(key):
                        modified_at_utc = item["LastModified"].astimezone(UTC)
                        found.append(ObjectStat(key, item["Size"], item["ETag"], modified_at_utc))
        found.sort(key=lambda item: item.key)
        return iter(found)

    def folders(self, prefix: str) -> Sequence[str]:
        """Return the names of the folders directly below ``prefix``; see ``Storage.folders``."""
        name = self._before + check_prefix(check_folder(prefix))
        found: set[str] = set()
        with self._translated("list", prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket,
                Prefix=name,
                Delimiter="/",
                PaginationConfig={"PageSize": self._page_size},
            )
            for page in pages:
                found.update(item["Prefix"][len(name) : -1] for item in page.get("CommonPrefixes", ()))
        return sorted(one for one in found if _is_ours(one))

    def move(self, key: str, to: str) -> None:
        """Put the object under another key, by the server's copy and a delete; see ``Storage.move``."""
        name, new = self._name(key), self._name(to)
        with self._translated("move", key):
            self._client.copy_object(
                Bucket=self._bucket, Key=new, CopySource={"Bucket": self._bucket, "Key": name}
            )
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def delete(self, key: str) -> None:
        """Remove the object; see ``Storage.delete``."""
        name = self._name(key)
        with self._translated("delete", key):
            self._client.delete_object(Bucket=self._bucket, Key=name)

    def presign(self, key: str, *, expires_s: int) -> str:
        """Return a signed URL, with which anybody can read the object; see ``Storage.presign``."""
        check_expiry(expires_s)
        name = self._name(key)
        with self._translated("sign a URL for", key):
            return self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self._bucket, "Key": name}, ExpiresIn=expires_s
            )

    def reap(self, *, older_than_s: float) -> int:
        """Abort multipart uploads that nobody finished, whose parts cost space; see ``Storage.reap``."""
        aborted = 0
        oldest = time.time() - older_than_s
        with self._translated("tidy", ""):
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._bucket, Prefix=self._before
            )
            for page in pages:
                for upload in page.get("Uploads", ()):
                    if upload["Initiated"].timestamp() <= oldest:
                        self._client.abort_multipart_upload(
                            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                        )
                        aborted += 1
        return aborted

    @contextmanager
    def _translated(self, doing: str, key: str) -> Iterator[None]:
        try:
            with translated(doing, key, self.root):
                yield
        except StorageUnavailable as error:
            if error.extras.get("server_code") in EXPIRED:
                self._take_new_credentials()
            raise

    def _take_new_credentials(self) -> None:
        """Connect with the credentials of now; of many threads one does, and not all the time."""
        with self._lock:
            if time.monotonic() - self._connected_at >= CONNECT_AGAIN_AFTER_S:
                self._client, self._connected_at = self._connect(), time.monotonic()

    def _ask_why(self, name: str, key: str) -> None:
        """Raise what a HEAD request, whose answer has no body, was refused for."""
        with self._translated("look up", key):
            self._client.get_object(Bucket=self._bucket, Key=name, Range="bytes=0-0")

    def _check_bucket(self, key: str) -> None:
        """Tell a missing bucket from a missing object, which look the same to a HEAD request; asks once."""
        if self._bucket_seen:
            return
        try:
            with self._translated("look up", key):
                self._client.head_bucket(Bucket=self._bucket)
        except NotFound as error:
            raise StorageMisconfigured(
                f"there is no bucket {self._bucket!r}; create it or correct the root {self.root}", key=key
            ) from error
        self._bucket_seen = True

    def _name(self, key: str) -> str:
        name = self._before + check_key(key)
        if (size := len(name.encode())) > MAX_KEY_BYTES:
            raise KeyRefused(
                f"{key!r} below {self.root} has {size} bytes, S3 keeps at most {MAX_KEY_BYTES}; "
                "use a shorter name or prefix",
                key=key,
            )
        return name


def _is_ours(key: str) -> bool:
    try:
        check_key(key)
    except KeyRefused:  # a folder marker ("a/") or a name put there by others that we could not read
        return False
    return True
