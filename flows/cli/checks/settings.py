"""Is what painting reads in place: weights, configs, and the API that flows report to."""

from __future__ import annotations

import os

from flows.cli.checks.finding import Finding
from flows.cli.checks.machine import prefect_home


def weights() -> list[Finding]:
    """Read the default backbone's weights, and look which others are here."""
    from configs.recipe_rules import DEFAULT_BACKBONE
    from nst_core.backbones.weights import WEIGHTS, find_weights, load_weights
    from nst_core.errors import EngineError

    findings: list[Finding] = []
    for name in WEIGHTS:
        is_default = name == DEFAULT_BACKBONE
        if find_weights(name) is None and not is_default:
            remedy = f"only for recipes with backbone: {name}; then toile weights pull {name}"
            findings.append(Finding("weights", "note", f"{name} is not here", remedy))
            continue
        try:
            read = load_weights(name)
        except EngineError as error:
            remedy = f"make setup installs them; else toile weights pull {name}"
            findings.append(Finding("weights", "problem", f"{name}: {error}", remedy))
            continue
        findings.append(
            Finding("weights", "ok", f"{name} read and checked, {read.sha256[:12]}…, {read.path}")
        )
    return findings


def configs() -> list[Finding]:
    """Load every recipe and batch that is found by name."""
    from configs.errors import ConfigError
    from configs.loading import list_batches, list_recipes, load_batch, load_recipe, load_recipes

    findings: list[Finding] = []
    for name in list_recipes():
        try:
            load_recipe(name)
        except ConfigError as error:
            findings.append(Finding("configs", "problem", str(error), f"mend the recipe {name}"))
    for name in list_batches():
        try:
            load_recipes(load_batch(name))
        except ConfigError as error:
            findings.append(Finding("configs", "problem", str(error), f"mend the batch {name}"))
    own = os.environ.get("TOILE_CONFIGS")
    found = f"{len(list_recipes())} recipes, {len(list_batches())} batches" + (
        f", yours from {own}" if own else ""
    )
    return findings or [Finding("configs", "ok", found)]


def prefect_api() -> list[Finding]:
    """Ask the Prefect API whether it is well; without a configured one, start the temporary one."""
    home = prefect_home()
    remedy_home = "set PREFECT_HOME to a folder that this user may write to"
    try:
        home.mkdir(parents=True, exist_ok=True)
        writable = os.access(home, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        return [Finding("Prefect API", "problem", f"{home} cannot be written to", remedy_home)]
    import prefect
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL

    url = PREFECT_API_URL.value()
    try:
        with get_client(sync_client=True) as client:
            trouble = client.api_healthcheck()
    except Exception as error:  # noqa: BLE001 (a client may fail in many ways; each is a line of the table)
        trouble = error
    if trouble is None:
        where = url or "its own temporary API (no history; set PREFECT_API_URL for a team's server)"
        return [Finding("Prefect API", "ok", f"Prefect {prefect.__version__}, {where}")]
    remedy = (
        f"start the server at {url}, correct PREFECT_API_URL, or unset it"
        if url
        else "give it time: PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=300; or set PREFECT_API_URL"
    )
    return [Finding("Prefect API", "problem", f"{type(trouble).__name__}: {trouble}", remedy)]
