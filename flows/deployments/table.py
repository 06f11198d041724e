"""The deployments, one function each; a new one is a function and its name in ``EVERY``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from configs.cloth import REPEAT_MULTIPLE_PX
from configs.loading import list_batches, list_recipes, load_recipe
from configs.request import KINDS
from flows import places
from flows.deployments.deployment import Deployment, Hour

# The name under which runs ask for it.
WAVES = "render-wave"
LOOK_AFTER_CRASHED = "look-after-crashed"
# Whose runs are of a batch.
OF_A_BATCH = ("nightly-designs", "rerun-failed")
# When nobody waits for the worker.
SUNDAYS = "0 12 * * 0"
# How often is looked whether anybody has asked for something: every five minutes.
ASKED_EVERY = "*/5 * * * *"
# In a form: as the batch says.
AS_IT_IS = ""
RUNNERS = (AS_IT_IS, *places.RUNNERS)
REPEATS = tuple(REPEAT_MULTIPLE_PX)
# More GPUs than one machine has; a run on one that is not there says which are.
DEVICES = ("auto", "cpu", *(f"cuda:{index}" for index in range(8)))


@dataclass(frozen=True)
class House:
    """What one house wants in its deployments.

    Attributes:
        batch: that is painted every night, a name or an absolute path.
        root: bucket or directory; "" as the worker has it configured.
        hour: of the night; None: nothing runs by itself.
        requests: how often requests are taken up; None: when somebody asks.
        keeping_pool: the work pool of housekeeping, whose worker has keys that delete; "": the one of all.
        training_pool: that of trainings, whose worker has the key that writes networks; "": the one of all.
    """

    batch: str = "nightly"
    root: str = ""
    hour: Hour | None = None
    requests: Hour | None = None
    keeping_pool: str = ""
    training_pool: str = ""


def nightly_designs(house: House) -> Deployment:
    """Return the scheduled night, and the form of a batch with other wishes."""
    return Deployment(
        name="nightly-designs",
        flow="flows.nightly.nightly_designs",
        description="Paints every design of a batch that is not there yet, and publishes the manifest. "
        "What is left empty or 0 is as the batch says.",
        parameters={"batch": house.batch, "root": house.root},
        choices={
            "batch": _with(house.batch, list_batches()),
            "recipe": (AS_IT_IS, *_recipes()),
            "repeats": (AS_IT_IS, *REPEATS, ", ".join(REPEATS)),
            "device": DEVICES,
            "task_runner": RUNNERS,
        },
        hour=house.hour,
    )


def rerun_failed(house: House) -> Deployment:
    """Return what paints again what failed."""
    return Deployment(
        name="rerun-failed",
        flow="flows.nightly.rerun_failed",
        description="Paints what failed or is missing in a batch, by its stored plan, and publishes again.",
        parameters={"batch": house.batch, "root": house.root},
        choices={"batch": _with(house.batch, list_batches()), "device": DEVICES, "task_runner": RUNNERS},
    )


def render_wave(house: House) -> Deployment:
    """Return what a run of a very large batch gives its shards to."""
    return Deployment(
        name=WAVES,
        flow="flows.waves.render_wave",
        description="Paints some shards of a planned batch; runs of very large batches start it themselves.",
        parameters={"root": house.root},
        choices={"device": DEVICES, "task_runner": RUNNERS},
        at_once=None,
    )


def render_request(house: House) -> Deployment:
    """Return what makes more of a design that somebody asks for."""
    return Deployment(
        name="render-request",
        flow="flows.requests.render_request.render_request",
        description="Makes more of designs: larger, in other colours, more like them, their cloth alone. "
        "Takes up all requests that are open, with the one that is filled in here.",
        parameters={"root": house.root},
        choices={"kind": (AS_IT_IS, *KINDS), "device": DEVICES, "task_runner": RUNNERS},
        hour=house.requests,
        # of two at once each takes its own requests, and what a form asks for is never cancelled
        at_once=None,
    )


def train_networks(house: House) -> Deployment:
    """Return what trains the networks that recipes paint through."""
    return Deployment(
        name="train-networks",
        flow="flows.training.flow.train_networks",
        description="Trains the network of a recipe on the catalogs' photos and textiles: weights with a "
        "card under models/. What was begun goes on where it stopped; of two runs for one network the second "
        "ends at once.",
        parameters={"root": house.root},
        choices={
            "recipe": tuple(name for name in list_recipes() if load_recipe(name).trained),
            "device": DEVICES,
        },
        # several networks may be trained at once, and what a form asks for is never cancelled
        at_once=None,
        pool=house.training_pool,
    )


def housekeeping(house: House) -> Deployment:
    """Return what looks after the bucket, on Sundays at noon where the night runs by itself."""
    return Deployment(
        name="housekeeping",
        flow="flows.housekeeping.housekeeping",
        description="Looks through every manifest, mends what can be mended, and says what nothing needs any "
        "more. It deletes only where the form says so.",
        parameters={"root": house.root},
        hour=None if house.hour is None else Hour(SUNDAYS, house.hour.timezone),
        pool=house.keeping_pool,
    )


def look_after_crashed(house: House) -> Deployment:
    """Return what an automation begins after a crash."""
    return Deployment(
        name=LOOK_AFTER_CRASHED,
        flow="flows.notices.crashed.look_after_crashed",
        description="Retries a crashed night once, and tells people where that did not help; an automation "
        "begins it.",
        parameters={"root": house.root},
        at_once=None,
    )


EVERY: tuple[Callable[[House], Deployment], ...] = (
    nightly_designs,
    render_request,
    rerun_failed,
    render_wave,
    train_networks,
    housekeeping,
    look_after_crashed,
)


def deployments(house: House) -> list[Deployment]:
    """Return every deployment as this house wants it."""
    return [make(house) for make in EVERY]


def _with(name: str, names: list[str]) -> tuple[str, ...]:
    return tuple(names if name in names else (name, *names))


def _recipes() -> list[str]:
    """Return the recipes that a run may name: each, and garments in the cloth of each of yardage."""
    names = list_recipes()
    yardage = [name for name in names if load_recipe(name).kind == "yardage"]
    return [*names, *(f"toile+{name}" for name in yardage if "toile" in names)]
