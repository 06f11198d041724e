"""Telling a Prefect server of deployments and work pools; done twice, it is the same as once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.flows import Flow
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import ValidationError

from configs.errors import ConfigError
from flows.deployments.deployment import Deployment, Hour
from flows.deployments.forms import form
from flows.deployments.pools import PoolType, base_job_template
from flows.errors import ServerAway, StackRefused


@dataclass(frozen=True)
class Pool:
    """A work pool as it is wanted.

    Attributes:
        name: of the pool.
        kind: where its runs are carried out.
        image: of containers; "" as the pool says.
        renew: whether our template replaces that of a pool that is there, with what was set in it by hand.
    """

    name: str
    kind: PoolType = "process"
    image: str = ""
    renew: bool = False


@dataclass(frozen=True)
class Applied:
    """A deployment that the server knows; ``name`` as Prefect's own command line takes it."""

    name: str
    id: str
    address: str
    schedule: str


def apply(deployments: Sequence[Deployment], pool: Pool, api: str) -> list[Applied]:
    """Make or change the work pools and the deployments on a server.

    Args:
        deployments: all of them, or some.
        pool: where their runs go; to another one of its kind, where a deployment names it.
        api: the server's API, http://host:port/api.

    Raises:
        ServerAway: the server does not answer, or refuses.
        StackRefused: the pool is there and of another kind.
        ConfigError: an hour is none.
    """
    schedules = [[] if one.hour is None else [schedule_of(one.hour)] for one in deployments]
    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        try:
            pools = {one.pool: replace(pool, name=one.pool or pool.name) for one in deployments}
            for each in pools.values():
                _apply_pool(client, each)
            return [
                _apply(client, one, pools[one.pool], schedule, api)
                for one, schedule in zip(deployments, schedules, strict=True)
            ]
        except (httpx.HTTPError, PrefectHTTPStatusError) as error:
            raise ServerAway(
                f"the Prefect server at {api} did not take it ({error}); toile up starts a server, "
                "PREFECT_API_URL names another, PREFECT_API_AUTH_STRING lets in"
            ) from error


def _apply_pool(client: SyncPrefectClient, pool: Pool) -> None:
    template = base_job_template(pool.kind)
    try:
        there = client.read_work_pool(pool.name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=pool.name, type=pool.kind, base_job_template=template))
        return
    if there.type != pool.kind:
        raise StackRefused(
            f"the work pool {pool.name!r} is of type {there.type}, not {pool.kind}; name another with --pool"
        )
    if pool.renew:
        client.update_work_pool(pool.name, WorkPoolUpdate(base_job_template=template))


def _apply(
    client: SyncPrefectClient,
    wanted: Deployment,
    pool: Pool,
    schedules: list[DeploymentScheduleCreate],
    api: str,
) -> Applied:
    flow = flow_of(wanted.flow)
    found = client.create_deployment(
        flow_id=client.create_flow_from_name(flow.name),
        name=wanted.name,
        description=wanted.description,
        entrypoint=wanted.flow,
        parameters=dict(wanted.parameters),
        parameter_openapi_schema=form(flow, wanted.choices),
        enforce_parameter_schema=True,
        schedules=schedules,
        concurrency_limit=wanted.at_once,
        # what was missed while nobody was there comes all at once: one of them does the work of all
        concurrency_options=ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        work_pool_name=pool.name,
        job_variables={"image": pool.image} if pool.image else {},
        pull_steps=[],
        tags=list(wanted.tags),
    )
    return Applied(
        name=f"{flow.name}/{wanted.name}",
        id=str(found),
        address=f"{api.removesuffix('/api')}/deployments/deployment/{found}",
        schedule="" if wanted.hour is None else f"{wanted.hour.cron} {wanted.hour.timezone}",
    )


def flow_of(path: str) -> Flow[..., Any]:
    """Return the flow that a path names, as ``flows.nightly.nightly_designs``."""
    module, _, name = path.rpartition(".")
    found: Flow[..., Any] = getattr(import_module(module), name)
    return found


def schedule_of(hour: Hour) -> DeploymentScheduleCreate:
    """Return an hour as Prefect's client takes it.

    Raises:
        ConfigError: it is none.
    """
    try:
        return DeploymentScheduleCreate(schedule=CronSchedule(cron=hour.cron, timezone=hour.timezone))
    except (ValidationError, ValueError) as error:
        raise ConfigError(
            f"--cron: {hour.cron!r} is no cron line; it is minute, hour, day, month, day of the week, "
            "as in '0 2 * * *'"
        ) from error
