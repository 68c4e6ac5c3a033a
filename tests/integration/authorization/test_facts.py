import datetime as dt
import os
import uuid

import pytest

from idp.authorization.facts import Facts
from idp.clients.client import Client
from tests.integration.tokens.world import World

pytestmark = pytest.mark.integration


class Visit:
    """A person in a session, at a client."""

    def __init__(self, world: World, client: Client | None = None) -> None:
        self.world = world
        self.cookie = os.urandom(32)
        self.client = client or world.client()
        self.person = world.person(ial=2)
        self.session = world.session(self.person, secret_digest=self.cookie, aal=2, amr=["pwd", "otp"])

    def facts(self) -> Facts:
        """What is known; there must be something."""
        facts = self.world.facts(self.cookie, self.client.client_id)
        assert facts is not None
        return facts

    def seen_at(self) -> dt.datetime:
        """When the session was last seen."""
        row = self.world.connection.execute("select seen_at from session where id = %s", (self.session,)).fetchone()
        assert row is not None
        assert isinstance(row[0], dt.datetime)
        return row[0]


def test_the_facts_of_a_session(world: World) -> None:
    """Who, since when, how strongly, how well proofed, in one statement; no consent where none was given."""
    visit = Visit(world)
    assert visit.facts() == Facts(
        refused=None,
        session_id=visit.session,
        subscriber_id=visit.person,
        authenticated_at=world.clock.now(),
        aal=2,
        amr=("pwd", "otp"),
        ial=2,
        agreement=None,
    )


def test_a_cookie_of_no_session(world: World) -> None:
    """Nobody is signed in."""
    assert world.facts(os.urandom(32), Visit(world).client.client_id) is None


def test_the_gate_is_asked_at_the_start(world: World) -> None:
    """AC-062: client, person and session, each with its own word."""
    visit = Visit(world)
    world.disable(visit.client.client_id)
    assert visit.facts().refused == "client.disabled"
    world.disable(visit.client.client_id, "enabled")
    world.move(visit.person, "suspended")
    assert visit.facts().refused == "subscriber.state"
    world.move(visit.person, "active")
    assert visit.facts().refused is None
    world.end_session(visit.session)
    assert visit.facts().refused == "session.ended"


def test_a_client_that_does_not_exist(world: World) -> None:
    """No client is a disabled client."""
    facts = world.facts(Visit(world).cookie, "never-was")
    assert facts is not None
    assert facts.refused == "client.disabled"


@pytest.mark.parametrize("seconds", [1799, 1800])
def test_idle_sessions(world: World, seconds: int) -> None:
    """Thirty minutes without a sign of life and the session no longer counts."""
    visit = Visit(world)
    world.clock.advance(seconds=seconds)
    assert visit.facts().refused == (None if seconds < 1800 else "session.ended")


@pytest.mark.parametrize("seconds", [899, 900])
def test_idle_sessions_of_staff(world: World, seconds: int) -> None:
    """AC-068: at the gate too a session ends by the shorter time of its own."""
    visit = Visit(world)
    world.change("session", "id", visit.session, idle_seconds=900)
    world.clock.advance(seconds=seconds)
    assert visit.facts().refused == (None if seconds < 900 else "session.ended")


def test_a_visit_is_a_sign_of_life(world: World) -> None:
    """Asking for the facts keeps a session awake, written at most once a minute, and never past its absolute end."""
    visit = Visit(world)
    begin = world.clock.now()
    world.clock.advance(seconds=59)
    visit.facts()
    assert visit.seen_at() == begin
    world.clock.advance(seconds=1)
    visit.facts()
    assert visit.seen_at() == world.clock.now()
    for _ in range(24 * 2 - 1):
        world.clock.advance(minutes=15)
        assert (visit.facts().refused is None) == (world.clock.now() < begin + dt.timedelta(hours=12))


def test_a_session_that_is_over_is_not_kept_awake(world: World) -> None:
    """What the gate refused is not touched."""
    visit = Visit(world)
    world.move(visit.person, "suspended")
    begin = visit.seen_at()
    world.clock.advance(minutes=5)
    visit.facts()
    assert visit.seen_at() == begin


def test_the_agreement(world: World) -> None:
    """The active consent of this person for this client, in force or not; `interaction` judges it."""
    visit = Visit(world)
    opened = world.opened(visit.client, subscriber_id=visit.person, session_id=visit.session)
    consent = world.consent(opened.grant, "name", asked_fields=["name", "email"], asked_scopes=["openid", "email"],
                            expires_at=world.clock.now(), client_fingerprint="print")  # fmt: skip
    agreement = visit.facts().agreement
    assert agreement is not None
    assert agreement.consent_id == consent
    assert agreement.expires_at == world.clock.now()
    assert agreement.scopes == {"openid", "profile", "email"}
    assert agreement.asked_scopes == {"openid", "email"}
    assert agreement.asked_fields == {"name", "email"}
    assert agreement.fields == {"name"}
    assert agreement.client_fingerprint == "print"
    world.change("consent", "consent_id", consent, status="withdrawn")
    assert visit.facts().agreement is None


def test_nobody_elses_agreement(world: World) -> None:
    """Neither another person's nor the one for another client."""
    visit, other = Visit(world), Visit(world)
    for client, person, session in (
        (visit.client, other.person, other.session),
        (other.client, visit.person, visit.session),
    ):
        opened = world.opened(client, subscriber_id=person, session_id=session)
        world.consent(opened.grant, "name")
    assert visit.facts().agreement is None


def test_many_visits_in_one_batch(world: World) -> None:
    """Each gets its own answer, strangers none."""
    visits = [Visit(world) for _ in range(5)]
    world.end_session(visits[2].session)
    operations = [world.facts_operation(visit.cookie, visit.client.client_id) for visit in visits]
    operations.insert(1, world.facts_operation(os.urandom(32), visits[0].client.client_id))
    rows = world.committers[0].run(*operations)
    assert rows[1] is None
    found: list[uuid.UUID | None] = [row[1] if row else None for row in rows]
    assert found == [visits[0].session, None, *(visit.session for visit in visits[1:])]
    assert [row[0] for row in rows if row] == [None, None, "session.ended", None, None]
