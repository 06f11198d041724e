"""What the answers and the silences of an S3 server mean for an object."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # botocore's own
    CredentialRetrievalError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    SSOError,
    TokenRetrievalError,
)

from catalogs.errors import (
    NotFound,
    PreconditionFailed,
    StorageDenied,
    StorageError,
    StorageFull,
    StorageMisconfigured,
    StorageUnavailable,
)

_CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or run where a role is attached"
)
_DENIED = {
    "InvalidAccessKeyId": "the server does not know the access key; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret does not fit the access key; check AWS_SECRET_ACCESS_KEY",
    "InvalidToken": "the session token is not valid; sign in again",
    "RequestTimeTooSkewed": "this machine's clock is wrong; set it",
}
_FULL = {
    "InsufficientStorage",
    "QuotaExceeded",
    "XMinioStorageFull",
    "XMinioAdminBucketQuotaExceeded",
}
_MISCONFIGURED = {
    "NoSuchBucket": "there is no such bucket; create it or correct the root",
    "InvalidBucketName": "a bucket cannot have this name; correct the root",
    "PermanentRedirect": "the bucket is in another region; set region to it",
    "AuthorizationHeaderMalformed": "the request was signed for another region; set region to the bucket's",
    "IllegalLocationConstraintException": "the bucket is in another region; set region to it",
    "InvalidRegion": "the server does not know the region; correct it",
}
# Whoever gave the session may renew it at any moment: worth waiting for, with credentials that are read anew.
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"}
_TRANSIENT = {"RequestTimeout", "SlowDown", "Throttling", "TooManyRequests", "ConditionalRequestConflict"}
_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


@contextmanager
def translated(doing: str, key: str, root: str) -> Iterator[None]:
    """Raise every error of the client in the block as the ``StorageError`` that it means.

    Messages hold the server's error code and status, never its text or the request: those may carry
    signatures.

    Args:
        doing: the verb of the sentence, as in "cannot read 'a.png'".
        key: the object, or a prefix.
        root: named in the message, so that the reader knows which bucket.
    """
    what = f"cannot {doing} {key!r} in {root}"
    try:
        yield
    except ClientError as error:
        raise _answered(error, what, key) from error
    except _NO_CREDENTIALS as error:
        raise StorageDenied(f"{what}: no usable credentials were found; {_CREDENTIALS}", key=key) from error
    except SSLError as error:
        raise StorageUnavailable(
            f"{what}: no trusted TLS connection; check the endpoint's certificate and AWS_CA_BUNDLE", key=key
        ) from error
    except (ConnectionError, HTTPClientError) as error:
        raise StorageUnavailable(
            f"{what}: the server does not answer ({type(error).__name__}), also after the client's own "
            "retries; check the network and the endpoint, then run again",
            key=key,
        ) from error
    except (NoRegionError, InvalidRegionError) as error:
        raise StorageMisconfigured(f"{what}: no usable region; set region or AWS_REGION", key=key) from error
    except ParamValidationError as error:
        raise StorageMisconfigured(f"{what}: the client refuses it; correct the root", key=key) from error
    except BotoCoreError as error:
        raise StorageUnavailable(
            f"{what}: the connection broke ({type(error).__name__}); run again", key=key
        ) from error


def _answered(error: ClientError, what: str, key: str) -> StorageError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    answer = error.response.get("ResponseMetadata", {})
    status = int(answer.get("HTTPStatusCode", 0))
    said = f"{what}: the server said {status}" + (f" {code}" if code != str(status) else "")
    extras: dict[str, Any] = {"key": key, "status": status, "server_code": code}
    if code in EXPIRED:
        return StorageUnavailable(
            f"{said}: the session has expired; sign in again, and the new credentials are taken up", **extras
        )
    if code in _FULL or status == 507:
        return StorageFull(f"{said}: no space or quota is left; free some or ask for more", **extras)
    if code in _MISCONFIGURED or status == 301:
        remedy = _MISCONFIGURED.get(code, _MISCONFIGURED["PermanentRedirect"])
        region = answer.get("HTTPHeaders", {}).get("x-amz-bucket-region")
        return StorageMisconfigured(f"{said}: {remedy}" + (f" ({region})" if region else ""), **extras)
    if code in _DENIED or status in (401, 403):
        remedy = _DENIED.get(code, "these credentials may not do this; grant it in the bucket's policy")
        return StorageDenied(f"{said}: {remedy}", **extras)
    if status == 412:
        return PreconditionFailed(f"{said}: somebody else wrote it first; read it again", **extras)
    if code in _TRANSIENT or status >= 500 or status in (408, 429):
        return StorageUnavailable(f"{said}: it is overloaded or broken for now; run again", **extras)
    if status == 404:
        return NotFound(f"{what}: nothing is there; check the name", **extras)
    return StorageError(f"{said}; check the root and the endpoint", **extras)
