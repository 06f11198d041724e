"""The flow around trainings: a task a file, curve and sample on Prefect's pages while it runs."""

from __future__ import annotations

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey

from catalogs.errors import NotFound
from flows.training.flow import train_networks
from flows.training.on_pages import curve_rows
from nst_core.training import Check
from tests.flows.training.toy import BOTH

pytestmark = pytest.mark.usefixtures("prefect_api", "toys")


def artifacts(key):
    with get_client(sync_client=True) as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[key]))
        return client.read_artifacts(artifact_filter=wanted)


def test_a_run_trains_what_the_form_says_and_shows_curve_and_sample(house, recipe):
    done = train_networks(recipe=recipe(BOTH), styles="ikat, floral", compare=False)
    assert [one["style_id"] for one in done["files"]] == ["", "ikat", "floral"]
    # one of each file's training: the next would come half a minute later
    assert len(artifacts("learning-curve")) == 3
    assert all("models/tiny/" in one.data for one in artifacts("network-sample"))
    # the run again finds everything there
    again = train_networks(recipe=recipe(BOTH), styles="ikat, floral", compare=False)
    assert not any(one["trained"] for one in again["files"])


def test_a_run_that_cannot_be_fails_with_the_reason(recipe):
    with pytest.raises(NotFound, match="has no 'ikatt'"):
        train_networks(recipe=recipe(), styles="ikatt")


def test_a_long_curve_is_thinned_out_and_ends_with_its_last_check():
    checks = [Check(step, 1.0, {}, 1.0, 60.0 * step) for step in range(1, 122)]
    rows = curve_rows(checks)
    # 121 checks, at most 60 lines: every third, and the last
    assert [row["step"] for row in rows] == [*range(3, 121, 3), 121]
    assert rows[-1]["minutes"] == 121
