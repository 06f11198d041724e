"""The nightly deployment: one process that waits for its hour, and one run at a time.

``python -m flows.serve`` with the Prefect API configured (PREFECT_API_URL).
"""

from __future__ import annotations

from typing import cast

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.nightly import nightly_designs, rerun_failed


def deployments(batch: str = "nightly", root: str = "", hour_utc: int = 2) -> tuple[RunnerDeployment, ...]:
    """Return the scheduled night and, to be started by hand, the rerun of what failed.

    The hour is UTC: in a zone with daylight saving, an hour of the clock comes twice or never on two nights a
    year. When a night still runs at its hour, or several were missed while no process was there, one runs
    and the others are cancelled: a run does everything that is missing anyway.

    Args:
        batch: name or path of the batch.
        root: bucket or directory; "" as configured.
        hour_utc: 0 to 23.
    """
    if not 0 <= hour_utc <= 23:
        raise ValueError(f"hour_utc must be 0 to 23, got {hour_utc}")
    one_at_a_time = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    parameters = {"batch": batch, "root": root}
    nightly = nightly_designs.to_deployment(
        name="nightly",
        schedule=Cron(f"0 {hour_utc} * * *", timezone="UTC"),
        parameters=parameters,
        entrypoint_type=EntrypointType.MODULE_PATH,
        concurrency_limit=one_at_a_time,
        description="Paints every design of the batch that is not there yet, and publishes the manifest.",
    )
    again = rerun_failed.to_deployment(
        name="rerun",
        parameters={"root": root},
        entrypoint_type=EntrypointType.MODULE_PATH,
        concurrency_limit=one_at_a_time,
        description="Paints what failed or is missing in a batch, by its stored plan.",
    )
    # outside of an event loop both are deployments, not coroutines
    return cast(RunnerDeployment, nightly), cast(RunnerDeployment, again)


def main(batch: str = "nightly", root: str = "", hour_utc: int = 2) -> None:
    """Wait for the hour, run, and wait again, until the process is stopped."""
    serve(*deployments(batch, root, hour_utc), limit=1, pause_on_shutdown=False)


if __name__ == "__main__":
    main()
