"""``toile deploy``: tells a Prefect server of our flows, when they run, and where."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import AsJson, full_root
from flows.cli.reporting import Command, family, print_json, tell, waiting
from flows.cli.up import State, state_folder

app = family()


@app.command(
    "deploy",
    cls=Command,
    epilog="Example: toile deploy --cron '0 2 * * *' --timezone Europe/Paris. The server is that of "
    "PREFECT_API_URL, else that of toile up.",
)
def deploy(
    batch: Annotated[str, typer.Option("--batch", help="Painted every night: name or file.")] = "nightly",
    cron: Annotated[
        str, typer.Option("--cron", help="Minute, hour, day, month, day of the week.")
    ] = "0 2 * * *",
    timezone: Annotated[str, typer.Option("--timezone", help="Of the hour, as Europe/Paris.")] = "UTC",
    schedule: Annotated[
        bool, typer.Option("--schedule/--no-schedule", help="Whether the night runs by itself.")
    ] = True,
    take_requests: Annotated[
        bool, typer.Option("--take-requests", help="Look every five minutes whether anybody asked for more.")
    ] = False,
    root: Annotated[
        str, typer.Option("--root", metavar="URI", help="Bucket of the runs; else as the worker has it.")
    ] = "",
    pool: Annotated[str, typer.Option("--pool", help="The work pool; made where it is not there.")] = "toile",
    pool_type: Annotated[str, typer.Option("--pool-type", help="process, docker or kubernetes.")] = "process",
    keeping_pool: Annotated[
        str,
        typer.Option("--keeping-pool", help="Housekeeping's own pool, with the keys that delete."),
    ] = "",
    training_pool: Annotated[
        str,
        typer.Option("--training-pool", help="That of trainings, with the key that writes networks."),
    ] = "",
    image: Annotated[str, typer.Option("--image", help="Of containers; else as the pool says.")] = "",
    renew_pool: Annotated[
        bool, typer.Option("--renew-pool", help="Put our template over what was set in the pool by hand.")
    ] = False,
    state: State = "",
    as_json: AsJson = False,
) -> None:
    """Make or change the deployments of nights, requests, reruns and housekeeping, their work pool, and what
    the server does by itself: runs that give no sign count as crashed, and a crashed night is retried once.

    Who is told of nights that went wrong is in TOILE_NOTICE_WEBHOOK (an address that takes JSON) and
    TOILE_NOTICE_MAIL (smtp://user:password@host/?from=...&to=...); the server keeps both, encrypted.
    """
    from configs.errors import ConfigError
    from configs.finding import is_path
    from configs.loading import load_batch
    from flows.cli.prefect_quietly import quiet_prefect
    from flows.deployments.deployment import Hour
    from flows.deployments.pools import POOL_TYPES
    from flows.deployments.table import ASKED_EVERY, House, deployments
    from flows.notices.ways import Addresses

    kind = next((one for one in POOL_TYPES if one == pool_type), None)
    if kind is None:
        raise ConfigError(f"--pool-type: {pool_type!r} is not one of {', '.join(POOL_TYPES)}")
    if image and kind == "process":
        raise ConfigError("--image is for --pool-type docker or kubernetes: a process has none")
    load_batch(batch)
    if is_path(batch):
        batch = str(Path(batch).expanduser().absolute())
    hour = Hour(cron, timezone) if schedule else None
    requests = Hour(ASKED_EVERY) if take_requests else None
    house = House(batch, full_root(root), hour, requests, keeping_pool, training_pool)
    addresses = Addresses.of_environment()
    api = _api(state)
    with quiet_prefect():
        from flows.deployments.applying import Pool, apply
        from flows.deployments.automations import apply_automations
    with waiting(f"telling {api}"):
        wanted = deployments(house)
        applied = apply(wanted, Pool(pool, kind, image, renew_pool), api)
        ids = {one.name: made.id for one, made in zip(wanted, applied, strict=True)}
        automations = apply_automations(ids, api, addresses)
    if as_json:
        print_json([asdict(one) for one in applied])
        return
    for one in applied:
        tell(f"{one.name:<36}{one.schedule or 'when asked'}")
        tell(f"  {one.address}")
    for name in automations:
        tell(f"by itself     {name}")


def _api(state: str) -> str:
    """Return the API of the server that is meant.

    Raises:
        StackRefused: none is named, and none runs here.
    """
    from flows.errors import StackRefused
    from flows.stack.state import read_state

    named = os.environ.get("PREFECT_API_URL")
    if named:
        return named.rstrip("/")
    folder = state_folder(state)
    stack = read_state(folder)
    if stack is None or "server" not in stack.running():
        raise StackRefused(
            f"no Prefect server is named by PREFECT_API_URL, and none runs from {folder}; toile up starts one"
        )
    return stack.settings.api
