"""What can be wrong between a bucket and its manifests, in words and counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from catalogs.keeping.references import Ids
from catalogs.layout import manifest_key

# Ids or keys that are told of a flaw.
EXAMPLES = 5
# What a flaw is called, and whether anything has to be mended for it.
MEND = {
    "image_missing": True,
    "image_altered": True,
    "thumb_missing": True,
    "thumb_altered": True,
    "manifest_unreadable": True,
    "manifest_incomplete": True,
    "manifest_missing": True,
    "summary_wrong": True,
    "latest_wrong": True,
    "plan_unreadable": True,
    "orphans": False,
    "requests_unreadable": False,
    "requests_in_vain": False,
}


@dataclass(frozen=True)
class Flaw:
    """Something that is not as it should be.

    Attributes:
        kind: one of ``MEND``.
        batch_id: the batch, "" for the whole bucket.
        objects: how many designs, files or rows.
        says: a sentence.
        examples: the first few ids or keys.
    """

    kind: str
    batch_id: str
    objects: int
    says: str
    examples: tuple[str, ...] = ()

    @property
    def to_mend(self) -> bool:
        """Whether it is a fault; orphans only cost space, and who takes requests up refuses broken ones."""
        return MEND[self.kind]


@dataclass
class ManifestCheck:
    """One manifest, held against its plan and its pictures.

    Attributes:
        batch_id: its batch.
        key: where it lies.
        etag: of the version that was read.
        sha256: of its bytes.
        rows: how many it has; 0 where it cannot be read.
        counts: rows by status.
        wrong: design ids by kind of flaw, of pictures.
        broken: why it cannot be used, by kind; empty: it can.
    """

    batch_id: str
    key: str
    etag: str
    sha256: str = ""
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, Ids] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def is_published(self) -> bool:
        """Whether galleries may see it."""
        return self.key == manifest_key(self.batch_id)


@dataclass
class Verified:
    """What a look through the bucket found.

    Attributes:
        deep: every byte was read, not only names and sizes.
        designs: rows that say ok, summed over all manifests.
        checks: one for each manifest.
        others: flaws of no single manifest.
    """

    deep: bool
    designs: int = 0
    checks: list[ManifestCheck] = field(default_factory=list)
    others: list[Flaw] = field(default_factory=list)

    @property
    def flaws(self) -> list[Flaw]:
        """All flaws, those of manifests first."""
        return [*(flaw for check in self.checks for flaw in _flaws(check)), *self.others]

    @property
    def sound(self) -> bool:
        """Whether there is nothing to mend."""
        return not any(flaw.to_mend for flaw in self.flaws)


def _flaws(check: ManifestCheck) -> Iterator[Flaw]:
    for kind, says in check.broken.items():
        yield Flaw(kind, check.batch_id, 1, f"{check.key}: {says}" if "incomplete" in kind else says)
    for kind, ids in check.wrong.items():
        examples = tuple(name.decode() for name in ids[:EXAMPLES].tolist())
        yield Flaw(kind, check.batch_id, len(ids), f"{check.key}: {_SAYS[kind]}", examples)


_SAYS = {
    "image_missing": "rows say ok, and there is no image",
    "image_altered": "the images are not the bytes that the rows were written for",
    "thumb_missing": "thumbnails are not there",
    "thumb_altered": "the thumbnails are not the bytes that the rows were written for",
}
