"""Log lines for machines: one JSON object each, with everything to find the work by, and nothing secret."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta

import numpy as np
import pytest

from flows.observability import events
from flows.observability.logs import MAX_CHARS, JsonLines, plain_fact, scrubbed, wants_json
from flows.observability.signals import at_work_on, happened


@pytest.fixture
def lines():
    """Yield the lines that loggers of ours write as JSON."""
    written: list[dict] = []

    class Handler(logging.Handler):
        def emit(self, record):
            text = self.format(record)
            assert "\n" not in text
            written.append(json.loads(text))

    handler, logger = Handler(), logging.getLogger("flows")
    handler.setFormatter(JsonLines())
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_an_event_is_one_line_with_its_place_and_its_facts(lines):
    with at_work_on(batch="demo", shard=3, flow_run="11", task_run="22"):
        happened(events.DESIGN_FAILED, design="a" * 32, recipe="laid", code="truncated", error="ends\nearly")
    [line] = lines
    assert (line["event"], line["level"]) == ("design.failed", "warning")
    assert (line["batch"], line["shard"], line["flow_run"], line["task_run"]) == ("demo", 3, "11", "22")
    assert (line["design"], line["code"]) == ("a" * 32, "truncated")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)


def test_any_other_line_says_where_it_was_and_what_went_wrong(lines):
    with at_work_on(batch="demo"):
        try:
            raise RuntimeError("the device does not answer")
        except RuntimeError:
            logging.getLogger("flows.shards.painting").exception("a batch of %d failed", 4)
    [line] = lines
    assert (line["event"], line["message"], line["batch"]) == ("message", "a batch of 4 failed", "demo")
    assert "RuntimeError: the device does not answer" in line["traceback"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://house:pa55word@hooks.example/x says no", "pa55word"),
        ("s3 link ?X-Amz-Credential=AKIA123%2F2026&X-Amz-Signature=deadbeef&x=1", "deadbeef"),
        ("aws_secret_access_key = wJalrXUtnFEMI", "wJalrXUtnFEMI"),
        ('{"password": "hunter2", "user": "a"}', "hunter2"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("api_key=abc123", "abc123"),
    ],
)
def test_what_lets_somebody_in_is_never_in_a_line(lines, text, secret):
    assert secret not in scrubbed(text)
    happened(events.STORAGE_AWAY, error=text)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logging.getLogger("flows.x").exception("so")
    assert len(lines) == 2
    assert secret not in json.dumps(lines)


def test_words_about_secrets_stay_as_they_are():
    text = "the secret does not fit the access key; check AWS_SECRET_ACCESS_KEY"
    assert scrubbed(text) == text


def test_no_pixels_and_no_bytes_come_into_a_line():
    assert plain_fact(np.zeros((4, 4, 3), np.uint8)) == "ndarray"
    assert plain_fact(b"\x89PNG") == "bytes"
    assert plain_fact([np.zeros(3)]) == "list"
    assert len(plain_fact("x" * 10_000)) == MAX_CHARS


def test_a_worker_s_run_writes_json_and_a_terminal_does_not_unless_asked(monkeypatch):
    monkeypatch.delenv("TOILE_LOG", raising=False)
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID", raising=False)
    assert not wants_json()
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "11")
    assert wants_json()
    monkeypatch.setenv("TOILE_LOG", "text")
    assert not wants_json()
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID")
    monkeypatch.setenv("TOILE_LOG", "json")
    assert wants_json()
