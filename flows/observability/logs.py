"""Log lines: sentences in a terminal and on Prefect's pages, one JSON object a line where machines read them.

``TOILE_LOG`` says which: ``json`` or ``text``; unset, JSON in a process that carries out a run for a worker.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime
from typing import Any

from flows.observability.signals import FACTS, OFTEN, place

FORM = "TOILE_LOG"
LEVEL = "TOILE_LOG_LEVEL"
OURS = ("flows", "catalogs", "nst_core", "configs")
# Prefect tells a run's process so which run it is.
_FOR_A_WORKER = "PREFECT__FLOW_RUN_ID"
MAX_CHARS = 4000
_NEVER = logging.CRITICAL + 1

# What lets somebody in: passwords in addresses, signatures of links, keys after their names.
_SECRETS = (
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), r"\1:***@"),
    (
        re.compile(
            r"(?i)\b(X-Amz-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId)=[^&\s\"']+"
        ),
        r"\1=***",
    ),
    (
        re.compile(
            r"(?i)\b((?:aws_)?(?:secret|session)[\w-]*|password|passwd|token|authorization|api[_-]?key)"
            r"([\"']?\s*[=:]\s*[\"']?)(?:(Basic|Bearer)\s+)?[^\s\"',;]+"
        ),
        r"\1\2***",
    ),
)


def scrubbed(text: str) -> str:
    """Return a text without passwords, keys and the signatures of links, at most ``MAX_CHARS`` long."""
    if ":" in text or "=" in text:  # no secret is without; most lines are, and a night has millions
        for pattern, instead in _SECRETS:
            text = pattern.sub(instead, text)
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"


class JsonLines(logging.Formatter):
    """One JSON object a record: time in UTC, level, event, sentence, where, facts; no secret, no pixel."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = getattr(record, FACTS, None)
        # Prefect gives its own records the ids of its runs
        runs = {name: getattr(record, f"{name}_id", None) for name in ("flow_run", "task_run")}
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": "message",
            "message": scrubbed(record.getMessage()),
            "logger": record.name,
            **{name: str(id_) for name, id_ in runs.items() if id_},
        }
        told |= {name: plain_fact(value) for name, value in (facts or place()).items()}
        if record.exc_info and record.exc_info[1] is not None:
            told["traceback"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def plain_fact(value: Any) -> Any:
    """Return a value as it may stand in a log: numbers and short texts, and of all else only its sort."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, tuple | list) and all(isinstance(one, str | int) for one in value):
        return [plain_fact(one) for one in value[:100]]
    return type(value).__name__


def wants_json() -> bool:
    """Whether this process writes JSON lines."""
    form = os.environ.get(FORM, "")
    return form == "json" or (form != "text" and _FOR_A_WORKER in os.environ)


def begin_logs() -> None:
    """Let this process's log be read: on the terminal as is asked for, and on Prefect's pages as sentences.

    Done twice, it is the same as once.
    """
    level = os.environ.get(LEVEL, "INFO").upper()
    known = logging.getLevelNamesMapping()
    for name in OURS:
        logging.getLogger(name).setLevel(known.get(level, logging.INFO))
    if wants_json():
        _write_json()


def show_on_prefects_pages() -> None:
    """Give Prefect's server our records, as sentences, under the run that they belong to."""
    from prefect.logging.handlers import APILogHandler

    for name in OURS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, APILogHandler) for one in logger.handlers):
            handler = APILogHandler()
            handler.setFormatter(_Sentences("%(message)s"))
            handler.addFilter(_has_a_page)
            logger.addHandler(handler)


class _Sentences(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))


def _has_a_page(record: logging.LogRecord) -> bool:
    """Return whether a record belongs to a run, and is not one of very many."""
    from prefect.context import FlowRunContext, TaskRunContext

    if getattr(record, OFTEN, False):
        return False
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None


def _write_json() -> None:
    everything = logging.getLogger()
    if not any(isinstance(one.formatter, JsonLines) for one in everything.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        everything.addHandler(handler)
    # Prefect's own console would say the same again, in another form
    for logger in (everything, *logging.Logger.manager.loggerDict.values()):
        for one in logger.handlers if isinstance(logger, logging.Logger) else ():
            if type(one).__name__ == "PrefectConsoleHandler":
                one.setLevel(_NEVER)
