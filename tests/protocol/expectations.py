"""What every refusal must look like, for machines, for relying parties and for people."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import requests

from tests.protocol.driver import Arrival, Page, Step

__all__ = ["refused", "soon", "stopped", "turned_away"]

# RFC 6749 5.2: the characters that error and error_description may have.
_ERROR = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
_INSIDE = re.compile(
    r"Traceback|File \"|psycopg|sqlalchemy|gunicorn|granian|Werkzeug|localhost\.localdomain", re.IGNORECASE
)


def refused(answer: requests.Response, error: str, status: int = 400) -> dict[str, Any]:
    """A machine endpoint said no: registered code, JSON, not stored, nothing about our inside."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"].partition(";")[0] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = answer.json()
    assert document["error"] == error, document
    assert set(document) <= {"error", "error_description", "error_uri"}
    assert all(_ERROR.fullmatch(text) for text in document.values())
    assert not _INSIDE.search(answer.text)
    assert "Location" not in answer.headers
    return document


def turned_away(step: Step, error: str, *, issuer: str, state: str | None) -> Arrival:
    """The relying party was told no at its own address, with state and issuer (RFC 6749 4.1.2.1, RFC 9207)."""
    assert isinstance(step, Arrival), (step.url, step.status, step.heading)
    parameters = step.parameters
    assert parameters.get("error") == error, parameters
    assert "code" not in parameters
    assert parameters["iss"] == issuer
    assert parameters.get("state") == state
    assert len(step.pairs) == len(parameters)
    assert _ERROR.fullmatch(parameters.get("error_description", "-"))
    return step


def stopped(step: Step, status: int = 400) -> Page:
    """The person sees a page and is sent nowhere; the page has a heading, a way on, and nothing of our inside."""
    assert isinstance(step, Page), step
    assert step.status == status, (step.status, step.heading)
    assert "Location" not in step.headers
    assert step.headers["Content-Type"].startswith("text/html")
    assert step.headers["Cache-Control"] == "no-store"
    assert step.heading
    assert step.links
    assert not _INSIDE.search(step.text)
    return step


def soon(check: Callable[[], bool], *, seconds: float = 2.0, in_a_row: int = 12) -> None:
    """A change reaches every worker within a second: `check` holds many times in a row before `seconds` are over."""
    deadline = time.monotonic() + seconds
    held = 0
    while held < in_a_row:
        held = held + 1 if check() else 0
        assert held or time.monotonic() < deadline, "the change did not reach every worker in time"
        time.sleep(0.01)
