"""An engineer's desk: Prefect's pages of a house, its bucket and its processes, and what is counted there."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from catalogs.layout import DESIGNS_PREFIX, THUMBS_PREFIX
from flows.deployments.applying import Pool, apply
from flows.deployments.table import House, nightly_designs, rerun_failed
from flows.shards.finished import row_inside
from flows.shards.process_identity import ProcessIdentity
from flows.stack.asking import ask
from flows.stack.processes import marked
from flows.stack.settings import POOL, StackSettings
from tests.chaos.accounts import accounts_of
from tests.flows import stub_flows
from tests.flows.children import painted
from tests.flows.small_house import SmallHouse
from tests.flows.stack.small_services import until
from tests.ui.pages import Pages

BATCH_ID = "demo"
FORMS = (nightly_designs, rerun_failed)


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

    def begin(self, form: str = "nightly-designs", **fields: str | int | bool) -> str:
        """Fill in a form, send it, and return the run's id; its page is open."""
        self.pages.open_form(self.forms[form])
        for title, value in fields.items():
            self.pages.fill(title, value)
        return self.pages.submit()

    def processes(self, run: str, **marks: str) -> list[ProcessIdentity]:
        """Return the processes that carry out a run."""
        return list(marked({"PREFECT__FLOW_RUN_ID": run, **marks}))

    def state_of(self, run: str) -> str:
        """Return the name of a run's state."""
        return str(ask(self.settings.api, f"/flow_runs/{run}")["state"]["name"])

    def kill(self, run: str, *, after_designs: int) -> None:
        """SIGKILL a run's processes once so many designs are in the bucket."""
        until(lambda: len(self.files(DESIGNS_PREFIX)) >= after_designs, seconds=120)
        for process in self.processes(run):
            os.kill(process.pid, signal.SIGKILL)

    def wait_until_told(self, run: str) -> None:
        """Wait for the worker's second word on a death: a run retried before it says Crashed again."""
        of_run = {"logs": {"flow_run_id": {"any_": [run]}}}

        def told() -> bool:
            lines = ask(self.settings.api, "/logs/filter", of_run)
            return any(
                one["name"] == "prefect.flow_runs.worker" and "memory allocation" in one["message"]
                for one in lines
            )

        until(told, seconds=120)

    def files(self, *prefixes: str) -> dict[str, tuple[str, str]]:
        """Return etag and time of designs and thumbnails: what is written again has others."""
        lists = [self.house.storage.list(one) for one in prefixes or (DESIGNS_PREFIX, THUMBS_PREFIX)]
        return {one.key: (one.etag, one.modified_at_utc.isoformat()) for one in chain(*lists)}

    def rows_in_images(self) -> dict[str, dict[str, Any]]:
        """Return the rows that finished designs hold, by design id."""
        keys = self.files(DESIGNS_PREFIX)
        return {Path(key).stem: row for key in keys if (row := self._row_in(key))}

    def _row_in(self, key: str) -> dict[str, Any] | None:
        return row_inside(self.house.storage.read(key), Path(key).stem)

    @property
    def log(self) -> Path:
        """Names every painted design, once each time."""
        return self.house.folder / "painted.log"

    def before_anything(self) -> Before:
        """Return what there was when the house was new."""
        return Before(self, {}, [])

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
