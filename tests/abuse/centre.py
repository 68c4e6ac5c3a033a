"""A registration centre on the running server: staff with passkeys, who reach its pages over plain HTTP."""

from __future__ import annotations

import itertools
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import requests

from tests.protocol.driver import Browser, shown
from tests.protocol.passkeys import add_passkey, answer_with, begin
from tests.protocol.provider import Provider

__all__ = ["Centre", "Employee"]

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_numbers = itertools.count(1)


@dataclass
class Employee:
    """Somebody of the staff at a browser."""

    id: str
    browser: Browser
    token: str = ""

    def get(self, address: str) -> requests.Response:
        """Open a page; no redirect is followed."""
        return self.browser.raw("GET", address)

    def send(self, address: str, **values: str) -> requests.Response:
        """Send a form with this browser's token, without following."""
        if not self.token:
            found = _TOKEN.search(self.get("/text-size").text)
            assert found is not None
            self.token = found[1]
        return self.browser.raw("POST", address, data={"csrf_token": self.token, **values})

    def opened(self) -> str:
        """The number of an application that was just opened."""
        answer = self.send("/staff/cases", kind="new", key=new_key())
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"].rpartition("/")[2]


class Centre:
    """Two centres of the running server, and members of staff as two others would have given them their roles."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        provider.operate("division", "load")
        self.here = self._centre("HERE")
        self.elsewhere = self._centre("AWAY")
        self.granters = [provider.enrol().id for _ in range(2)]

    def employ(self, *roles: str, centre: str = "HERE", passkey: bool = True) -> Employee:
        """Somebody with these roles, posted there today, who signed in with a passkey, or with a password alone."""
        # Codes by mail are limited by address.
        person = self.provider.enrol(ial=3, email=f"staff{next(_numbers)}@mail.example")
        browser = self.provider.browser()
        if not passkey:
            # Signed in before the account became one of staff: afterwards a password opens nothing.
            person.go_on(browser, begin(browser))
        soft = add_passkey(browser, person) if passkey else None
        self.write("update subscriber set policy_group = 'staff' where id = %s", person.id)
        self.grant(person.id, *roles)
        self.provider.operate("posting", "add", person.id, centre)
        if soft is None:
            return Employee(person.id, browser)
        entering = self.provider.browser()
        shown(answer_with(entering, begin(entering), soft))
        return Employee(person.id, entering)

    def grant(self, person: str, *roles: str) -> None:
        """Give roles, each asked for by one and given by another."""
        now = datetime.fromtimestamp(self.provider.live.clock.now(), UTC)
        for role in roles:
            approval, (asked, decided) = uuid.uuid4(), self.granters
            self.write(
                "insert into approval (id, subject_id, role, asked_by, asked_at, expires_at, state, decided_by)"
                " values (%s, %s, %s, %s, %s, %s, 'approved', %s)",
                approval, person, role, asked, now, now, decided,
            )  # fmt: skip
            self.write(
                "insert into staff_role (id, subscriber_id, role, approval_id, granted_at) values (%s, %s, %s, %s, %s)",
                uuid.uuid4(), person, role, approval, now,
            )  # fmt: skip

    def move(self, aid: str, state: str) -> None:
        """Put an application into a state, as if everybody had done their part."""
        self.write("update enrol_application set state = %s where aid = %s", state, aid)

    def standing(self, aid: str) -> tuple[str, int]:
        """State and version as stored."""
        [row] = self.provider.query("select state, version from enrol_application where aid = %(aid)s", {"aid": aid})
        return row["state"], row["version"]

    def write(self, statement: str, *values: Any) -> None:
        """Change a row behind the server's back."""
        with psycopg.connect(self.provider.live.database_url) as connection:
            connection.execute(statement, values)

    def _centre(self, code: str) -> str:
        made = self.provider.operate("centre", "add", code, "Made-up Hall", "--division", "SL-S-BO")
        return str(made["id"])


def new_key() -> str:
    """An idempotency key that nobody used."""
    return f"01900000-0000-7000-8000-{next(_numbers):012x}"
