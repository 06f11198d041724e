"""What a Prefect server is told: forms that a person can fill in, an hour with a time zone, work pools."""

from __future__ import annotations

import re

import pytest

from configs.errors import ConfigError
from configs.loading import list_batches
from flows.deployments.applying import flow_of, schedule_of
from flows.deployments.deployment import Hour
from flows.deployments.forms import form
from flows.deployments.pools import POOL_TYPES, base_job_template
from flows.deployments.table import House, deployments
from flows.nightly import nightly_designs

EVERY = deployments(House())


@pytest.mark.parametrize("deployment", EVERY, ids=lambda one: one.name)
def test_a_form_has_plain_fields_each_with_words(deployment):
    fields = form(flow_of(deployment.flow), deployment.choices)["properties"]
    for name, field in fields.items():
        assert field["type"] in {"string", "integer", "number", "boolean"}, name
        assert field["description"], name
        assert field["title"][0].isupper(), name
        assert "_" not in field["title"], name
        assert "anyOf" not in field, name
        # a list of one is shown as a field that cannot be changed
        assert len(field.get("enum", "two")) > 1, name


@pytest.mark.parametrize("deployment", EVERY, ids=lambda one: one.name)
def test_a_form_begins_with_the_designs_and_ends_with_the_machine(deployment):
    fields = form(flow_of(deployment.flow), deployment.choices)["properties"]
    # the pages sort by position
    assert [field["position"] for field in fields.values()] == list(range(len(fields)))
    assert list(fields)[-1] == "root"
    if "batch" in fields:
        assert next(iter(fields)) == "batch"


@pytest.mark.parametrize("deployment", EVERY, ids=lambda one: one.name)
def test_no_number_of_a_form_may_be_negative(deployment):
    fields = form(flow_of(deployment.flow), deployment.choices)["properties"]
    for name, field in fields.items():
        if field["type"] in ("integer", "number"):
            assert 0 <= field["minimum"] <= field.get("default", field["minimum"]), name


@pytest.mark.parametrize("deployment", EVERY, ids=lambda one: one.name)
def test_what_a_form_is_filled_in_with_can_be_sent(deployment):
    fields = form(flow_of(deployment.flow), deployment.choices)["properties"]
    for name, value in deployment.parameters.items():
        assert value in fields[name].get("enum", [value])
    for name, field in fields.items():
        assert field.get("default") in field.get("enum", [field.get("default")]), name


@pytest.mark.parametrize("deployment", EVERY, ids=lambda one: one.name)
def test_a_deployment_names_what_is_installed_not_a_file(deployment):
    assert re.fullmatch(r"flows(\.\w+)+", deployment.flow)
    assert flow_of(deployment.flow).name == deployment.name


def test_the_batches_are_a_drop_down_with_one_s_own_among_them():
    own = "/srv/toile/spring.yaml"
    [night] = [one for one in deployments(House(batch=own)) if one.name == "nightly-designs"]
    assert form(nightly_designs, night.choices)["properties"]["batch"]["enum"] == [own, *list_batches()]


def test_every_recipe_of_the_drop_down_is_one():
    from configs.loading import load_recipe

    [night] = [one for one in EVERY if one.name == "nightly-designs"]
    for name in night.choices["recipe"][1:]:
        load_recipe(name)


def test_only_the_night_and_the_housekeeping_run_by_themselves():
    hour = Hour("0 2 * * *", "Europe/Paris")
    found = {one.name: one.hour for one in deployments(House(hour=hour)) if one.hour}
    assert found == {"nightly-designs": hour, "housekeeping": Hour("0 12 * * 0", "Europe/Paris")}
    assert not any(one.hour for one in EVERY)
    schedule = schedule_of(hour).schedule
    assert (schedule.cron, schedule.timezone) == ("0 2 * * *", "Europe/Paris")


def test_housekeeping_and_training_go_to_pools_of_their_own_where_these_are_wanted():
    house = House(keeping_pool="keeping", training_pool="training")
    found = {one.name: one.pool for one in deployments(house) if one.pool}
    assert found == {"housekeeping": "keeping", "train-networks": "training"}
    assert not any(one.pool for one in EVERY)


def test_an_hour_that_is_none_is_refused():
    with pytest.raises(ConfigError, match=r"--cron: '61 \* \* \* \*' is no cron line"):
        schedule_of(Hour("61 * * * *"))
    with pytest.raises(ConfigError, match="no time zone 'Mars/Olympus'"):
        Hour("0 2 * * *", "Mars/Olympus")


def test_a_choice_for_what_is_no_parameter_is_refused():
    with pytest.raises(ValueError, match="no parameter 'colour'"):
        form(nightly_designs, {"colour": ("red", "blue")})


@pytest.mark.parametrize("kind", POOL_TYPES)
def test_a_pool_s_template_uses_its_variables_and_no_others(kind):
    template = base_job_template(kind)
    used = set(re.findall(r"\{\{ (\w+) \}\}", repr(template["job_configuration"])))
    assert used == set(template["variables"]["properties"])
    for name, variable in template["variables"]["properties"].items():
        assert variable["title"], name
        assert variable["description"], name


@pytest.mark.parametrize("kind", POOL_TYPES)
def test_a_pool_s_template_sets_only_what_prefect_s_own_sets(kind):
    # Prefect's collection of worker types, which it ships, is the oracle
    import json
    from pathlib import Path

    import prefect.server.api.collections_data.views as views

    [folder] = views.__path__
    collection = json.loads((Path(folder) / "aggregate-worker-metadata.json").read_text())
    [own] = [kinds[kind] for kinds in collection.values() if kind in kinds]
    known = own["default_base_job_configuration"]["job_configuration"]
    assert set(base_job_template(kind)["job_configuration"]) <= set(known)
