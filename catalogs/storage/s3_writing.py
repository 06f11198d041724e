"""The three ways in which an object goes up to S3: at once, on a condition, in parts."""

from __future__ import annotations

import math
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from catalogs.errors import PreconditionFailed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

_SMALLEST_PART_BYTES = 5 << 20
_MOST_PARTS = 10_000
_WRITE_MARK = "toile-write"


@dataclass(frozen=True, slots=True)
class Written:
    """What the server said about an object that it has just taken: its etag and its own time."""

    etag: str
    at_utc: datetime


def put(client: S3Client, bucket: str, name: str, data: bytes, content_type: str) -> Written:
    """Write an object in one request."""
    answer = client.put_object(Bucket=bucket, Key=name, Body=data, ContentType=content_type)
    return _as_written(answer)


def put_if(
    client: S3Client, bucket: str, name: str, data: bytes, content_type: str, *, if_match: str | None
) -> Written:
    """Write an object if nothing is there, or over the one with the etag ``if_match``.

    In one request at any size: completing parts on a condition is not atomic on every server (SeaweedFS 4.48
    let two writers win in 5 of 10 races).

    The object carries a mark of this very write. If an answer was lost and the client asked again, the
    second request finds the condition broken by the first one: the mark tells that it was ours.

    Raises:
        PreconditionFailed: somebody else wrote first.
    """
    mark = secrets.token_hex(16)
    condition: dict[str, Any] = {"IfNoneMatch": "*"} if if_match is None else {"IfMatch": if_match}
    try:
        answer = client.put_object(
            Bucket=bucket,
            Key=name,
            Body=data,
            ContentType=content_type,
            Metadata={_WRITE_MARK: mark},
            **condition,
        )
    except ClientError as error:
        if not _broke_condition(error):
            raise
        if error.response["ResponseMetadata"].get("RetryAttempts", 0):
            ours = _find_marked(client, bucket, name, mark)
            if ours is not None:
                return ours
        what = "is there already" if if_match is None else "was changed or removed"
        raise PreconditionFailed(
            f"{name!r} in s3://{bucket} {what}: somebody else wrote it first; read it again before writing",
            key=name,
        ) from error
    return _as_written(answer)


def put_in_parts(
    client: S3Client,
    bucket: str,
    name: str,
    data: bytes,
    content_type: str,
    *,
    part_bytes: int,
    threads: int,
) -> Written:
    """Write an object in parts, several at once; it is there when the last request returns, not before."""
    part_bytes = max(part_bytes, _SMALLEST_PART_BYTES, math.ceil(len(data) / _MOST_PARTS))
    upload_id = client.create_multipart_upload(Bucket=bucket, Key=name, ContentType=content_type)["UploadId"]

    def put_part(number: int) -> CompletedPartTypeDef:
        body = data[(number - 1) * part_bytes : number * part_bytes]
        answer = client.upload_part(Bucket=bucket, Key=name, UploadId=upload_id, PartNumber=number, Body=body)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    try:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(put_part, range(1, math.ceil(len(data) / part_bytes) + 1)))
        answer = client.complete_multipart_upload(
            Bucket=bucket, Key=name, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
    except BaseException as error:
        try:
            client.abort_multipart_upload(Bucket=bucket, Key=name, UploadId=upload_id)
        except (ClientError, BotoCoreError) as second:
            error.add_note(f"the parts already sent stay until they are reaped ({type(second).__name__})")
        raise
    return _as_written(answer)


def _broke_condition(error: ClientError) -> bool:
    """Say whether the write was refused for its condition; 404 is AWS's word for a match with nothing."""
    if error.response["Error"]["Code"] == "NoSuchBucket":
        return False
    return error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 412)


def _find_marked(client: S3Client, bucket: str, name: str, mark: str) -> Written | None:
    try:
        answer = client.head_object(Bucket=bucket, Key=name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    if answer["Metadata"].get(_WRITE_MARK) != mark:
        return None
    return Written(answer["ETag"], answer["LastModified"].astimezone(UTC))


def _as_written(answer: Any) -> Written:
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return Written(answer["ETag"], parsedate_to_datetime(date).astimezone(UTC) if date else datetime.now(UTC))
