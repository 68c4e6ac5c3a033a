"""The running provider as its operator and an auditor see it: registrations by command, audit rows, the clock."""

from __future__ import annotations

import contextlib
import itertools
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.live import LiveServer
from tests.protocol.console import Console
from tests.protocol.driver import Browser, Person, RelyingParty
from tests.protocol.mailbox import Mailbox

__all__ = ["PASSWORD", "Provider"]

PASSWORD = "quiet rain on tin roofs 7"
CLAIMS: dict[str, Any] = {
    "name": "Amara Testperson",
    "given_name": "Amara",
    "family_name": "Testperson",
    "birthdate": "1990-04-27",
    "email": "amara@mail.example",
    "email_verified": True,
    "phone_number": "+23276000001",
    "phone_number_verified": False,
    "address": {"street_address": "1 Sample Road", "locality": "Freetown", "country": "SL"},
    "locale": "en",
    "zoneinfo": "Africa/Freetown",
}


class Provider:
    """One running provider. Every party, person and browser made here is the caller's own."""

    def __init__(self, live: LiveServer) -> None:
        self.live = live
        self.issuer = live.issuer
        self.console = Console(live.environment)
        self._verify = live.http.verify or True
        self._numbers = itertools.count(1)

    @cached_property
    def discovery(self) -> dict[str, Any]:
        """The published metadata."""
        document: dict[str, Any] = self.live.get("/.well-known/openid-configuration").json()
        return document

    def browser(self, language: str = "en") -> Browser:
        """A browser that nobody has used, at a network address of its own."""
        number = next(self._numbers)
        return Browser(self.issuer, f"192.0.{number // 250}.{number % 250 + 1}", language, self._verify)

    def register(self, **metadata: Any) -> RelyingParty:
        """Register a relying party as an operator does; a confidential one with code flow unless told otherwise."""
        name = metadata.pop("host", f"party{next(self._numbers)}.example")
        document = {
            "client_name": name.partition(".")[0].capitalize(),
            "redirect_uris": [f"https://{name}/callback"],
            "post_logout_redirect_uris": [f"https://{name}/signed-out"],
            "grant_types": ["authorization_code", "refresh_token"],
            **metadata,
        }
        registration = self.operate("client", "create", document=document)
        return RelyingParty(self.issuer, registration, self.discovery, self._verify)

    def register_app(self) -> RelyingParty:
        """An app on a phone: no secret, a private scheme and the loopback address."""
        return self.register(
            client_name="Pocket",
            application_type="native",
            token_endpoint_auth_method="none",
            redirect_uris=["com.example.pocket:/callback", "http://127.0.0.1/callback"],
            post_logout_redirect_uris=["com.example.pocket:/signed-out"],
        )

    def register_machine(self, scope: str, *resources: str) -> RelyingParty:
        """A service that calls others on its own account."""
        return self.register(
            client_name="Nightly",
            redirect_uris=[],
            post_logout_redirect_uris=[],
            grant_types=["client_credentials"],
            scope=scope,
            resources=list(resources),
        )

    def enrol(self, username: str | None = None, **changes: Any) -> Person:
        """Make a person with the standard claims of these tests; `totp=True` gives a code generator."""
        name = username or f"person{next(self._numbers)}"
        document = {"username": name, "password": PASSWORD, **CLAIMS, **changes}
        given = {member: value for member, value in document.items() if value is not None}
        made = self.operate("subscriber", "create", document=given)
        clock = self.live.clock

        def mailed() -> str:
            with contextlib.closing(Mailbox(self.live)) as mailbox:
                return mailbox.last(made["id"]).code

        return Person(name, document["password"], made["id"], made.get("totp_secret"), clock.now, clock.advance, mailed)

    def operate(self, *arguments: str, document: object = None) -> Any:
        """What an operator's command answers; fails when the command does."""
        code, answer = self.console.run(*arguments, document=document)
        assert code == 0, (arguments, answer)
        return answer

    def refused(self, *arguments: str, document: object = None) -> dict[str, Any]:
        """The error document of a command that must fail."""
        code, answer = self.console.run(*arguments, document=document)
        assert code == 1, (arguments, answer)
        assert set(answer) == {"error", "error_description"}
        return dict(answer)

    def events(self, event: str | None = None, **columns: str) -> list[dict[str, Any]]:
        """The audit rows of an event, in the order of their transactions, where the named columns have these values."""
        wanted = {**columns, **({"event": event} if event else {})}
        condition = " and ".join(f"{name}::text = %({name})s" for name in wanted) or "true"
        return self.query(f"select * from audit_event where {condition} order by txid, at, id", wanted)  # noqa: S608 - names are the tests' own

    def query(self, statement: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of the provider's database, as an auditor with a reader's account would see them."""
        with psycopg.connect(self.live.database_url, row_factory=dict_row) as connection:
            return connection.execute(statement, parameters).fetchall()
