"""Who may decide what: every role, and for adjudicators every reason why a case is not theirs (design section 1)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert

from enrollment.cases.models import ConsentRow, EventRow, KinRow, SectionRow, VouchRow
from enrollment.centres.actors import Actor, Role
from enrollment.centres.models import PostingRow
from enrollment.errors import Code
from tests.factories.adjudication import DIFFERENT, Chamber, person_hit
from tests.factories.cases import CENTRE, ELSEWHERE, code_of, staff
from tests.factories.centres import Country
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration

Arrange = Callable[[Chamber, str, str, UUID], Actor]


def _posted(centre: UUID) -> Arrange:
    return lambda *_: staff(Role.ADJUDICATOR, centre=centre)


def _own(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by = staff(Role.ADJUDICATOR, centre=None)
    chamber.put(aid, subscriber_id=by.subscriber_id)
    return by


def _household(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by = staff(Role.ADJUDICATOR, centre=None)
    chamber.session.execute(insert(KinRow).values(aid=aid, subscriber_id=by.subscriber_id, relation="household"))
    return by


def _captured(chamber: Chamber, *_: object) -> Actor:
    return replace(chamber.counter.officer, roles=frozenset({Role.ADJUDICATOR}), centre_id=ELSEWHERE)


def _saved(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by = staff(Role.ADJUDICATOR, centre=None)
    values = {"savers": [by.subscriber_id]}
    chamber.change(SectionRow, (SectionRow.aid == aid) & (SectionRow.name == "person"), **values)
    return by


def _consented(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by, now = staff(Role.ADJUDICATOR, centre=None), chamber.clock.now()
    row = {"id": by.subscriber_id, "aid": aid, "text_version": "v1", "language": "en", "how": "signed"}
    chamber.session.execute(insert(ConsentRow).values(**row, taken_by=by.subscriber_id, given_at=now))
    return by


def _vouched(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by, now = staff(Role.ADJUDICATOR, Role.INTRODUCER, centre=None), chamber.clock.now()
    row = {"aid": aid, "introducer_id": by.subscriber_id, "relation": "teacher", "at": now}
    chamber.session.execute(insert(VouchRow).values(row))
    return by


def _approved(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
    by = staff(Role.ADJUDICATOR, Role.SUPERVISOR, centre=None)
    row = {
        "id": by.subscriber_id, "aid": aid, "n": 4, "event": "approve", "to_state": "approved", "hand": "staff",
        "actor_id": by.subscriber_id, "facts": {}, "at": chamber.clock.now(),
    }  # fmt: skip
    chamber.session.execute(insert(EventRow).values(row))
    return by


def _is_candidate(chamber: Chamber, _aid: str, _found: str, person: UUID) -> Actor:
    by = replace(
        staff(Role.ADJUDICATOR, centre=None),
        subscriber_id=store_subscriber(chamber.session, chamber.keys, chamber.clock),
    )
    assert chamber.office.accounts.link(by.subscriber_id, person) is None
    return by


def _candidates_household(chamber: Chamber, _aid: str, found: str, person: UUID) -> Actor:
    return _household(chamber, found, found, person)


def _captured_candidate(chamber: Chamber, _aid: str, found: str, person: UUID) -> Actor:
    return _saved(chamber, found, found, person)


def _worked_there(days_ago: int, *, ended: bool = False) -> Arrange:
    def arrange(chamber: Chamber, aid: str, _found: str, _person: UUID) -> Actor:
        """Posted to the application's centre on one day, and without a posting now."""
        country = Country(chamber.session, chamber.clock, chamber.keys)
        centre = country.centre()
        by = country.worker(Role.ADJUDICATOR, centre=centre)
        day = country.today - timedelta(days=days_ago)
        ended_at = chamber.clock.now() - timedelta(days=1) if ended else None
        of_theirs = PostingRow.subscriber_id == by.subscriber_id
        chamber.change(PostingRow, of_theirs, first_day=day, last_day=day, ended_at=ended_at)
        chamber.put(aid, centre_id=centre.id)
        return replace(by, centre_id=None, station_id=None)

    return arrange


CASES: dict[str, tuple[Arrange, Code | None]] = {
    "nowhere": (lambda *_: staff(Role.ADJUDICATOR, centre=None), None),
    "foreign": (_posted(ELSEWHERE), None),
    "own centre": (_posted(CENTRE), Code.ENR_FOUREYES),
    "worked there since": (_worked_there(0), Code.ENR_FOUREYES),
    "is going to work there": (_worked_there(-9), Code.ENR_FOUREYES),
    "worked there before": (_worked_there(1), None),
    "was never sent there after all": (_worked_there(0, ended=True), None),
    "own application": (_own, Code.ENR_OWN),
    "household": (_household, Code.ENR_OWN),
    "captured": (_captured, Code.ENR_FOUREYES),
    "saved": (_saved, Code.ENR_FOUREYES),
    "took the consent": (_consented, Code.ENR_FOUREYES),
    "vouched": (_vouched, Code.ENR_FOUREYES),
    "approved": (_approved, Code.ENR_FOUREYES),
    "is the candidate": (_is_candidate, Code.ENR_FOUREYES),
    "candidate's household": (_candidates_household, Code.ENR_FOUREYES),
    "captured the candidate": (_captured_candidate, Code.ENR_FOUREYES),
}


@pytest.mark.parametrize("name", CASES)
def test_adjudicators_and_cases(chamber: Chamber, name: str) -> None:
    """List, sheet, picture and vote say the same; a no has an audit row, and the list is silent about it."""
    arrange, code = CASES[name]
    found, person_id = chamber.registered()
    aid = chamber.referred([person_hit(person_id)])
    by = arrange(chamber, aid, found, person_id)
    case_id = chamber.case_of(aid)
    assert [waiting.case_id for waiting in chamber.desk.queue(by)] == ([case_id] if code is None else [])
    assert code_of(chamber.desk.open(by, case_id)) is code
    assert code_of(chamber.desk.sample(by, case_id, 1, chamber.shown)) is code
    assert code_of(chamber.desk.vote(chamber.ballot(by, case_id, {1: DIFFERENT}))) is code
    refusals = [body for body in chamber.counter.audited("enrolment.refused") if body["wanted"] == "adjudicate"]
    assert [body["code"] for body in refusals] == ([] if code is None else [code.value] * 3)


def test_every_other_role(chamber: Chamber) -> None:
    """Nobody else sees a case or votes, whatever they may do elsewhere; nor learns whether there is one."""
    aid = chamber.referred([person_hit(chamber.office.person())])
    case_id = chamber.case_of(aid)
    others = [role for role in Role if role is not Role.ADJUDICATOR]
    for by in (staff(role, centre=ELSEWHERE) for role in others):
        assert chamber.desk.queue(by) == []
        for wanted in (case_id, UUID(int=1)):
            assert code_of(chamber.desk.open(by, wanted)) is Code.ENR_ROLE
            assert code_of(chamber.desk.vote(chamber.ballot(by, wanted, {1: DIFFERENT}))) is Code.ENR_ROLE
            assert code_of(chamber.desk.result(by, wanted)) is Code.ENR_ROLE
    assert len(chamber.counter.audited("enrolment.refused")) == 6 * len(others)


def test_a_case_that_is_not_there(chamber: Chamber) -> None:
    """An identifier that names nothing says nothing."""
    assert code_of(chamber.desk.open(chamber.people[0], UUID(int=1))) is Code.ENR_UNKNOWN
    assert [body["aid"] for body in chamber.counter.audited("enrolment.refused")] == [None]
