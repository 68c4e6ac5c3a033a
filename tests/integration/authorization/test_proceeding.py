"""The statement that opens a grant against the decision in Python: they must always agree."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.authorization.interaction import AskConsent, Finish, History, conditions, decide
from idp.authorization.proceeding import Asked, Issued, Proceeding
from idp.authorization.request import AuthorizationRequest, Fail
from idp.clients.client import Client
from idp.entropy import SecretKind, digest
from idp.subscribers.claims import STANDARD_CLAIMS
from tests.factories.moments import START
from tests.integration.tokens.world import World
from tests.unit.authorization.house import authorization_server
from tests.unit.authorization.parties import accepted, registry

pytestmark = pytest.mark.integration

SCOPES = ["openid", "profile", "email", "offline_access"]
MINUTES = st.sampled_from([-31, -30, -20, -10, -5, -1, 0])


def minutes(number: int | None) -> dt.datetime | None:
    """A moment near the beginning."""
    return None if number is None else START + dt.timedelta(minutes=number)


class House:
    """One person with a session and a consent, both of which move."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients = [world.client(), world.client(min_acr="nid:2")]
        self.person = world.person(ial=1)
        self.secret = world.entropy.secret(SecretKind.SESSION)
        self.digest = digest(SecretKind.SESSION, self.secret)
        self.session = world.session(self.person, secret_digest=self.digest)
        self.consents = {
            client.client_id: world.agree(
                self.person, client.client_id, ["name"], scopes=SCOPES, asked_scopes=SCOPES,
                asked_fields=list(STANDARD_CLAIMS), client_fingerprint=client.fingerprint,
            )
            for client in self.clients
        }  # fmt: skip
        self.server = authorization_server(registry(*self.clients), clock=world.clock, keys=world.keys)
        self.proceeding = Proceeding(self.server.deps, world.committers[0])

    def request(self, client: Client, **changes: str | None) -> AuthorizationRequest:
        """A request that passed the checks."""
        return accepted(client, client_id=client.client_id, **changes)

    def grants(self) -> int:
        """How many grants of this person there are."""
        row = self.world.connection.execute(
            "select count(*) from authorization_grant where subscriber_id = %s", (self.person,)
        ).fetchone()
        assert row is not None
        return int(row[0])


@pytest.fixture
def house(world: World) -> House:
    """The house."""
    return House(world)


_requests = st.fixed_dictionaries(
    {},
    optional={
        "prompt": st.sampled_from(["none", "login", "consent", "select_account"]),
        "max_age": st.sampled_from(["0", "60", "600", "100000"]),
        "scope": st.sampled_from(["openid", "openid profile", "openid email offline_access", "profile"]),
        "claims": st.sampled_from(
            ['{"id_token":{"acr":{"essential":true,"value":"nid:2"}}}', '{"userinfo":{"phone_number":null}}']
        ),
        "acr_values": st.sampled_from(["nid:2", "nid:3 nid:2", "nid:3", "phr"]),
    },
)
_persons = st.fixed_dictionaries(
    {
        "ial": st.integers(1, 3),
        "state": st.sampled_from(["active", "active", "suspended"]),
        "policy_group": st.sampled_from(["citizen", "citizen", "staff"]),
    }
)
_sessions = st.fixed_dictionaries(
    {
        "authenticated_at": MINUTES,
        "seen_at": MINUTES,
        "aal": st.integers(1, 3),
        "amr": st.sampled_from([["pwd"], ["pwd", "otp", "mfa"], ["swk", "mfa"], ["hwk", "mfa"]]),
        "ended_at": st.sampled_from([None, None, -1]),
        "idle_seconds": st.sampled_from([None, None, 900]),
    }
)
_histories = st.builds(
    lambda began, denied, settled, unmet: (began, denied, settled, unmet),
    st.none() | MINUTES, st.sampled_from([False, False, True]), st.booleans(), st.sampled_from([False, False, True]),
)  # fmt: skip
_consents = st.fixed_dictionaries(
    {
        "granted_at": MINUTES,
        "expires_at": st.sampled_from([None, -1, 0, 1]),
        "status": st.sampled_from(["active", "active", "active", "withdrawn"]),
        "asked_scopes": st.sampled_from([SCOPES, SCOPES, ["openid"]]),
        "asked_fields": st.sampled_from([list(STANDARD_CLAIMS), list(STANDARD_CLAIMS), ["name"]]),
        "scopes": st.sampled_from([SCOPES, ["openid"]]),
        "same_client": st.sampled_from([True, True, True, False]),
    }
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    client=st.sampled_from([0, 0, 1]), asked=_requests, person=_persons, session=_sessions, consent=_consents,
    past=_histories,
)  # fmt: skip
def test_the_statement_opens_exactly_what_the_decision_finishes(
    house: House, client: int, asked: dict[str, str], person: dict[str, Any], session: dict[str, Any],
    consent: dict[str, Any], past: tuple[int | None, bool, bool, bool],
) -> None:  # fmt: skip
    """For any session, person, consent, history and request: a grant opens if and only if nothing is left to ask."""
    world, party = house.world, house.clients[client]
    world.change("subscriber", "id", house.person, **person)
    moved = {**session, **{name: minutes(session[name]) for name in ("authenticated_at", "seen_at", "ended_at")}}
    world.change("session", "id", house.session, **moved)
    fingerprint = party.fingerprint if consent["same_client"] else "another"
    agreed = {name: value for name, value in consent.items() if name != "same_client"}
    agreed |= {name: minutes(consent[name]) for name in ("granted_at", "expires_at")}
    world.change("consent", "consent_id", house.consents[party.client_id], client_fingerprint=fingerprint, **agreed)
    request = house.request(party, **asked)
    began, *told = past
    history = History(minutes(began), *told)
    facts = world.facts(house.digest, party.client_id)
    step = decide(request, facts, history, subject=lambda _facts: "", now=world.clock.now())
    needed = conditions(request, history, world.clock.now())
    if needed is None:
        assert began is None or history.denied or history.unmet
        assert not isinstance(step, Finish)
        return
    code = house.proceeding._code(request, house.digest, history, world.clock.now())
    assert code is not None
    opened = world.run(code.opening)
    assert (opened is not None) == isinstance(step, Finish)
    if opened is not None and isinstance(step, Finish):
        row = world.connection.execute(
            "select acr, scope, offline from authorization_grant where id = %s", (opened[0],)
        ).fetchone()
        assert row is not None
        scope = [word for word in request.scope if word in consent["scopes"]]
        assert row == (step.acr, scope, "offline_access" in scope)


def test_a_code_in_one_round_trip(house: House) -> None:
    """Session, consent and request fit: facts, grant and audit row are one transaction, and the code leaves."""
    seen_at = house.world.clock.now() - dt.timedelta(minutes=5)
    house.world.change("session", "id", house.session, seen_at=seen_at)
    outcome = house.proceeding.proceed(house.request(house.clients[0]), house.secret)
    assert isinstance(outcome, Issued)
    transactions = house.world.connection.execute(
        "select g.xmin, s.xmin, a.txid::text from authorization_grant g join session s on s.id = g.session_id"
        " join audit_event a on a.body->>'grant' = g.id::text where g.subscriber_id = %s",
        (house.person,),
    ).fetchall()
    assert len(transactions) == 1
    assert len({str(transaction) for transaction in transactions[0]}) == 1


def test_nothing_is_left_of_a_request_that_must_ask(house: House) -> None:
    """A question leaves no grant behind, and a refusal no grant and one audit row."""
    client = house.clients[0]
    assert isinstance(house.proceeding.proceed(house.request(client, prompt="login"), house.secret), Asked)
    house.world.change("consent", "consent_id", house.consents[client.client_id], status="withdrawn")
    asked = house.proceeding.proceed(house.request(client), house.secret)
    assert isinstance(asked, Asked)
    assert isinstance(asked.step, AskConsent)
    assert asked.recognised == house.person
    assert isinstance(house.proceeding.proceed(house.request(client, prompt="none"), house.secret), Fail)
    assert house.grants() == 0
    assert house.world.audited(client.client_id) == [("authorization.refused", None)]


def test_a_hinted_person(house: House) -> None:
    """OpenID Connect Core 3.1.2.1: the right person's hint finishes silently, anybody else's asks."""
    client = house.clients[0]
    subject = house.server.deps.subjects.for_client(house.person, client)
    wanted = {"claims": f'{{"id_token":{{"sub":{{"value":"{subject}"}}}}}}'}
    assert isinstance(house.proceeding.proceed(house.request(client, **wanted), house.secret), Issued)
    other = {"claims": '{"id_token":{"sub":{"value":"somebody"}}}'}
    asked = house.proceeding.proceed(house.request(client, **other), house.secret)
    assert isinstance(asked, Asked)
    assert asked.step.reason == "another_person"
    assert house.grants() == 1


def test_a_parked_request_opens_only_what_still_holds(house: House) -> None:
    """Between the look and the opening the consent was withdrawn, or another person took the browser: no grant."""
    client = house.clients[0]
    request = house.request(client)
    step = house.proceeding.look(request, house.secret, History())
    assert isinstance(step, Finish)
    house.world.change("consent", "consent_id", house.consents[client.client_id], status="withdrawn")
    assert house.proceeding.open(request, house.secret, History(), step) is None
    assert house.grants() == 0
