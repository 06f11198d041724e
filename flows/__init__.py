"""The nightly work: plan, render shards, publish; the only package that joins catalogs and the engine."""

from __future__ import annotations

import os

# Read by Prefect when it is first imported. It sends usage data unless told not to, and gives its own
# temporary server 20 s to start, which a machine busy with painting does not always manage.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
