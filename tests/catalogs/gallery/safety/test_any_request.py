"""Whatever is asked, in whatever shape: never a fault of ours, and never a change by who may not write."""

from __future__ import annotations

import os

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from catalogs.gallery.house import House
from catalogs.gallery.settings import Allowance, GallerySettings, Limits
from catalogs.gallery.web.app import create_app
from catalogs.storage import Storage
from tests.catalogs.gallery.people import ADDRESS, passer_by, signed_in
from tests.catalogs.gallery.rack import a_design, a_failure, hang_pictures, publish_rows

ENDLESS = Allowance(1e9, 1e9)
# Of each route; a long run asks for more: GALLERY_EXAMPLES=500 pytest -m slow …
MANY = int(os.environ.get("GALLERY_EXAMPLES", "60"))
FEW = settings(
    max_examples=6,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def app(bucket: Storage):
    rows = [*(a_design(number) for number in range(6)), a_failure(6)]
    hang_pictures(bucket, rows)
    publish_rows(bucket, rows)
    # nobody looks at the bucket while this runs, and on a busy machine it is minutes
    house = House.of(bucket, GallerySettings(limits=Limits(ENDLESS, ENDLESS, ENDLESS), look_every_s=3600))
    house.watch.look()
    yield create_app(house)
    house.close()


def written(bucket: Storage) -> set[tuple[str, str]]:
    return {
        (stat.key, stat.etag)
        for prefix in ("shortlists/", "requests/", "manifests/", "designs/")
        for stat in bucket.list(prefix)
    }


def ask(browser, case):
    told = case.as_transport_kwargs(base_url=ADDRESS)
    told.pop("cookies", None)
    return browser.request(**{name: value for name, value in told.items() if name != "verify"})


def check(case, app: FastAPI, bucket: Storage) -> None:
    before = written(bucket)
    answer = ask(passer_by(app), case)
    assert answer.status_code < 500, answer.text[:300]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert written(bucket) == before
    answer = ask(signed_in(app), case)
    assert answer.status_code < 500, answer.text[:300]


def operations(app: FastAPI) -> list:
    return [found.ok() for found in schemathesis.openapi.from_dict(app.openapi()).get_all_operations()]


def check_all(app: FastAPI, bucket: Storage, how: settings, mode: GenerationMode) -> int:
    count = 0
    for operation in operations(app):

        @how
        @given(case=operation.as_strategy(mode))
        def try_one(case) -> None:
            check(case, app, bucket)

        try:
            try_one()
        except Unsatisfiable:  # against the rules: it has none
            continue
        count += 1
    return count


def test_no_request_is_a_fault_of_ours_or_a_stranger_s_change(app: FastAPI, bucket: Storage):
    assert check_all(app, bucket, FEW, GenerationMode.POSITIVE) > 20


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_none_of_many_requests_is_either(app: FastAPI, bucket: Storage, mode: GenerationMode):
    assert check_all(app, bucket, settings(FEW, max_examples=MANY), mode) > 20
