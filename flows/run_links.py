"""Where Prefect shows a flow run and its log."""

from __future__ import annotations

import os

_API = "/api"


def run_link(run_id: str) -> str:
    """Return the address of a flow run's page, "" where no server of one's own is configured.

    The page is below PREFECT_UI_URL, else beside PREFECT_API_URL. A temporary server has no page that lasts.
    """
    page = os.environ.get("PREFECT_UI_URL", "").rstrip("/")
    api = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not page and api.endswith(_API):
        page = api.removesuffix(_API)
    return f"{page}/runs/flow-run/{run_id}" if page and run_id else ""
