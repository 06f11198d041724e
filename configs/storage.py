"""Where the objects of a catalog lie: a directory or an S3 bucket; credentials are never written here."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from configs.fields import Broken, Number, Part, Whole, at

Location = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SigningPart(Part):
    """The ``signing:`` block: every design gets a C2PA manifest, signed with the house's key.

    Only paths stand here; the key itself lies where only the program may read it.
    """

    certificate: Location = Field(
        description="PEM file: the signing certificate, then those of its issuers; relative to this file."
    )
    private_key: Location = Field(description="PEM file (PKCS #8) with the certificate's key; likewise.")
    algorithm: Literal["es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519"] = Field(
        "es256", description="What kind of key it is; es256 is ECDSA on P-256."
    )
    timestamp_url: Location | None = Field(
        None, description="A time-stamp service (RFC 3161), asked once a design; empty: nobody is asked."
    )


class StorageConfig(Part):
    """One root under which everything lies.

    Access keys come from the environment or from boto3's own chain (``AWS_ACCESS_KEY_ID``, profiles, roles).
    """

    root: Location = Field(
        description="s3://bucket/prefix, or a directory; TOILE_ROOT and --root override it."
    )
    endpoint_url: Location | None = Field(
        None, description="http(s)://host:port of an S3 server other than Amazon's."
    )
    region: Location | None = Field(
        None, description="The bucket's region; boto3's own chain where left out."
    )
    addressing_style: Literal["auto", "path", "virtual"] = Field(
        "auto", description="path: what most servers other than Amazon's want; auto: boto3 decides."
    )
    connect_timeout_s: Number = Field(10.0, gt=0, le=300, description="Longest wait for a connection.")
    read_timeout_s: Number = Field(60.0, gt=0, le=3600, description="Longest wait for the next bytes.")
    max_attempts: Whole = Field(
        8, ge=1, le=50, description="Tries per request, with growing pauses in between."
    )
    pool_size: Whole = Field(32, ge=1, le=1024, description="Connections kept; at least one per I/O thread.")

    signing: SigningPart | None = Field(
        None, description="Key for signed content credentials (C2PA) in every design; null: none."
    )

    @classmethod
    def broken_rules(cls, raw: object) -> Iterator[Broken]:
        """Yield what is wrong with the addresses; they never carry a secret, and no message repeats one."""
        root, endpoint = at(raw, "root"), at(raw, "endpoint_url")
        if isinstance(root, str) and root.strip() != root:
            yield Broken(("root",), "begins or ends with a space", got=root)
        if isinstance(root, str) and "://" in root:
            yield from _root_address(root)
        if isinstance(endpoint, str):
            yield from _endpoint_address(endpoint)


def _root_address(root: str) -> Iterator[Broken]:
    scheme, _, rest = root.partition("://")
    if scheme == "file":
        return
    if scheme != "s3":
        yield Broken(
            ("root",),
            f"begins with {scheme[:20] + '://'!r}; write s3://bucket/prefix or a directory",
        )
    elif "@" in rest.split("/")[0]:
        yield Broken(
            ("root",), "carries credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead"
        )
    elif "x-amz-" in rest.lower():
        yield Broken(("root",), "is a signed address, which opens one object; it is s3://bucket/prefix")
    elif not rest.split("/")[0]:
        yield Broken(("root",), "names no bucket; it is s3://bucket/prefix", got=root)


def _endpoint_address(endpoint: str) -> Iterator[Broken]:
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield Broken(("endpoint_url",), "is no URL; it is http://host:port or https://host")
        return
    if "@" in parts.netloc:
        yield Broken(
            ("endpoint_url",),
            "carries credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead",
        )
    elif parts.scheme not in ("http", "https") or not host:
        yield Broken(("endpoint_url",), "must be http://host:port or https://host", got=endpoint)
    elif parts.path not in ("", "/") or parts.query or parts.fragment:
        yield Broken(("endpoint_url",), "names a server only; bucket and prefix go into root")
