"""People, clients and sessions in a database of the module's own, and the statements of tokens by name.

Every person and client is new, so tests share the database without seeing each other's rows.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import psycopg
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from config.stores import POINT_LOOKUPS
from idp.audit import Event
from idp.authorization.facts import Facts, ask_facts, facts_of
from idp.clients.client import Client
from idp.consent.models import ConsentRow
from idp.database import GroupCommitter, Operation
from idp.database.batch import Row
from idp.entropy import Entropy, SecretKind, digest
from idp.errors import Code, Refusal
from idp.keys import PurposeKeys
from idp.tokens.grant import Grant
from idp.tokens.inspection import Inspected, Question, inspect, inspected
from idp.tokens.models import GrantRow
from idp.tokens.redemption import Presentation, Redeemed, redeem, redeemed
from idp.tokens.refresh_token import RefreshToken, successor
from idp.tokens.revocation import revoke_access_token, revoke_refresh_token
from idp.tokens.rotation import Refreshed, Use, rotate, rotated
from tests.factories.clients import store_client
from tests.factories.grants import store_session
from tests.factories.keys import purpose_keys
from tests.factories.moments import StillClock
from tests.factories.subscribers import store_subscriber
from tests.stack import Stack

CALLBACK = "https://permits.example/callback"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
IDLE = 1800
REFRESH_IDLE = dt.timedelta(days=30)
REFRESH_ABSOLUTE = dt.timedelta(days=90)
REFRESH_KEY = b"k" * 32
_numbers = itertools.count(1)
Good = TypeVar("Good")


@dataclass(frozen=True)
class Opened:
    """A grant that was just opened, with its code."""

    grant: Grant
    code: str


@dataclass
class World:
    """Everything a statement needs. `committers` are two, as of two processes."""

    url: str
    committers: tuple[GroupCommitter, GroupCommitter]
    clock: StillClock = field(default_factory=StillClock)
    keys: PurposeKeys = field(default_factory=purpose_keys)

    def __post_init__(self) -> None:
        self.entropy = Entropy(self.clock)
        self.requests = ThreadPoolExecutor(32)
        self.engine = create_engine(self.url.replace("postgresql://", "postgresql+psycopg://", 1))
        self.connection = psycopg.connect(self.url, autocommit=True)

    def close(self) -> None:
        """Let go of the database."""
        self.requests.shutdown()
        for committer in self.committers:
            committer.close()
        self.connection.close()
        self.engine.dispose()

    # who there is

    def client(self, **changes: Any) -> Client:
        """A new client."""
        with Session(self.engine) as session, session.begin():
            return store_client(session, f"client-{next(_numbers)}", now=self.clock.now(), **changes)

    def person(self, **changes: Any) -> uuid.UUID:
        """A new person."""
        with Session(self.engine) as session, session.begin():
            return store_subscriber(session, self.keys, self.clock, **changes)

    def session(self, person: uuid.UUID, **changes: Any) -> uuid.UUID:
        """A new session of this person."""
        with Session(self.engine) as session, session.begin():
            return store_session(session, person, now=self.clock.now(), **changes)

    def consent(self, grant: Grant, *fields: str, **changes: Any) -> uuid.UUID:
        """The consent of the grant's person for its client, in force, for these fields, in place of an earlier one."""
        self.connection.execute(
            "update consent set status = 'replaced' where citizen_id = %s and consumer_id = %s and status = 'active'",
            (grant.subscriber_id, grant.client_id),
        )
        return self.agree(grant.subscriber_id, grant.client_id, fields, **changes)

    def agree(self, person: uuid.UUID, client_id: str, fields: Sequence[str], **changes: Any) -> uuid.UUID:
        """A consent in force."""
        scopes = ["openid", "profile", "email"]
        row = {
            "consent_id": uuid.uuid4(),
            "citizen_id": person,
            "consumer_id": client_id,
            "data_scope": {"providers": ["wangov-id"], "fields": list(fields)},
            "purpose": "",
            "granted_at": self.clock.now(),
            "expires_at": None,
            "status": "active",
            "scopes": scopes,
            "asked_scopes": scopes,
            "asked_fields": list(fields),
            "client_fingerprint": "f",
            "ended_at": None,
            **changes,
        }
        with Session(self.engine) as session, session.begin():
            session.add(ConsentRow(**row))
        return uuid.UUID(str(row["consent_id"]))

    # what happens to them

    def run(self, operation: Operation, process: int = 0) -> Row | None:
        """Commit one operation."""
        (row,) = self.committers[process].run(operation)
        return row

    def begin(self, committer: GroupCommitter, operation: Operation) -> Future[list[Row | None]]:
        """Commit one operation in a thread of its own."""
        return self.requests.submit(committer.run, operation)

    def opened(self, client: Client | None = None, **changes: Any) -> Opened:
        """A new grant, of a new person in a new session at a new client unless given."""
        code = self.entropy.secret(SecretKind.AUTHORIZATION_CODE)
        person = changes.pop("subscriber_id", None) or self.person()
        members: dict[str, Any] = {
            "id": self.entropy.opaque_uuid(),
            "client_id": (client or self.client()).client_id,
            "subscriber_id": person,
            "session_id": changes.pop("session_id", None) or self.session(person),
            "scope": ("openid", "profile", "email"),
            "audience": ("https://id.example", "https://api.example"),
            "id_token_claims": (),
            "userinfo_claims": ("name", "email"),
            "authenticated_at": self.clock.now(),
            "acr": "nid:1",
            "amr": ("pwd",),
            "nonce": "n-0",
            "offline": False,
        }
        challenge = changes.pop("code_challenge", CHALLENGE)
        grant = Grant(**{**members, **changes})
        now = self.clock.now()
        row = GrantRow(
            **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(grant).items()},
            created_at=now,
            redirect_uri=CALLBACK,
            code_challenge=challenge,
            code_digest=digest(SecretKind.AUTHORIZATION_CODE, code),
            code_expires_at=now + dt.timedelta(seconds=60),
            refresh_handle=RefreshToken.first(code, self.entropy).handle_digest(),
        )
        with Session(self.engine) as session, session.begin():
            session.add(row)
        if not self._agreed(grant):
            self.agree(grant.subscriber_id, grant.client_id, ())
        return Opened(grant, code)

    def _agreed(self, grant: Grant) -> bool:
        found = self.connection.execute(
            "select 1 from consent where citizen_id = %s and consumer_id = %s and status = 'active'",
            (grant.subscriber_id, grant.client_id),
        )
        return found.fetchone() is not None

    def redeem_operation(self, opened: Opened, **changes: Any) -> Operation:
        """Presenting the code, rightly unless changed."""
        shown = {
            "code_digest": digest(SecretKind.AUTHORIZATION_CODE, opened.code),
            "client_id": opened.grant.client_id,
            "redirect_uri": CALLBACK,
            "challenge": CHALLENGE,
            "audience": None,
            "refresh": RefreshToken.first(opened.code, self.entropy),
            **changes,
        }
        return redeem(
            Presentation(**shown),
            now=self.clock.now(),
            idle_seconds=IDLE,
            refresh_idle=REFRESH_IDLE,
            audit_id=self.entropy.identifier(),
            request_id="r-redeem",
        )

    def redeem(self, opened: Opened, process: int = 0, **changes: Any) -> Redeemed | Code:
        """What came of presenting the code."""
        return _outcome(redeemed(self.run(self.redeem_operation(opened, **changes), process)))

    def family(self, **changes: Any) -> tuple[Opened, RefreshToken]:
        """A redeemed grant and its first refresh token."""
        opened = self.opened(**changes)
        token = RefreshToken.first(opened.code, self.entropy)
        assert isinstance(self.redeem(opened, refresh=token), Redeemed)
        return opened, token

    def rotate_operation(self, opened: Opened, token: RefreshToken, **changes: Any) -> Operation:
        """Using the refresh token, rightly unless changed."""
        used = {
            "token": token,
            "following": successor(token, REFRESH_KEY),
            "client_id": opened.grant.client_id,
            "request": b"request",
            "scope": None,
            "audience": None,
            **changes,
        }
        return rotate(
            Use(**used),
            now=self.clock.now(),
            idle_seconds=IDLE,
            refresh_idle=REFRESH_IDLE,
            refresh_absolute=REFRESH_ABSOLUTE,
            audit_id=self.entropy.identifier(),
            request_id="r-rotate",
        )

    def rotate(self, opened: Opened, token: RefreshToken, process: int = 0, **changes: Any) -> Refreshed | Code:
        """What came of using the refresh token."""
        return _outcome(rotated(self.run(self.rotate_operation(opened, token, **changes), process)))

    def inspect_operation(self, **question: Any) -> Operation:
        """Looking at a token."""
        asked = {"event": Event.TOKEN_INTROSPECTED, "caller": "somebody", **question}
        return inspect(
            Question(**asked),
            now=self.clock.now(),
            idle_seconds=IDLE,
            absolute_seconds=int(REFRESH_ABSOLUTE.total_seconds()),
            audit_id=self.entropy.identifier(),
            request_id="r-inspect",
        )

    def inspect(self, **question: Any) -> Inspected | Code:
        """What came of looking at a token."""
        return _outcome(inspected(self.run(self.inspect_operation(**question))))

    def inspect_refresh(self, token: RefreshToken) -> Inspected | Code:
        """What came of looking at a refresh token."""
        return self.inspect(refresh_digests=(token.handle_digest(), token.secret_digest()))

    def revoke_family(self, token: RefreshToken, client_id: str) -> None:
        """The client gives a refresh token up."""
        audit_id = self.entropy.identifier()
        self.run(
            revoke_refresh_token(
                token.handle_digest(), client_id, now=self.clock.now(), audit_id=audit_id, request_id="r-revoke"
            )
        )

    def revoke_one(self, jti: str, client_id: str, seconds: int = 300) -> None:
        """The client gives an access token up."""
        self.run(
            revoke_access_token(
                jti,
                client_id,
                expires_at=int(self.clock.epoch()) + seconds,
                now=self.clock.now(),
                audit_id=self.entropy.identifier(),
                request_id="r-revoke",
            )
        )

    def facts_operation(self, secret_digest: bytes, client_id: str) -> Operation:
        """Reading the facts behind a cookie."""
        return ask_facts(secret_digest, client_id, now=self.clock.now(), idle_seconds=IDLE)

    def facts(self, secret_digest: bytes, client_id: str) -> Facts | None:
        """The facts behind a cookie."""
        return facts_of(self.run(self.facts_operation(secret_digest, client_id)))

    # what others do

    def end_session(self, session_id: uuid.UUID) -> None:
        """Somebody signs out."""
        self.change("session", "id", session_id, ended_at=self.clock.now(), end_reason="signed_out")

    def move(self, person: uuid.UUID, state: str) -> None:
        """Somebody's account changes its state."""
        self.change("subscriber", "id", person, state=state)

    def disable(self, client_id: str, state: str = "disabled") -> None:
        """An operator switches a client off."""
        self.change("client", "client_id", client_id, state=state)

    def change(self, table: str, key: str, value: object, **columns: Any) -> None:
        """Change a row behind the statements' back."""
        changes = ", ".join(f"{name} = %s" for name in columns)
        self.connection.execute(f"update {table} set {changes} where {key} = %s", (*columns.values(), value))  # noqa: S608 - names of this module

    @contextmanager
    def held(self, grant: Grant) -> Iterator[Callable[[int], None]]:
        """The grant's row is locked by somebody else inside; the given function waits until so many wait for it."""
        with psycopg.connect(self.url) as holding:
            holding.execute("select 1 from authorization_grant where id = %s for update", (grant.id,))
            yield self._wait_for
            holding.rollback()

    def _wait_for(self, count: int) -> None:
        waiting = (
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        for _ in range(50_000):
            if self.connection.execute(waiting).fetchone() == (count,):
                return
        raise AssertionError(f"never were {count} statements waiting")

    # what is stored

    def row(self, grant: Grant) -> dict[str, Any]:
        """The grant as it is stored."""
        cursor = self.connection.execute("select * from authorization_grant where id = %s", (grant.id,))
        found = cursor.fetchone()
        assert found is not None
        assert cursor.description is not None
        return dict(zip([column.name for column in cursor.description], found, strict=True))

    def audited(self, client_id: str) -> list[tuple[str, Any]]:
        """Events of this client and what refused them, oldest first; every identifier is unique by its table."""
        rows = self.connection.execute(
            "select event, body->>'refused' from audit_event where client_id = %s order by txid, id", (client_id,)
        )
        return [(event, refused) for event, refused in rows]

    def events(self, client_id: str) -> int:
        """How many there are."""
        return len(self.audited(client_id))


def _outcome(outcome: Good | Refusal) -> Good | Code:
    return outcome.code if isinstance(outcome, Refusal) else outcome


def as_served(url: str) -> str:
    """The address with the settings under which the composition root has the group commit work."""
    return f"{url}?options=" + "%20".join(f"-c%20{option}" for option in POINT_LOOKUPS)


@pytest.fixture(scope="module")
def shared_world(stack: Stack, worker: str) -> Iterator[World]:
    """The module's database, whatever its time."""
    name = f"grants_{worker}_{next(_numbers)}"
    url = stack.clone(name)
    first, second = (GroupCommitter(as_served(url), max_waiting=64, wait_seconds=10) for _ in range(2))
    world = World(url, (first, second))
    yield world
    world.close()
    stack.drop(name)


@pytest.fixture
def world(shared_world: World) -> World:
    """The module's database; each test begins at a whole new hour, later than the test before it."""
    shared_world.clock.advance(hours=1)
    return shared_world
