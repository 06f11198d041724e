"""Work pools: where runs are carried out, one template a kind in ``work_pools/*.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import yaml

PoolType = Literal["process", "docker", "kubernetes"]
POOL_TYPES: tuple[PoolType, ...] = get_args(PoolType)
_TEMPLATES = Path(__file__).parent / "work_pools"


def base_job_template(kind: PoolType) -> dict[str, Any]:
    """Return what Prefect calls a base job template: how a run's process, container or job is made."""
    text = (_TEMPLATES / f"{kind}.yaml").read_text(encoding="utf-8")
    template: dict[str, Any] = yaml.safe_load(text)
    return template
