"""The application in this process, over the run's servers, with made-up people and services."""

import contextlib
import itertools
import logging
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.audit import Trail
from idp.audit.models import AuditRow
from idp.authenticators.totp import code_at
from idp.cli.subscribers import open_account
from idp.clients.loader import DatabaseLoader
from idp.clients.registration import ClientRegistration
from idp.errors import Refusal
from idp.web.extensions import db
from idp.web.services import Services
from tests.factories.visitors import Visitor
from tests.live import MovableClock
from tests.stack import Stack

PASSWORD = "kettle on the blue hill"
CALLBACK = "https://permits.example/callback"
VERIFIER = "v" * 64
OpenSite = Callable[..., contextlib.AbstractContextManager["Site"]]
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    id: UUID
    username: str
    secret: str | None = field(repr=False)


class Site:
    """The application and what tests put into it."""

    def __init__(self, app: Flask, clock: MovableClock) -> None:
        self.app = app
        self.clock = clock
        self.environment: dict[str, str] = {}

    @property
    def services(self) -> Services:
        """The application's services."""
        services: Services = self.app.extensions["wangov"]
        return services

    def person(self, *, totp: bool = False, **claims: Any) -> Person:
        """A new person."""
        number = next(_numbers)
        document = {"username": f"person{number}", "password": PASSWORD, "totp": totp, "name": f"Testa {number}"}
        with self.app.app_context():
            made = open_account(self.services, db.session(), document | claims)
            assert not isinstance(made, Refusal), made
            db.session.commit()
        return Person(made.subscriber_id, made.username, None if made.totp is None else made.totp.secret)

    def service(self, **metadata: Any) -> str:
        """A new confidential client; its id."""
        document = {
            "client_name": "Market Stall Permits",
            "redirect_uris": [CALLBACK],
            "client_uri": "https://permits.example/",
            "scope": "openid profile email phone offline_access",
            "grant_types": ["authorization_code", "refresh_token"],
            "purpose": "To write your permit",
        }
        shared = self.services
        with self.app.app_context():
            trail = Trail(db.session(), shared.clock, shared.entropy)
            registration = ClientRegistration(
                db.session(), shared.clock, shared.entropy, trail, shared.registration_policy
            )
            made = registration.create(document | metadata)
            assert not isinstance(made, Refusal), made
            db.session.commit()
        shared.ephemeral.advance("clients")
        return made.client_id

    def visitor(self, address: str | None = None) -> Visitor:
        """A browser without cookies, at an address of its own."""
        number = next(_numbers)
        return Visitor(self.app, address or f"198.18.{number // 250}.{number % 250 + 1}")

    def code(self, person: Person, steps: int = 0) -> str:
        """What the person's code generator shows."""
        assert person.secret is not None
        return code_at(person.secret, int(self.clock.now()) // 30 + steps)

    def sign_in(self, visitor: Visitor, person: Person) -> None:
        """Both steps, from the password page on."""
        visitor.submit("/password", identifier=person.username, password=PASSWORD)
        if person.secret is not None:
            visitor.submit("/code", code=self.code(person))

    def audit(self, **wanted: Any) -> list[AuditRow]:
        """The audit rows with these columns, oldest first."""
        with self.app.app_context(), Session(db.engine) as session:
            return list(session.scalars(select(AuditRow).filter_by(**wanted).order_by(AuditRow.at, AuditRow.id)))

    def events(self, person: Person) -> list[str]:
        """What the trail says of a person, in order, without how they were made."""
        made = {"subscriber.created", "authenticator.bound"}
        return [row.event for row in self.audit(subscriber_id=person.id) if row.event not in made]


def authorize_address(client_id: str, **parameters: str) -> str:
    """An authorization request."""
    challenge = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "st-1",
        "nonce": "n-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"/oauth/authorize?{urlencode(asked | parameters)}"


def answer_of(visitor: Visitor) -> dict[str, str]:
    """What the client was told, once the browser has been sent back to it."""
    assert visitor.page.status_code == 303, visitor.title
    assert visitor.page.location.startswith(CALLBACK), visitor.page.location
    return {name: value for name, (value,) in parse_qs(urlsplit(visitor.page.location).query).items()}


@pytest.fixture(scope="module")
def open_site(
    stack: Stack, worker: str, moved_clock: MovableClock, tmp_path_factory: pytest.TempPathFactory
) -> OpenSite:
    """Makes applications with settings of their own, each on a database of its own."""

    @contextlib.contextmanager
    def opened(**settings: str) -> Iterator[Site]:
        name = f"site_{worker}_{next(_numbers)}"
        environment = stack.settings(database_url=stack.clone(name), issuer="http://localhost:8000", redis_prefix=name)
        folder = tmp_path_factory.mktemp(name)
        own = {"WANGOV_TEST_CLOCK": str(moved_clock.file), "WANGOV_DATA": str(folder)}
        try:
            with with_settings(environment | own | settings):
                from wsgi import create_app

                site = Site(create_app(), moved_clock)
                site.environment = environment | own | settings
                done = site.app.test_cli_runner().invoke(args=["keys", "init"])
                assert done.exit_code == 0, done.output
                yield site
            closed(site)
        finally:
            stack.drop(name)

    return opened


@pytest.fixture(scope="module")
def site(open_site: OpenSite) -> Iterator[Site]:
    """One application for the tests of a module."""
    with open_site() as site:
        yield site


@contextlib.contextmanager
def with_settings(settings: dict[str, str]) -> Iterator[None]:
    """These settings and no others, while the application reads them."""
    before, handlers = dict(os.environ), list(logging.getLogger().handlers)
    try:
        for known in [known for known in os.environ if known.startswith("WANGOV_")]:
            del os.environ[known]
        os.environ.update(settings)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        logging.getLogger().handlers = handlers


def closed(site: Site) -> None:
    """Give every connection back."""
    site.services.committer.close()
    loader = site.services.registry._loader
    assert isinstance(loader, DatabaseLoader)
    loader._engine.dispose()
    with site.app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _clock_back(test_clock: MovableClock) -> None:
    """Every test begins at the machine's time."""
