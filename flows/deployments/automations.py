"""What Prefect's server does by itself about our runs; applied twice, it is the same as once.

A run that gives no sign counts as crashed; a crashed night is looked after by a flow of ours; a run that
nobody begins is told of by the server, as whoever would tell it otherwise does not run either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import CallWebhook, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployments.table import LOOK_AFTER_CRASHED, OF_A_BATCH
from flows.errors import ServerAway
from flows.notices.addresses import keep_addresses, webhook_block
from flows.notices.ways import Addresses

# What begins so is ours: of these, those that are not wanted any more are removed.
PREFIX = "toile: "
# Three times the pause between two signs of a run.
SILENT_S = 90.0
# From a worker's claim to the first line of a run's process; one that comes in an image fetches it first.
BEGUN_WITHIN_S = 900.0
# A worker reports a crash twice, seconds apart.
SETTLED_AFTER_S = 60.0
_SIGN = "prefect.flow-run.heartbeat"
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Paused", "Suspended", "AwaitingRetry", "Scheduled")


def automations(
    ids: Mapping[str, UUID],
    *,
    webhook: UUID | None,
    silent_s: float = SILENT_S,
    begun_within_s: float = BEGUN_WITHIN_S,
    settled_after_s: float = SETTLED_AFTER_S,
) -> list[AutomationCore]:
    """Return the automations for deployments that a server knows.

    Args:
        ids: deployment to its id.
        webhook: the server's block with the webhook; None: nobody is told of late runs.
        silent_s: a run that gave no sign for so long counts as crashed, seconds.
        begun_within_s: so does one that a worker claimed and has not begun by then, seconds.
        settled_after_s: a crashed run is looked after so much later, seconds.
    """
    nights = [ids[name] for name in OF_A_BATCH]
    every = list(ids.values())
    found = [
        _crashed_unless(
            "silent runs crash",
            "A run whose process or machine is gone says nothing any more.",
            after=_SIGN,
            comes=_SIGN,
            within_s=silent_s,
            message=f"It gave no sign for {silent_s:.0f} s: its process or machine is gone.",
            of=every,
        ),
        _crashed_unless(
            "claimed runs that nobody begins crash",
            "A worker that dies with a run in its hand leaves it Pending, and its slot taken.",
            after="prefect.flow-run.Pending",
            comes="prefect.flow-run.Running",
            within_s=begun_within_s,
            message=f"A worker claimed it and had not begun it after {begun_within_s:.0f} s.",
            of=every,
        ),
        AutomationCore(
            name=f"{PREFIX}look after crashed nights",
            description="Retried once, and people are told where that did not help.",
            trigger=EventTrigger(
                expect={"prefect.flow-run.Crashed"},
                match=_any_run(),
                match_related=_of(nights),
                for_each={"prefect.resource.id"},
                posture=Posture.Reactive,
                threshold=1,
                within=timedelta(0),
            ),
            actions=[
                RunDeployment(
                    source="selected",
                    deployment_id=ids[LOOK_AFTER_CRASHED],
                    parameters={
                        "flow_run_id": {"__prefect_kind": "jinja", "template": "{{ flow_run.id }}"},
                        "settled_after_s": settled_after_s,
                    },
                    schedule_after=timedelta(seconds=settled_after_s),
                )
            ],
        ),
    ]
    if webhook is not None:
        found.append(
            AutomationCore(
                name=f"{PREFIX}tell of late runs",
                description="No worker began a run: none is there, or all are at work.",
                trigger=EventTrigger(
                    expect={"prefect.flow-run.Late"},
                    match=_any_run(),
                    match_related=_of([*nights, ids[LOOK_AFTER_CRASHED]]),
                    for_each={"prefect.resource.id"},
                    posture=Posture.Reactive,
                    threshold=1,
                    within=timedelta(0),
                ),
                actions=[CallWebhook(block_document_id=webhook, payload=_late())],
            )
        )
    return found


def apply_automations(
    ids: Mapping[str, str],
    api: str,
    addresses: Addresses,
    *,
    silent_s: float = SILENT_S,
    begun_within_s: float = BEGUN_WITHIN_S,
    settled_after_s: float = SETTLED_AFTER_S,
) -> list[str]:
    """Make or change our automations on a server, remove those of ours that are no more, return the names.

    One that somebody has switched off stays off.

    Args:
        ids: deployment to its id.
        api: the server's API.
        addresses: of notices; kept by the server where they are said, else it keeps what it has.

    Raises:
        ServerAway: the server does not answer, or refuses.
    """
    with temporary_settings({PREFECT_API_URL: api}), get_client(sync_client=True) as client:
        try:
            keep_addresses(addresses)
            wanted = automations(
                {name: UUID(id_) for name, id_ in ids.items()},
                webhook=webhook_block(),
                silent_s=silent_s,
                begun_within_s=begun_within_s,
                settled_after_s=settled_after_s,
            )
            _apply(client, wanted)
        except (httpx.HTTPError, PrefectHTTPStatusError) as error:
            raise ServerAway(f"the Prefect server at {api} did not take the automations ({error})") from error
    return [one.name for one in wanted]


def _apply(client: SyncPrefectClient, wanted: Sequence[AutomationCore]) -> None:
    there = [one for one in client.read_automations(limit=200) if one.name.startswith(PREFIX)]
    for one in wanted:
        same = [other for other in there if other.name == one.name]
        if same:
            enabled = one.model_copy(update={"enabled": same[0].enabled})
            client.update_automation(same[0].id, enabled)
        else:
            client.create_automation(one)
        there = [other for other in there if other not in same[:1]]
    for other in there:
        client.delete_automation(other.id)


def _crashed_unless(
    name: str, description: str, *, after: str, comes: str, within_s: float, message: str, of: Sequence[UUID]
) -> AutomationCore:
    """Return what marks a run as crashed when neither ``comes`` nor an end follows ``after`` in time."""
    return AutomationCore(
        name=f"{PREFIX}{name}",
        description=description,
        trigger=EventTrigger(
            after={after},
            expect={comes, *(f"prefect.flow-run.{end}" for end in _ENDS)},
            match=_any_run(),
            match_related=_of(of),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=within_s),
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message=message)],
    )


def _any_run() -> ResourceSpecification:
    return ResourceSpecification.model_validate({"prefect.resource.id": "prefect.flow-run.*"})


def _of(deployments: Sequence[UUID]) -> ResourceSpecification:
    return ResourceSpecification.model_validate(
        {
            "prefect.resource.role": "deployment",
            "prefect.resource.id": [f"prefect.deployment.{one}" for one in deployments],
        }
    )


def _late() -> str:
    """Return what the webhook is sent: Prefect fills in the run."""
    run, where = "{{ flow_run.name }}", "{{ flow_run|ui_url }}"
    subject = f"Toile: {run} is late"
    text = f"{subject}: no worker has begun it; it runs as soon as one is there.\nRun: {where}"
    facts = {"subject": subject, "what": "late", "batch": run, "run": where, "text": text}
    return json.dumps(facts, indent=2)
