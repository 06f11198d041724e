"""An engineer's desk: Prefect's pages of a house, its bucket and its processes, and what is counted there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from catalogs.layout import DESIGNS_PREFIX, THUMBS_PREFIX
from flows.deployments.applying import Pool, apply
from flows.deployments.table import House, nightly_designs
from flows.shards.process_identity import ProcessIdentity
from flows.stack.processes import marked
from flows.stack.settings import POOL, StackSettings
from tests.chaos.accounts import accounts_of
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.ui.pages import Pages

BATCH_ID = "demo"
FORMS = (nightly_designs,)


@dataclass
class Desk:
    """One house whose deployments have the real forms and the stub's engine.

    Attributes:
        pages: of its Prefect server.
        house: with its bucket.
        settings: of its stack.
        forms: ids of the deployments, by name.
    """

    pages: Pages
    house: SmallHouse
    settings: StackSettings
    forms: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = House(batch=self.house.batch)
        told = [replace(make(whole), flow=f"{stub_flows.__name__}.{make.__name__}") for make in FORMS]
        for wanted, found in zip(told, apply(told, Pool(POOL), self.settings.api), strict=True):
            self.forms[wanted.name] = found.id

    def begin(self, **fields: str | int) -> str:
        """Fill in the form of a night, send it, and return the run's id; its page is open."""
        self.pages.open_form(self.forms["nightly-designs"])
        for title, value in fields.items():
            self.pages.fill(title, value)
        return self.pages.submit()

    def processes(self, run: str) -> list[ProcessIdentity]:
        """Return the processes that carry out a run."""
        return list(marked({"PREFECT__FLOW_RUN_ID": run}))

    def files(self) -> dict[str, tuple[str, str]]:
        """Return etag and time of designs and thumbnails: what is written again has others."""
        lists = [self.house.storage.list(one) for one in (DESIGNS_PREFIX, THUMBS_PREFIX)]
        return {one.key: (one.etag, one.modified_at_utc.isoformat()) for one in chain(*lists)}

    @property
    def log(self) -> Path:
        """Names every painted design, once each time."""
        return self.house.folder / "painted.log"

    def remember(self) -> Before:
        """Take note of what is there, once nothing writes any more."""
        return Before(self, self.files(), painted(self.log))


@dataclass(frozen=True)
class Before:
    """What was in the bucket before a Retry, and what had been painted."""

    desk: Desk
    files: dict[str, tuple[str, str]]
    painted: list[str]

    @property
    def finished(self) -> set[str]:
        """The designs whose image is there."""
        return {Path(key).stem for key in self.files if key.startswith(DESIGNS_PREFIX)}

    def assert_only_the_missing_were_painted(self, *, designs: int) -> None:
        """See that the batch is whole, that what was finished is untouched, and the rest painted once."""
        storage = self.desk.house.storage
        accounts = accounts_of(storage, BATCH_ID)
        assert accounts.sound, accounts
        assert accounts.statuses == {"ok": designs}
        after = self.desk.files()
        assert {key: after[key] for key in self.files} == self.files
        again = Counter(painted(self.desk.log)[len(self.painted) :])
        missing = set(self.desk.house.rows()) - self.finished
        assert again == dict.fromkeys(missing, 1)
