"""Waves: a batch of more shards than one flow run bears, rendered by runs of their own.

A wave is a flow run of the deployment ``render-wave``, so any worker may take it, on any machine, and its
process ends with it: memory stays flat however large the night is. It takes up the stored plan, as a retry
does, and only its own shards of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import httpx
from prefect import flow, get_client, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.futures import PrefectFuture, as_completed
from prefect.settings import PREFECT_API_URL
from prefect.states import Cancelled, Cancelling
from prefect.task_runners import ThreadPoolTaskRunner

from catalogs.manifest import FAILED, OK, SKIPPED
from catalogs.parts import read_parts
from flows import wiring
from flows.batch_run import BatchRun
from flows.best_first import within_budget
from flows.deployments.table import WAVES
from flows.errors import WaveUnfinished
from flows.observability.beginning import begin_observing
from flows.observability.events import WAVE_DONE, WAVE_GIVEN
from flows.observability.signals import at_work_on, happened
from flows.places import Place
from flows.progress import Outcome
from flows.shard_tasks import MAX_TASKS, render_all, run_id, shard_tasks

log = logging.getLogger(__name__)

DEPLOYMENT = f"{WAVES}/{WAVES}"
# A wave's shards share so many task runs: with one a shard, each with its states at the server and in the
# run, a fifth of Python's time in a wave of very small designs was Prefect's.
TASKS = 100
# How often a run looks how its waves are, seconds.
LOOK_EVERY_S = 2.0
# A wave that no worker has begun by then is painted by the run itself, seconds.
NOBODY_CAME_S = 300.0
# A wave whose process was killed, or that could not begin, is given out once more.
RETRIES = 1

_OUTCOMES = {OK: Outcome.PAINTED, FAILED: Outcome.FAILED, SKIPPED: Outcome.SKIPPED}


@dataclass(frozen=True)
class Wave:
    """Shards that one run renders: those with missing designs from the first to the last, both included.

    Of their ``designs`` it paints at most ``budget_designs``; 0: all.
    """

    first_shard: int
    last_shard: int
    designs: int
    budget_designs: int = 0

    @property
    def title(self) -> str:
        """What its runs are called in Prefect."""
        return f"shards {self.first_shard + 1} to {self.last_shard + 1}: {self.designs:,} designs"


def waves_of(
    missing: Mapping[int, int], *, shards: int = MAX_TASKS, budget_designs: int | None = None
) -> list[Wave]:
    """Return the waves for the shards with missing designs, at most ``shards`` of them each.

    A wave's shards lie together in the plan, so that it reads little. That whose shards come first on average
    in the order of ``missing`` goes out first; inside, each keeps to that order by itself.

    Args:
        missing: how many designs each shard is missing, in the order in which they are wanted.
        shards: of a wave.
        budget_designs: of all waves together; None: all designs.
    """
    place = {shard_id: at for at, shard_id in enumerate(missing)}
    ids = sorted(missing)
    groups = [ids[start : start + shards] for start in range(0, len(ids), shards)]
    groups.sort(key=lambda group: sum(place[one] for one in group) / len(group))
    waves: list[Wave] = []
    left = budget_designs
    for group in groups:
        designs = sum(missing[one] for one in group)
        if left is None:
            waves.append(Wave(group[0], group[-1], designs))
        elif left > 0:
            waves.append(Wave(group[0], group[-1], designs, min(left, designs)))
            left -= designs
    return waves


def wanted(missing: Mapping[int, int], budget_designs: int | None = None) -> list[Wave]:
    """Return the waves for these shards; none where one run can bear them, or nobody would take waves."""
    if len(missing) <= MAX_TASKS or not _is_deployed():
        return []
    return waves_of(missing, budget_designs=budget_designs)


@flow(name=WAVES, validate_parameters=True)
def render_wave(
    batch_id: str,
    first_shard: int,
    last_shard: int,
    root: str = "",
    budget_minutes: float = 0.0,
    budget_designs: int = 0,
    device: str = "auto",
    task_runner: str = "",
    ray_address: str = "",
) -> dict[str, int]:
    """Paint the missing designs of some shards of a batch; the run that gave them out publishes.

    Args:
        batch_id: Folder of the batch under batches/.
        first_shard: The first shard, counted from 0.
        last_shard: The last one, included.
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).
        budget_minutes: Begin no new painting after so many minutes; 0: as the batch says.
        budget_designs: Paint at most so many, the best first; 0: as the batch says.
        device: What paints; auto: every GPU of the worker, else its CPU.
        task_runner: threads paint on this machine, ray on all machines of a Ray cluster; empty: as the batch
            says.
        ray_address: Of the cluster, as 10.0.0.1:6379; empty: as RAY_ADDRESS says, else the run's own.

    Returns:
        How many designs were painted.
    """
    begin_observing()
    shards = range(first_shard, last_shard + 1)
    run = wiring.stored_run(
        batch_id,
        root,
        shards=shards,
        budget_minutes=budget_minutes,
        budget_designs=budget_designs,
        prefect_run_id=run_id(),
    )
    try:
        missing = within_budget(run, run.missing_by_shard())
        tasks = [asdict(one) for one in shard_tasks(run, missing, at_most=TASKS)]
        with at_work_on(batch=batch_id, flow_run=run_id(), wave=f"{first_shard}-{last_shard}"):
            return {"painted": render_all(run, tasks, Place(device, task_runner, ray_address))}
    finally:
        wiring.end_run(run)


def render_waves(run: BatchRun, waves: Sequence[Wave], place: Place, *, at_once: int) -> None:
    """Give out the waves, so many at once, and wait for them; what a wave leaves is left to the next run."""
    with ThreadPoolTaskRunner[None](max_workers=at_once) as runner:
        try:
            futures: list[PrefectFuture[None]] = [
                runner.submit(
                    wave.with_options(retries=RETRIES),
                    {
                        "title": one.title,
                        "shards": asdict(one),
                        "batch_id": run.batch_id,
                        "root": run.root,
                        "place": asdict(place),
                    },
                )
                for one in waves
            ]
            for future in as_completed(futures):
                try:
                    future.result()
                except WaveUnfinished:
                    log.exception("a wave of %s was not finished; the next run does it", run.batch_id)
        except BaseException:
            # the threads of the runner are waited for: they call their waves back
            run.stop.cancel()
            raise


@task(name="wave", task_run_name="{title}", cache_policy=NO_CACHE)
def wave(
    title: str,
    shards: Mapping[str, int],
    batch_id: str,
    root: str,
    place: Mapping[str, str],
) -> None:
    """Have one wave rendered, by whoever takes it.

    Raises:
        WaveUnfinished: its run did not complete.
    """
    run = wiring.active_run(root, batch_id, run_id())
    if run.stop.cancelled or run.stop.budget_spent:
        return
    one = Wave(**shards)
    parameters = {
        "batch_id": batch_id,
        "first_shard": one.first_shard,
        "last_shard": one.last_shard,
        "root": root,
        "budget_minutes": run.stop.remaining_minutes,
        "budget_designs": one.budget_designs,
        **place,
    }
    given = run_deployment(DEPLOYMENT, parameters=parameters, timeout=0, flow_run_name=f"{batch_id}: {title}")
    assert isinstance(given, FlowRun)  # and no coroutine: a task of ours is never async
    told = {"batch": batch_id, "wave": f"{one.first_shard}-{one.last_shard}", "child_run": str(given.id)}
    happened(WAVE_GIVEN, **told, designs=one.designs)
    began = time.monotonic()
    try:
        with get_client(sync_client=True) as client:
            ended = _wait(run, client, given.id)
    finally:
        _count(run, one)
    state = None if ended is None else ended.state
    happened(WAVE_DONE, **told, state=state.name if state else "Late", seconds=time.monotonic() - began)
    if ended is None:
        log.warning("no worker began %s of %s; it is painted here", title, batch_id)
        _paint_here(run, one, Place(**place))
        return
    run.stop.give_out(one.budget_designs)
    if ended.state_type != StateType.COMPLETED and not run.stop.cancelled:
        raise WaveUnfinished(
            f"{title} of {batch_id} ended {state.name if state else 'without a state'}: "
            f"{(state.message if state else '') or 'no reason given'}; see the flow run {ended.name}",
            flow_run_id=str(ended.id),
        )


def _is_deployed() -> bool:
    """Return whether a server of ours knows the deployment; Prefect's temporary one has no worker."""
    if not PREFECT_API_URL.value():
        return False
    with get_client(sync_client=True) as client:
        try:
            client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound:
            return False
    return True


def _wait(run: BatchRun, client: SyncPrefectClient, flow_run_id: UUID) -> FlowRun | None:
    """Return a wave's run when it has ended; None where nobody began it. It ends with the run that waits.

    A server that is started again meanwhile is waited for: the wave goes on without it.

    Raises:
        httpx.HTTPError, PrefectHTTPStatusError: the server stayed away, or refuses.
    """
    gives_up = time.monotonic() + NOBODY_CAME_S
    heard = time.monotonic()
    while True:
        try:
            found = client.read_flow_run(flow_run_id)
        except (httpx.HTTPError, PrefectHTTPStatusError) as error:
            if time.monotonic() - heard > NOBODY_CAME_S:
                raise
            log.warning("the Prefect server does not say how a wave is (%s); asking again", error)
            if run.stop.sleep(LOOK_EVERY_S):
                raise
            continue
        heard = time.monotonic()
        if found.state is not None and found.state.is_final():
            return found
        if found.start_time is not None:
            gives_up = float("inf")
        if heard > gives_up:
            client.set_flow_run_state(flow_run_id, Cancelled(message="no worker began it"), force=True)
            return None
        if run.stop.sleep(LOOK_EVERY_S):
            client.set_flow_run_state(flow_run_id, Cancelling(message="the run that wants it ended"))
            return found


def _count(run: BatchRun, one: Wave) -> None:
    """Tell whoever watches what became of a wave's designs."""
    shards = range(one.first_shard, one.last_shard + 1)
    rows = read_parts(
        run.storage, run.batch_id, plan=run.plan, shards=shards, columns=("design_id", "status")
    )
    for design_id, status in zip(*(rows.column(name).to_pylist() for name in rows.column_names), strict=True):
        if design_id not in run.done:
            run.progress.settle(design_id, _OUTCOMES[status])


def _paint_here(run: BatchRun, one: Wave, place: Place) -> None:
    shards = range(one.first_shard, one.last_shard + 1)
    missing = {shard_id: count for shard_id, count in run.missing_by_shard().items() if shard_id in shards}
    tasks = shard_tasks(run, within_budget(run, missing))
    render_all(run, [asdict(task) for task in tasks], place)
