import datetime as dt
import re
from pathlib import Path
from uuid import UUID

import pytest

from idp.audit import Event
from idp.selfservice.history import KINDS, NOT_OF_PEOPLE, Entry, Kind

TEMPLATE = Path(__file__).resolve().parents[3] / "templates" / "account" / "events.html"


def test_every_event_is_of_people_or_not() -> None:
    """A new event must be placed: shown to whom it concerns, or never about a person."""
    assert set(KINDS) | NOT_OF_PEOPLE == set(Event)
    assert not set(KINDS) & NOT_OF_PEOPLE


def test_every_event_of_people_has_words() -> None:
    """The closed table of the page and the one of kinds name the same events."""
    table = TEMPLATE.read_text(encoding="utf-8").partition("{%- set known = {")[2].partition("} -%}")[0]
    assert sorted(re.findall(r'^  "([a-z_]+\.[a-z_]+)":', table, re.MULTILINE)) == sorted(e.value for e in KINDS)


@pytest.mark.parametrize("event", KINDS, ids=str)
def test_an_entry_has_a_kind(event: Event) -> None:
    """The kind by which people sort."""
    entry = Entry(UUID(int=1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), event.value, None, None, {})
    assert entry.kind in set(Kind)
