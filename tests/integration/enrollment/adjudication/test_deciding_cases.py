"""Two blind votes, a lead where they differ, and the step that the last vote makes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from enrollment.adjudication import WHOLE, Choice, Ground, Sheet, Stage, Vote, Voted
from enrollment.adjudication.models import AdjudicationRow, VoteRow
from enrollment.cases import Kind, Reason, State
from enrollment.deduplication import Why
from enrollment.errors import Code
from tests.factories.adjudication import (
    DENY,
    DIFFERENT,
    FRAUD,
    GRANT,
    MIX_UP,
    POOR,
    SAME,
    UNSURE,
    Chamber,
    application_hit,
    person_hit,
)
from tests.factories.cases import code_of

pytestmark = pytest.mark.integration


def votes_on(chamber: Chamber, aid: str) -> int:
    """How many votes are stored about an application."""
    return chamber.session.execute(select(func.count()).where(VoteRow.aid == aid)).scalar_one()


@pytest.mark.parametrize(
    ("vote", "state", "reason"),
    [
        (DIFFERENT, State.ACCEPTED, None),
        (SAME, State.REJECTED_DUPLICATE, Reason.HONEST_RETRY),
        (FRAUD, State.REJECTED_FRAUD, Reason.FRAUD),
        (MIX_UP, State.RECAPTURE, Reason.MIX_UP),
        (POOR, State.RECAPTURE, Reason.POOR),
    ],
)
def test_two_who_agree_decide(chamber: Chamber, vote: Vote, state: State, reason: Reason | None) -> None:
    """The first vote moves nothing; a second one that says the same moves the application, with its reason."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    assert chamber.vote(chamber.people[0], case_id, vote) == Voted(case_id, Stage.VOTE, None)
    assert chamber.state(aid) is State.ADJUDICATION
    assert chamber.vote(chamber.people[1], case_id, vote) == Voted(case_id, Stage.VOTE, state.value)
    assert chamber.state(aid) is state
    last = chamber.counter.events(aid)[-1]
    assert (last.reason, last.actor_id) == (reason, chamber.people[1].subscriber_id)
    bodies = [body for body in chamber.counter.audited("adjudication.voted") if body["aid"] == aid]
    assert sorted(body["seat"] for body in bodies) == [1, 2]


@pytest.mark.parametrize("second", [DIFFERENT, UNSURE, POOR, FRAUD])
def test_a_third_decides_what_two_could_not(chamber: Chamber, second: Vote) -> None:
    """Who disagrees, or is unsure, hands the case to somebody who has not voted; that one has to say something."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    first, other, lead = chamber.people[:3]
    assert isinstance(chamber.vote(first, case_id, SAME), Voted)
    assert chamber.vote(other, case_id, second) == Voted(case_id, Stage.LEAD, None)
    assert chamber.state(aid) is State.ADJUDICATION
    assert [waiting.case_id for waiting in chamber.desk.queue(first)] == []
    assert code_of(chamber.vote(other, case_id, SAME)) is Code.ENR_STATE
    sheet = chamber.desk.open(lead, case_id)
    assert isinstance(sheet, Sheet)
    assert (sheet.stage, Choice.UNSURE in sheet.choices(1)) == (Stage.LEAD, False)
    assert code_of(chamber.vote(lead, case_id, UNSURE)) is Code.ENR_SCHEMA
    decided = chamber.vote(lead, case_id, DIFFERENT)
    assert decided == Voted(case_id, Stage.LEAD, State.ACCEPTED.value)
    assert code_of(chamber.vote(chamber.people[3], case_id, DIFFERENT)) is Code.ENR_UNKNOWN


def test_two_who_are_unsure_decide_nothing(chamber: Chamber) -> None:
    """Agreeing that one cannot tell is no answer."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    for by in chamber.people[:2]:
        chamber.vote(by, case_id, UNSURE)
    assert [waiting.stage for waiting in chamber.desk.queue(chamber.people[2])] == [Stage.LEAD]


def test_nobody_has_both_votes(chamber: Chamber) -> None:
    """The same vote again is the same vote, another one is refused; neither decides (AC-096)."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    by = chamber.people[0]
    first = chamber.vote(by, case_id, SAME)
    assert isinstance(first, Voted)
    assert chamber.vote(by, case_id, SAME) == replace(first, again=True)
    refused = chamber.vote(by, case_id, DIFFERENT)
    assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_STATE, "voted")
    assert (votes_on(chamber, aid), chamber.state(aid)) == (1, State.ADJUDICATION)
    assert {body["code"] for body in chamber.counter.audited("enrolment.refused")} == {"ENR-STATE"}


def test_a_vote_whose_answer_was_lost(chamber: Chamber) -> None:
    """The vote that closed the case, sent again, is told what came of it and moves nothing (AC-099)."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    chamber.vote(chamber.people[0], case_id, DIFFERENT)
    ballot = chamber.ballot(chamber.people[1], case_id, {1: DIFFERENT})
    done = chamber.desk.vote(ballot)
    assert isinstance(done, Voted)
    version = chamber.counter.case(aid).version
    assert chamber.desk.vote(ballot) == replace(done, again=True)
    assert chamber.counter.case(aid).version == version


@pytest.mark.parametrize(
    ("change", "code", "about"),
    [
        ({"votes": {}}, Code.ENR_SCHEMA, "votes"),
        ({"votes": {1: DIFFERENT, 2: DIFFERENT}}, Code.ENR_SCHEMA, "votes"),
        ({"votes": {WHOLE: GRANT}}, Code.ENR_SCHEMA, "votes"),
        ({"votes": {1: Vote(Choice.SAME)}}, Code.ENR_SCHEMA, "votes"),
        ({"votes": {1: Vote(Choice.DIFFERENT, Ground.FRAUD)}}, Code.ENR_SCHEMA, "votes"),
        ({"key": "1"}, Code.ENR_SCHEMA, "idempotency_key"),
        ({"factor_at": None}, Code.ENR_GUARD, "fresh_factor"),
        ({"factor_at": -301}, Code.ENR_GUARD, "fresh_factor"),
        ({"factor_at": 1}, Code.ENR_GUARD, "fresh_factor"),
    ],
)
def test_what_is_not_counted(chamber: Chamber, change: dict[str, Any], code: Code, about: str) -> None:
    """No whole answer, no key, no fresh factor: no vote, and an audit row."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    seconds = change.get("factor_at")
    if seconds is not None:
        change = {"factor_at": chamber.clock.now() + timedelta(seconds=seconds)}
    refused = chamber.desk.vote(replace(chamber.ballot(chamber.people[0], case_id, {1: DIFFERENT}), **change))
    assert (code_of(refused), getattr(refused, "about", "")) == (code, about)
    assert votes_on(chamber, aid) == 0
    [body] = chamber.counter.audited("enrolment.refused")
    assert (body["wanted"], body["code"], body["about"]) == ("adjudicate", code.value, about)


def test_a_step_that_is_refused_takes_its_vote_along(chamber: Chamber) -> None:
    """Where the application cannot move, the vote that would have moved it is not there either."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    elsewhere = chamber.referred([person_hit(chamber.office.person())])
    by = chamber.people[1]
    chamber.decided(elsewhere, DIFFERENT, people=(chamber.people[0], chamber.people[2]))
    case_id = chamber.case_of(aid)
    chamber.vote(chamber.people[0], case_id, DIFFERENT)
    # A key that this person used for another step before.
    ballot = chamber.ballot(by, case_id, {1: DIFFERENT})
    other = chamber.referred([person_hit(chamber.office.person())])
    chamber.vote(chamber.people[0], chamber.case_of(other), DIFFERENT)
    assert isinstance(chamber.desk.vote(replace(ballot, case_id=chamber.case_of(other))), Voted)
    assert code_of(chamber.desk.vote(ballot)) is Code.ENR_IDEMP
    assert (votes_on(chamber, aid), chamber.state(aid)) == (1, State.ADJUDICATION)
    assert {body["code"] for body in chamber.counter.audited("enrolment.refused")} == {"ENR-IDEMP"}
    assert chamber.session.scalar(select(AdjudicationRow.outcome).where(AdjudicationRow.id == case_id)) is None
    assert isinstance(chamber.vote(by, case_id, DIFFERENT), Voted)
    assert chamber.state(aid) is State.ACCEPTED


def test_no_step_without_votes(chamber: Chamber) -> None:
    """An adjudicator who asks for a step by themself is refused: `ADJUDICATED` wants votes that led to it (AC-098)."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    chamber.vote(chamber.people[0], case_id, SAME)
    life, order = chamber.counter.lifecycle, chamber.counter.order(chamber.people[1], aid)
    for refused in (
        life.accept(order),
        life.find_duplicate(order, Reason.HONEST_RETRY),
        life.find_fraud(order),
        life.recapture(order, Reason.POOR),
    ):
        assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, "adjudicated")


def test_only_the_step_that_the_votes_led_to(chamber: Chamber) -> None:
    """Nor may somebody else make it, make another, or name somebody whom the votes did not name."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    by, other = chamber.people[:2]
    closed = {"outcome": "accept", "closed_by": by.subscriber_id, "closed_at": chamber.clock.now()}
    chamber.change(AdjudicationRow, AdjudicationRow.id == case_id, **closed)
    life, counter = chamber.counter.lifecycle, chamber.counter
    for refused in (
        life.find_fraud(counter.order(by, aid)),
        life.accept(counter.order(other, aid)),
        life.accept(counter.order(by, aid), chamber.office.person()),
    ):
        assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, "adjudicated")
    assert code_of(life.accept(counter.order(by, aid))) is None


def test_an_application_that_went_elsewhere(chamber: Chamber) -> None:
    """What a registrar cancelled is in nobody's list, and a vote on it is refused."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    chamber.vote(chamber.people[0], case_id, SAME)
    chamber.counter.lifecycle.cancel(chamber.counter.order(chamber.counter.registrar, aid), Reason.MISTAKE)
    assert chamber.desk.queue(chamber.people[1]) == []
    assert code_of(chamber.vote(chamber.people[1], case_id, SAME)) is Code.ENR_UNKNOWN
    assert chamber.state(aid) is State.CANCELLED


def test_two_applications_of_one_person_leave_one(chamber: Chamber) -> None:
    """Each found the other: the one opened first goes on, the other turned away, in whatever order people decide."""
    for early_first in (True, False):
        early = chamber.referred([])
        chamber.clock.advance(minutes=1)
        late = chamber.referred([application_hit(early)])
        chamber.name(early, [application_hit(late)])
        for aid in (early, late) if early_first else (late, early):
            chamber.decided(aid, SAME)
        assert (chamber.state(early), chamber.state(late)) == (State.ACCEPTED, State.REJECTED_DUPLICATE)


def test_an_application_that_came_to_nothing_stops_nobody(chamber: Chamber) -> None:
    """Whoever gave up a first application and comes again is not turned away for it."""
    first = chamber.referred([person_hit(chamber.office.person())])
    chamber.clock.advance(minutes=1)
    again = chamber.referred([application_hit(first)])
    chamber.counter.lifecycle.cancel(chamber.counter.order(chamber.counter.registrar, first), Reason.WITHDRAWN)
    assert chamber.decided(again, SAME).outcome == State.ACCEPTED.value


def test_a_lost_number_goes_to_whom_it_is(chamber: Chamber) -> None:
    """Found to be somebody of the register, whoever lost a number is accepted as that person."""
    person_id = chamber.office.person()
    aid = chamber.referred([person_hit(chamber.office.person()), person_hit(person_id)], kind=Kind.LOST)
    chamber.decided(aid, {1: DIFFERENT, 2: SAME})
    case = chamber.counter.case(aid)
    assert (case.state, case.person_id) == (State.ACCEPTED, person_id)
    stranger = chamber.referred([person_hit(person_id)], kind=Kind.LOST)
    assert chamber.decided(stranger, DIFFERENT).outcome == State.RECAPTURE.value


def test_a_record_is_changed_by_its_owner(chamber: Chamber) -> None:
    """Whoever does not look like the record's owner is compared with the owner, and must be the same."""
    _, person_id = chamber.registered()
    aid = chamber.referred([person_hit(person_id, Why.UNLIKE)], kind=Kind.UPDATE, person_id=person_id)
    assert chamber.decided(aid, Vote(Choice.SAME)).outcome == State.ACCEPTED.value
    other = chamber.referred([person_hit(person_id, Why.UNLIKE)], kind=Kind.UPDATE, person_id=person_id)
    case_id = chamber.case_of(other)
    assert code_of(chamber.vote(chamber.people[0], case_id, SAME)) is Code.ENR_SCHEMA
    assert chamber.decided(other, Vote(Choice.DIFFERENT, Ground.FRAUD)).outcome == State.REJECTED_FRAUD.value


def test_somebody_of_whom_nothing_was_captured(chamber: Chamber) -> None:
    """Two people look at the papers, and nobody is turned away but for a fraud."""
    aid = chamber.referred([], reason=Reason.NO_MODALITY)
    case_id = chamber.case_of(aid)
    chamber.write(aid, family_name="Person")
    assert code_of(chamber.vote(chamber.people[0], case_id, DENY)) is Code.ENR_SCHEMA
    papers = chamber.desk.papers(chamber.people[0], case_id)
    assert papers.person["family_name"] == "Person"  # type: ignore[union-attr]  # not refused
    assert "Person" not in repr(papers)
    assert chamber.decided(aid, GRANT).outcome == State.ACCEPTED.value


def test_captured_again_and_found_again(chamber: Chamber) -> None:
    """A new round asks anew, and who voted in the one before may vote again: only an appeal wants other people."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    first = chamber.case_of(aid)
    chamber.decided(aid, POOR)
    counter = chamber.counter
    counter.lifecycle.start(counter.order(counter.officer, aid))
    counter.fill(aid)
    chamber.refer(aid, [person_hit(chamber.office.person())])
    assert chamber.case_of(aid) != first
    assert chamber.decided(aid, DIFFERENT).outcome == State.ACCEPTED.value
