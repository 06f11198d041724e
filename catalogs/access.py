"""Who may do what under which prefix of a bucket, as a policy in the language of S3.

The roles hold no more than their work asks for: whoever paints cannot delete a design, whoever looks cannot
write one, and nobody but the people of the catalogs touches garments and textiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalogs.kinds import KINDS
from catalogs.layout import (
    BATCHES_PREFIX,
    CACHE_PREFIX,
    CLAIMS_PREFIX,
    DAMAGED_PREFIX,
    DESIGNS_PREFIX,
    DOCTOR_PREFIX,
    LATEST_KEY,
    MANIFESTS_PREFIX,
    MODELS_PREFIX,
    NOTICES_PREFIX,
    QUARANTINE_PREFIX,
    REPORTS_PREFIX,
    REQUESTS_PREFIX,
    SHORTLISTS_PREFIX,
    THUMBS_PREFIX,
    TILE_CLAIMS_PREFIX,
    TILES_PREFIX,
    TRASH_PREFIX,
)

_CATALOGS = tuple(f"{kind}/" for kind in KINDS)
_PAINTED = (DESIGNS_PREFIX, THUMBS_PREFIX, TILES_PREFIX)
_WRITTEN_DOWN = (
    *(BATCHES_PREFIX, CLAIMS_PREFIX, MANIFESTS_PREFIX, REPORTS_PREFIX, NOTICES_PREFIX),
    LATEST_KEY,
)
_CHOSEN = (SHORTLISTS_PREFIX, REQUESTS_PREFIX)
_OWN = (QUARANTINE_PREFIX, CACHE_PREFIX, DOCTOR_PREFIX)
_PUT_ASIDE = (TRASH_PREFIX, DAMAGED_PREFIX)


@dataclass(frozen=True)
class Role:
    """What one kind of program or person does in a bucket.

    Attributes:
        name: one word.
        does: what for, in a sentence.
        reads, writes, deletes: prefixes, whole keys, or patterns with ``*``, below the root.
    """

    name: str
    does: str
    reads: tuple[str, ...]
    writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()


ROLES = {
    role.name: role
    for role in (
        Role(
            "worker",
            "plans, paints and publishes, and asks for what a form says; takes back its own leases and notes",
            reads=(*_CATALOGS, *_PAINTED, *_WRITTEN_DOWN, *_CHOSEN, *_OWN, MODELS_PREFIX),
            writes=(*_PAINTED, *_WRITTEN_DOWN, *_OWN, REQUESTS_PREFIX),
            deletes=(
                CLAIMS_PREFIX,
                NOTICES_PREFIX,
                f"{BATCHES_PREFIX}*/crashes/",
                f"{REPORTS_PREFIX}*/colorways.png",
                f"{REQUESTS_PREFIX}*/taken.json",
                TILE_CLAIMS_PREFIX,
                QUARANTINE_PREFIX,
                DOCTOR_PREFIX,
            ),
        ),
        Role(
            "trainer",
            "trains networks with the catalogs' images and with designs; takes back its own checkpoints",
            reads=(*_CATALOGS, *_PAINTED, *_WRITTEN_DOWN, CACHE_PREFIX, MODELS_PREFIX),
            writes=(MODELS_PREFIX, CACHE_PREFIX),
            # a network that was trained goes by the hand of somebody who holds the bucket
            deletes=(f"{MODELS_PREFIX}*/training/",),
        ),
        Role(
            "gallery",
            "shows what was published and what it was made of, and takes down what people choose and ask for",
            reads=(*_CATALOGS, *_PAINTED[:2], MANIFESTS_PREFIX, REPORTS_PREFIX, LATEST_KEY, *_CHOSEN),
            writes=_CHOSEN,
            # of a list that is packed into one object; what people put beside the lists themselves stays
            deletes=(f"{SHORTLISTS_PREFIX}*/*",),
        ),
        Role(
            "housekeeping",
            "verifies, mends and tidies; never touches catalogs, nor what people chose",
            reads=(
                *_CATALOGS,
                *_PAINTED,
                *_WRITTEN_DOWN,
                *_CHOSEN,
                *_PUT_ASIDE,
                QUARANTINE_PREFIX,
                CACHE_PREFIX,
            ),
            writes=(*_PAINTED, *_WRITTEN_DOWN, *_PUT_ASIDE, QUARANTINE_PREFIX),
            deletes=(
                *_PAINTED,
                BATCHES_PREFIX,
                CLAIMS_PREFIX,
                MANIFESTS_PREFIX,
                NOTICES_PREFIX,
                REPORTS_PREFIX,
                f"{REQUESTS_PREFIX}*/taken.json",
                *_PUT_ASIDE,
                QUARANTINE_PREFIX,
            ),
        ),
        Role(
            "catalogs",
            "for people: brings garments and textiles and takes them away, and reads what became of them",
            reads=(*_CATALOGS, *_PAINTED, *_WRITTEN_DOWN, *_CHOSEN, CACHE_PREFIX, MODELS_PREFIX),
            writes=(*_CATALOGS, CACHE_PREFIX),
            deletes=_CATALOGS,
        ),
    )
}


def policy(role: Role, bucket: str, prefix: str = "") -> dict[str, Any]:
    """Return a role's policy, for a user or an access key to be attached to.

    Names may be listed in the whole bucket. Whoever may not list is told "forbidden" by S3 where an object is
    absent, and a condition on ``s3:prefix`` would do the same, as that question has no prefix; Toile has to
    tell the two apart. What lies under other prefixes can be neither read nor written.

    Args:
        role: one of ``ROLES``.
        bucket: its name.
        prefix: of the root in it, without slashes at its ends; "" for none.
    """
    house = f"arn:aws:s3:::{bucket}"
    above = f"{house}/{prefix}/" if prefix else f"{house}/"

    def allowed(sid: str, actions: list[str], keys: tuple[str, ...]) -> dict[str, Any]:
        where = [f"{above}{key}*" if key.endswith("/") else f"{above}{key}" for key in keys]
        return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": where}

    on_bucket = ["s3:ListBucket", "s3:GetBucketLocation"]
    if role.writes:
        on_bucket.append("s3:ListBucketMultipartUploads")
    statements = [
        {"Sid": "Names", "Effect": "Allow", "Action": on_bucket, "Resource": [house]},
        allowed("Read", ["s3:GetObject"], role.reads),
    ]
    if role.writes:
        # an upload in parts that broke off is taken back
        statements.append(allowed("Write", ["s3:PutObject", "s3:AbortMultipartUpload"], role.writes))
    if role.deletes:
        statements.append(allowed("Delete", ["s3:DeleteObject"], role.deletes))
    return {"Version": "2012-10-17", "Statement": statements}
