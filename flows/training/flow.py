"""The flow that trains networks: a task a file of weights, with its curve and sample on Prefect's pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from configs.finding import is_path
from flows.equipment import equipment
from flows.observability.beginning import begin_observing
from flows.shard_tasks import retrying
from flows.temporary_server import end_server_with_this_process
from flows.training.asked import Asked
from flows.training.carrying_out import train_asked
from flows.training.on_pages import OnPages


def training_name() -> str:
    """Return what a run is called on Prefect's pages: its recipe, and the textiles where they are few."""
    recipe, styles = flow_run.parameters["recipe"], _listed(flow_run.parameters.get("styles", ""))
    named = Path(recipe).stem if is_path(recipe) else recipe
    return f"{named}: {', '.join(styles)}" if 0 < len(styles) <= 3 else named


@flow(name="train-networks", flow_run_name=training_name, validate_parameters=True)
def train_networks(
    recipe: str = "johnson",
    styles: str = "",
    shared: bool = False,
    minutes: float = 0.0,
    steps: int = 0,
    anew: bool = False,
    compare: bool = True,
    unlicensed: bool = False,
    content_catalog: str = "",
    style_catalog: str = "",
    device: str = "auto",
    root: str = "",
) -> dict[str, Any]:
    """Train the network of a recipe: weights with a card, a learning curve and a sample picture.

    What was begun goes on where it stopped, also after a Retry; what is trained so already is left alone.

    Args:
        recipe: Name or path of a recipe that paints through a trained network.
        styles: The textiles (style_id) to learn, with commas between; empty: for a network that knows all.
        shared: Train the file that all styles share, also where it is there.
        minutes: For each file of weights; then it ends with what it has; 0: as the recipe says.
        steps: For each file of weights; 0: as the recipe says.
        anew: Drop what was begun, and train again what is there.
        compare: Paint garments held out, beside the optimised design, for the scores in the card.
        unlicensed: Learn also from images whose licence cell is empty.
        content_catalog: Key of the catalog of photos, without suffix; empty: content/catalog.
        style_catalog: Key of the catalog of textiles, without suffix; empty: style/catalog.
        device: What trains; auto: the first GPU of the worker, else its CPU.
        root: s3://bucket/prefix or a directory; empty: as configured (TOILE_ROOT or storage.yaml).

    Returns:
        ``files``: each with its keys, how its training went, and its scores.

    Raises:
        ConfigError, NotFound, CatalogMissing: nothing of that name.
        TrainingImpossible: photos, licences or settings that nothing can be learnt from, or it diverged.
        TrainingBusy: another process is at it.
        StorageFull, StorageUnavailable: the last checkpoint is as it was.
    """
    end_server_with_this_process()
    begin_observing()
    asked = Asked(
        recipe=recipe,
        styles=_listed(styles),
        shared=shared,
        minutes=minutes,
        steps=steps,
        anew=anew,
        compare=compare,
        unlicensed=unlicensed,
        content_catalog=content_catalog,
        style_catalog=style_catalog,
    )
    listener = OnPages(equipment().storage(root))
    return {"files": train_asked(asked, root, device=device, listener=listener, as_task=_as_task)}


@task(name="train", task_run_name="{title}", cache_policy=NO_CACHE)
def train_file(title: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG001 (the run's name)
    """Train one file of weights."""
    return work()


def _as_task(title: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    done: dict[str, Any] = train_file.with_options(**retrying())(title, work)
    return done


def _listed(names: str) -> tuple[str, ...]:
    """Return names with commas between, each once."""
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in names.split(",")))))
