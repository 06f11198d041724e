"""Where Prefect shows the flow run that made a design, or failed to."""

from __future__ import annotations

import re

from catalogs.gallery.house import House

_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def run_page(house: House, run_id: str | None) -> str:
    """Return the address of a flow run's page; "" where Prefect's pages are not known, or the id is none."""
    pages = house.settings.prefect_page.rstrip("/")
    return f"{pages}/runs/flow-run/{run_id}" if pages and run_id and _RUN.fullmatch(run_id) else ""
