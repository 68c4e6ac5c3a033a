import datetime as dt
import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authorization.facts import Agreement, Facts
from idp.authorization.interaction import (
    AskConsent,
    AskLevel,
    AskSignIn,
    Finish,
    History,
    Step,
    TellUnmet,
    conditions,
    decide,
)
from idp.authorization.request import Fail
from idp.clients.client import Client
from idp.tokens.grant import Conditions
from tests.factories.clients import make_client
from tests.factories.moments import START
from tests.unit.authorization.parties import CALLBACK, accepted

PERMITS = make_client()
PERSON = uuid.UUID(int=2)
SESSION = uuid.UUID(int=3)
ENOUGH = frozenset({"openid", "profile", "email", "phone", "address", "offline_access"})
EVERYTHING = frozenset(
    {"name", "given_name", "middle_name", "family_name", "nickname", "preferred_username", "profile", "picture",
     "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"}
)  # fmt: skip
AGREEMENT = Agreement(
    consent_id=uuid.UUID(int=4),
    granted_at=START - dt.timedelta(days=10),
    expires_at=START + dt.timedelta(days=355),
    scopes=ENOUGH,
    asked_scopes=ENOUGH,
    asked_fields=EVERYTHING,
    fields=EVERYTHING,
    client_fingerprint=PERMITS.fingerprint,
)
FACTS = Facts(
    refused=None,
    session_id=SESSION,
    subscriber_id=PERSON,
    authenticated_at=START - dt.timedelta(minutes=10),
    aal=2,
    amr=("pwd", "otp"),
    ial=2,
    agreement=AGREEMENT,
)
BEFORE_SIGN_IN = History(started_at=START - dt.timedelta(minutes=11))
AFTER_SIGN_IN = History(started_at=START - dt.timedelta(minutes=9))


def sub_of(facts: Facts) -> str:
    """What the client calls the person."""
    return f"sub-of-{facts.subscriber_id.int}"


@dataclass(frozen=True)
class Case:
    """A row of the table: what differs from a request that needs nothing, and what must come of it."""

    name: str
    expected: type[AskSignIn | AskLevel | TellUnmet | AskConsent | Fail]
    reason: str
    silent: str
    facts: Facts | None = FACTS
    history: History = field(default_factory=History)
    client: Client = PERMITS
    request: dict[str, str] = field(default_factory=dict)
    hint: str | None = None
    essential_acr: tuple[str, ...] = ()
    scope_level: int = 0

    def step(self, **prompt: str) -> Step:
        """The decision."""
        request = accepted(self.client, **{**self.request, **prompt})
        essential = self.essential_acr or request.essential_acr
        request = replace(request, hinted_subject=self.hint, essential_acr=essential, scope_level=self.scope_level)
        return decide(request, self.facts, self.history, subject=sub_of, now=START)


def with_agreement(**changes: Any) -> Facts:
    """Facts with another agreement."""
    return replace(FACTS, agreement=replace(AGREEMENT, **changes))


CASES = [
    Case("nobody is signed in", AskSignIn, "no_session", "login_required", facts=None),
    Case("the session ended", AskSignIn, "session.ended", "login_required",
         facts=replace(FACTS, refused="session.ended")),
    Case("the person is suspended", AskSignIn, "subscriber.state", "login_required",
         facts=replace(FACTS, refused="subscriber.state")),
    Case("the client was disabled meanwhile", AskSignIn, "client.disabled", "login_required",
         facts=replace(FACTS, refused="client.disabled")),
    Case("max_age has passed", AskSignIn, "too_long_ago", "login_required", request={"max_age": "599"}),
    Case("max_age is zero", AskSignIn, "too_long_ago", "login_required", request={"max_age": "0"},
         facts=replace(FACTS, authenticated_at=START)),
    Case("the client's default max_age has passed", AskSignIn, "too_long_ago", "login_required",
         client=make_client(default_max_age=60)),
    Case("max_age has passed since an earlier transaction", AskSignIn, "too_long_ago", "login_required",
         request={"max_age": "60"}, history=AFTER_SIGN_IN),
    Case("the hint names somebody else", AskSignIn, "another_person", "login_required", hint="sub-of-77"),
    Case("somebody else signed in than the hint names", Fail, "login_required", "login_required", hint="sub-of-77",
         history=BEFORE_SIGN_IN),
    Case("the client needs a level above the proofing", TellUnmet, "proofing", "unmet_authentication_requirements",
         client=make_client(min_acr="nid:3")),
    Case("the request needs a level above the proofing", TellUnmet, "proofing", "unmet_authentication_requirements",
         essential_acr=("nid:3",)),
    Case("the request needs a level that is none of ours", Fail, "unmet_authentication_requirements",
         "unmet_authentication_requirements", essential_acr=("phr", "nid:9")),
    Case("identity proofing is too weak for the client", TellUnmet, "proofing", "unmet_authentication_requirements",
         client=make_client(min_acr="nid:2"), facts=replace(FACTS, ial=1)),
    Case("authentication is too weak for the client", AskLevel, "level", "interaction_required",
         client=make_client(min_acr="nid:2"), facts=replace(FACTS, aal=1)),
    Case("authentication is too weak for the request", AskLevel, "level", "interaction_required",
         essential_acr=("nid:3",), facts=replace(FACTS, ial=3)),
    Case("authentication is too weak for a scope", AskLevel, "level", "interaction_required",
         scope_level=2, facts=replace(FACTS, aal=1)),
    Case("the person was told what is missing", Fail, "unmet_authentication_requirements",
         "unmet_authentication_requirements", client=make_client(min_acr="nid:3"), history=History(START, unmet=True)),
    Case("the person was told what is missing, and is gone", Fail, "unmet_authentication_requirements",
         "unmet_authentication_requirements", history=History(START, unmet=True), facts=None),
    Case("never asked", AskConsent, "never_asked", "consent_required", facts=replace(FACTS, agreement=None)),
    Case("the consent expired this very moment", AskConsent, "expired", "consent_required",
         facts=with_agreement(expires_at=START)),
    Case("the client changed since", AskConsent, "client_changed", "consent_required",
         facts=with_agreement(client_fingerprint="another")),
    Case("a scope was never asked", AskConsent, "wider_scope", "consent_required",
         facts=with_agreement(asked_scopes=ENOUGH - {"email"}), request={"scope": "openid profile email"}),
    Case("a field was never asked", AskConsent, "more_details", "consent_required",
         facts=with_agreement(asked_fields=EVERYTHING - {"birthdate"})),
    Case("a field of the claims parameter was never asked", AskConsent, "more_details", "consent_required",
         request={"claims": json.dumps({"userinfo": {"email": None}})}),
    Case("the person said no", Fail, "access_denied", "access_denied", history=History(START, denied=True)),
    Case("the person said no and is gone", Fail, "access_denied", "access_denied",
         history=History(START, denied=True), facts=None),
]  # fmt: skip


def the(case: Case) -> str:
    """A row's name."""
    return case.name


@pytest.mark.parametrize("case", CASES, ids=the)
def test_the_table(case: Case) -> None:
    """Each question has its own reason, and only the first one is asked."""
    step = case.step()
    assert isinstance(step, case.expected)
    assert (step.error if isinstance(step, Fail) else step.reason) == case.reason


@pytest.mark.parametrize("case", CASES, ids=the)
def test_the_table_without_a_person_to_ask(case: Case) -> None:
    """OpenID Connect Core 3.1.2.6: with prompt=none every question becomes the error named for it, at the client."""
    step = case.step(prompt="none")
    assert isinstance(step, Fail)
    assert step.error == case.silent
    assert (step.redirect_uri, step.response_mode, step.state) == (CALLBACK, "query", "s-1")


SMOOTH = [
    Case("everything is in order", Fail, "", ""),
    Case("max_age is reached exactly", Fail, "", "", request={"max_age": "600"}),
    Case("max_age passed, but the sign-in was for this request", Fail, "", "", request={"max_age": "60"},
         history=BEFORE_SIGN_IN),
    Case("max_age zero, and the sign-in was for this request", Fail, "", "", request={"max_age": "0"},
         history=BEFORE_SIGN_IN),
    Case("the request's max_age counts, not the client's default", Fail, "", "", request={"max_age": "700"},
         client=make_client(default_max_age=1)),
    Case("the hint names this person", Fail, "", "", hint="sub-of-2"),
    Case("voluntary acr_values never refuse", Fail, "", "", request={"acr_values": "nid:3 phr"}),
    Case("one of the essential levels is met", Fail, "", "", essential_acr=("nid:3", "nid:1")),
    Case("the client's level is met", Fail, "", "", client=make_client(min_acr="nid:2")),
    Case("a consent without an end", Fail, "", "", facts=with_agreement(expires_at=None)),
    Case("a declined field is not asked again", Fail, "", "", facts=with_agreement(fields=frozenset({"name"}))),
    Case("a declined offline_access is not asked again", Fail, "", "", request={"scope": "openid offline_access"},
         facts=with_agreement(scopes=ENOUGH - {"offline_access"})),
]  # fmt: skip


@pytest.mark.parametrize("case", SMOOTH, ids=the)
@pytest.mark.parametrize("prompt", [{}, {"prompt": "none"}], ids=["loud", "silent"])
def test_nothing_left_to_ask(case: Case, prompt: dict[str, str]) -> None:
    """What needs no question finishes at once, prompt=none or not, with the level that was really reached."""
    step = case.step(**prompt)
    assert isinstance(step, Finish), step
    assert step.acr == "nid:2"
    assert step.facts is case.facts


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent", "select_account login"])
def test_a_prompt_for_sign_in(prompt: str) -> None:
    """Core 3.1.2.1: a session does not answer prompt=login; only a sign-in within this transaction does."""
    assert Case("", Fail, "", "").step(prompt=prompt) == AskSignIn("prompted")
    assert Case("", Fail, "", "", history=AFTER_SIGN_IN).step(prompt=prompt) == AskSignIn("prompted")
    assert Case("", Fail, "", "", history=BEFORE_SIGN_IN).step(prompt=prompt) != AskSignIn("prompted")


def test_a_prompt_for_consent() -> None:
    """Core 3.1.2.1: an old consent does not answer prompt=consent; only one given in this transaction does."""
    assert Case("", Fail, "", "").step(prompt="consent") == AskConsent("prompted")
    assert Case("", Fail, "", "", history=AFTER_SIGN_IN).step(prompt="consent") == AskConsent("prompted")
    given_now = with_agreement(granted_at=START)
    assert isinstance(Case("", Fail, "", "", history=AFTER_SIGN_IN, facts=given_now).step(prompt="consent"), Finish)


def test_sign_in_comes_before_consent() -> None:
    """Somebody who is not signed in is not asked what to share."""
    facts = replace(FACTS, refused="session.ended", agreement=None)
    assert Case("", Fail, "", "", facts=facts).step() == AskSignIn("session.ended")


def test_the_level_comes_before_consent() -> None:
    """Nobody is asked to agree to what cannot be had."""
    step = Case("", Fail, "", "", client=make_client(min_acr="nid:3"), facts=replace(FACTS, agreement=None)).step()
    assert step == TellUnmet(3)


def test_essential_acr_is_read_from_the_claims_parameter() -> None:
    """Core 5.5.1.1: an essential acr binds, a voluntary one does not."""
    for essential, expected in ((True, TellUnmet), (False, Finish)):
        claims = json.dumps({"id_token": {"acr": {"essential": essential, "values": ["nid:3"]}}})
        assert isinstance(Case("", Fail, "", "", request={"claims": claims}).step(), expected)
    single = json.dumps({"id_token": {"acr": {"essential": True, "value": "nid:2"}}})
    assert isinstance(Case("", Fail, "", "", request={"claims": single}).step(), Finish)
    unnamed = json.dumps({"id_token": {"acr": {"essential": True}}})
    assert isinstance(Case("", Fail, "", "", request={"claims": unnamed}).step(), Finish)


def test_a_sub_asked_for_by_value_binds() -> None:
    """Core 3.1.2.2, 5.5.1: the answer is about the person asked for, or there is none."""
    this, another = (json.dumps({"id_token": {"sub": {"value": f"sub-of-{number}"}}}) for number in (2, 77))

    def step(claims: str, **prompt: str) -> Step:
        request = accepted(PERMITS, claims=claims, **prompt)
        return decide(request, FACTS, History(), subject=sub_of, now=START)

    assert isinstance(step(this), Finish)
    assert isinstance(step(this, prompt="none"), Finish)
    assert step(another) == AskSignIn("another_person")
    silent = step(another, prompt="none")
    assert isinstance(silent, Fail)
    assert silent.error == "login_required"


moments = st.integers(-7200, 0).map(lambda seconds: START + dt.timedelta(seconds=seconds))
agreements = st.none() | st.builds(
    Agreement,
    consent_id=st.just(uuid.UUID(int=4)),
    granted_at=moments,
    expires_at=st.none() | st.integers(-10, 10).map(lambda seconds: START + dt.timedelta(seconds=seconds)),
    scopes=st.just(ENOUGH),
    asked_scopes=st.sampled_from([ENOUGH, frozenset({"openid"})]),
    asked_fields=st.sampled_from([EVERYTHING, frozenset[str]()]),
    fields=st.just(EVERYTHING),
    client_fingerprint=st.sampled_from([PERMITS.fingerprint, "another"]),
)
facts = st.none() | st.builds(
    Facts,
    refused=st.sampled_from([None, None, None, "session.ended", "subscriber.state"]),
    session_id=st.just(SESSION),
    subscriber_id=st.just(PERSON),
    authenticated_at=moments,
    aal=st.integers(1, 3),
    amr=st.just(("pwd",)),
    ial=st.integers(1, 3),
    agreement=agreements,
)
rarely = st.sampled_from([False, False, False, True])
histories = st.builds(History, started_at=st.none() | moments, denied=rarely, settled=st.booleans(), unmet=rarely)
prompts = st.sets(st.sampled_from(["login", "consent", "select_account"])).map(frozenset) | st.just(frozenset({"none"}))


wishes = st.sampled_from([(), ("nid:1",), ("nid:2",), ("nid:3",), ("nid:3", "nid:2"), ("phr",)])
essentials = st.sampled_from([(), (), ("nid:1",), ("nid:2",), ("nid:3", "nid:2"), ("phr",)])


@given(
    facts=facts,
    history=histories,
    prompt=prompts,
    max_age=st.none() | st.integers(0, 7200),
    hint=st.sampled_from([None, "sub-of-2", "sub-of-77"]),
    min_acr=st.sampled_from([None, "nid:1", "nid:2", "nid:3"]),
    levels=st.tuples(wishes, essentials, st.integers(0, 3)),
)
def test_what_holds_of_every_decision(
    facts: Facts | None,
    history: History,
    prompt: frozenset[str],
    max_age: int | None,
    hint: str | None,
    min_acr: str | None,
    levels: tuple[tuple[str, ...], tuple[str, ...], int],
) -> None:
    """Silent requests never ask; who said no gets nothing; a finish has every condition behind it."""
    wished, essential, scope_level = levels
    client = make_client(min_acr=min_acr)
    request = replace(
        accepted(client),
        prompt=prompt,
        max_age=max_age,
        hinted_subject=hint,
        acr_values=wished,
        essential_acr=essential,
        scope_level=scope_level,
    )
    step = decide(request, facts, history, subject=sub_of, now=START)
    if "none" in prompt:
        assert isinstance(step, Finish | Fail)
    if history.denied or history.unmet:
        assert isinstance(step, Fail)
    if isinstance(step, AskLevel):
        assert facts is not None
        assert facts.aal < step.level <= facts.ial
        assert not (step.voluntary and history.settled)
    if isinstance(step, TellUnmet):
        assert facts is not None
        assert facts.ial < step.level
    _conditions_agree(step, conditions(request, history, START, None if facts is None else facts.subscriber_id), facts)
    if not isinstance(step, Finish):
        return
    assert facts is not None
    assert facts.refused is None
    assert facts.agreement is not None
    assert facts.agreement.client_fingerprint == client.fingerprint
    assert facts.agreement.expires_at is None or facts.agreement.expires_at > START
    assert facts.agreement.asked_scopes >= set(request.scope)
    fresh = history.started_at is not None and facts.authenticated_at >= history.started_at
    assert fresh or not prompt & {"login", "select_account"}
    assert fresh or max_age is None or (START - facts.authenticated_at).total_seconds() <= max_age
    assert hint in {None, "sub-of-2"}
    reached = int(step.acr[-1])
    assert reached == min(facts.ial, facts.aal) >= int((min_acr or "nid:1")[-1])
    assert reached >= scope_level
    assert not essential or any(acr.startswith("nid:") and int(acr[-1]) <= reached for acr in essential)


def _conditions_agree(step: Step, needed: Conditions | None, facts: Facts | None) -> None:
    """A finish is worth, by the conditions on rows, just what it says; a level that is asked for opens nothing."""
    levels = {} if needed is None or facts is None else needed.levels
    worth = None if facts is None else levels.get(f"{facts.ial}-{facts.aal}")
    if isinstance(step, Finish):
        assert worth == step.acr
    if isinstance(step, AskLevel | TellUnmet):
        assert worth is None


@pytest.mark.parametrize(
    ("wished", "ial", "aal", "expected"),
    [
        (("nid:2",), 2, 1, AskLevel(2, voluntary=True)),
        (("nid:3", "nid:2"), 3, 1, AskLevel(2, voluntary=True)),
        (("nid:2",), 2, 2, None),
        (("nid:2",), 1, 1, None),  # no sign-in makes up for proofing
        (("nid:1",), 3, 1, None),
        (("phr", "urn:x"), 3, 1, None),
    ],
)
def test_a_wish_is_tried_once(wished: tuple[str, ...], ial: int, aal: int, expected: AskLevel | None) -> None:
    """Core 3.1.2.1: acr_values are voluntary: asked of who can reach them, once, never of a silent request."""
    request = replace(accepted(PERMITS), acr_values=wished)
    there = replace(FACTS, ial=ial, aal=aal)

    def step(history: History, prompt: frozenset[str] = frozenset()) -> Step:
        return decide(replace(request, prompt=prompt), there, history, subject=sub_of, now=START)

    first = step(History())
    assert first == expected if expected is not None else isinstance(first, Finish)
    assert isinstance(step(History(START, settled=True)), Finish)
    assert isinstance(step(History(), frozenset({"none"})), Finish)


def test_a_clients_default_levels_are_a_wish() -> None:
    """Dynamic Registration 2: default_acr_values stand in for acr_values that were not sent."""
    client = make_client(default_acr_values=["nid:2"])
    facts = replace(FACTS, aal=1, agreement=replace(AGREEMENT, client_fingerprint=client.fingerprint))
    assert accepted(client).wished_level == 2
    assert accepted(client, acr_values="nid:1").wished_level == 1
    step = decide(accepted(client), facts, History(), subject=sub_of, now=START)
    assert step == AskLevel(2, voluntary=True)
