import json
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.audit import AuditEvent, Event, audit_operation
from idp.audit.events import MAX_TEXT
from idp.audit.models import AuditRow
from idp.audit.trail import APPEND, audit_item
from idp.entropy import Entropy
from idp.telemetry import request_id
from tests.factories.moments import START, StillClock

CLOCK = StillClock()
ENTROPY = Entropy(CLOCK)
PERSON = uuid.uuid4()


def cleaned(value: str) -> str:
    """A text of a body as it is stored."""
    stored = AuditEvent(Event.SIGNIN_FAILED, body={"user_agent": value}).cleaned_body()["user_agent"]
    assert isinstance(stored, str)
    return stored


def test_event_names_are_room_and_fact() -> None:
    """The catalogue is closed and its names are of one form."""
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", event) for event in Event)


@pytest.mark.parametrize(
    "hostile",
    ["a\r\nb", "a\x1b[31mb", "a\x00b", "a\u2028b", "a\u2029b", "a\x85b", "a\ud800b", "a\x7fb"],
)
def test_control_characters_do_not_reach_a_line(hostile: str) -> None:
    """AC-117: line breaks, terminal sequences, NUL and lone surrogates are replaced."""
    text = cleaned(hostile)
    assert text.startswith("a\ufffd")
    assert text.endswith("b")
    assert text.isprintable()


@given(st.text())
def test_any_text_is_one_json_line(text: str) -> None:
    """AC-117: whatever a stranger sends, it is one line of bounded length that PostgreSQL can store."""
    stored = cleaned(text)
    line = json.dumps(stored, ensure_ascii=False)
    assert len(stored) <= MAX_TEXT
    assert len(line.splitlines()) == 1
    assert "\\u0000" not in line
    line.encode()


def test_lists_are_bounded_and_cleaned() -> None:
    """Fifty items at most, each cleaned like a text; numbers, flags and nothing pass as they are."""
    event = AuditEvent(Event.CONSENT_GRANTED, body={"fields": ["a\nb"] * 60, "n": 3, "yes": True, "no": None})
    body = event.cleaned_body()
    assert body["fields"] == ["a\ufffdb"] * 50
    assert (body["n"], body["yes"], body["no"]) == (3, True, None)


def test_an_item_is_the_whole_event() -> None:
    """The batch item carries every column that a writer sets, with the moment and the request."""
    token = request_id.set("req-1")
    try:
        event = AuditEvent(Event.TOKEN_ISSUED, PERSON, "permits", uuid.UUID(int=7), "operator", {"grant": "code"})
        item = audit_item(event, CLOCK, ENTROPY)
    finally:
        request_id.reset(token)
    assert set(item) == {column.name for column in AuditRow.__table__.columns} - {"txid", "leaf"}
    assert item["at"] == START.isoformat()
    assert item["request_id"] == "req-1"
    assert item["subscriber_id"] == str(PERSON)
    assert item["session_id"] == str(uuid.UUID(int=7))


def test_an_item_without_references_says_null() -> None:
    """Absent references are null, not the text None."""
    item = audit_item(AuditEvent(Event.TOKEN_ISSUED), CLOCK, ENTROPY)
    absent = ("subscriber_id", "client_id", "session_id", "actor")
    assert [item[name] for name in absent] == [None] * 4


def test_each_event_has_an_identifier_of_its_own() -> None:
    """The same fact twice is two rows; the same item sent twice is one."""
    event = AuditEvent(Event.TOKEN_ISSUED)
    first, second = (audit_item(event, CLOCK, ENTROPY)["id"] for _ in range(2))
    assert first != second


def test_an_event_can_join_a_batch() -> None:
    """As an operation of its own it goes through the append statement, and batches with anything."""
    operation = audit_operation(AuditEvent(Event.TOKEN_INTROSPECTED, body={"text": "a\x00b"}), CLOCK, ENTROPY)
    assert operation.statement is APPEND
    assert operation.key is None
