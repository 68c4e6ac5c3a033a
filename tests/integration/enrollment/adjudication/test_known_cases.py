"""Cases whose answer is known: shown like any other, moving nothing, counted for the auditor."""

import uuid
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from enrollment.adjudication import AdjudicationPolicy, Figures, Result, Sheet, Vote, Voted
from enrollment.adjudication.models import AdjudicationRow
from enrollment.cases import Reason, State
from enrollment.centres.actors import Role
from enrollment.errors import Code, Refusal
from tests.factories.adjudication import DIFFERENT, POOR, SAME, UNSURE, Chamber, person_hit
from tests.factories.cases import code_of, staff

pytestmark = pytest.mark.integration

# Of every two cases one is known, as long as there are any.
OFTEN = AdjudicationPolicy(known=0.5)


@pytest.fixture
def chamber(session: Session) -> Chamber:
    """The room, with known cases wherever one is to be had."""
    return Chamber(session, policy=OFTEN)


def settled(chamber: Chamber, vote: Vote = SAME) -> str:
    """An application that the first two decided, long enough ago."""
    _, person_id = chamber.registered()
    aid = chamber.referred([person_hit(person_id)])
    chamber.decided(aid, vote)
    chamber.clock.advance(days=31)
    return aid


def known(chamber: Chamber) -> list[AdjudicationRow]:
    """The known cases that wait."""
    wanted = select(AdjudicationRow).where(AdjudicationRow.known, AdjudicationRow.outcome.is_(None))
    return list(chamber.session.scalars(wanted.execution_options(populate_existing=True)))


def _alike(both: Sequence[Sheet | Voted | Refusal], case_id: uuid.UUID) -> bool:
    """Whether both are the same but for the case that they name."""
    one, two = both
    assert not isinstance(one, Refusal)
    return replace(one, case_id=case_id) == two


def test_a_known_case_looks_like_any_other(chamber: Chamber) -> None:
    """List, sheet, pictures, vote and result have the same shape, and its time is that of its neighbours (design 8)."""
    settled(chamber)
    _, person_id = chamber.registered()
    fresh = chamber.case_of(chamber.referred([person_hit(person_id)]))
    [row] = known(chamber)
    by, other = chamber.people[2:4]
    listed = chamber.desk.queue(by)
    assert {waiting.case_id for waiting in listed} == {fresh, row.id}
    one, two = (replace(waiting, case_id=fresh, since=row.since) for waiting in listed)
    assert one == two
    assert max(waiting.since for waiting in listed) - row.since <= timedelta(minutes=10)
    sheets = [chamber.desk.open(by, case_id) for case_id in (fresh, row.id)]
    assert _alike(sheets, row.id)
    for case_id in (fresh, row.id):
        assert code_of(chamber.desk.sample(by, case_id, 1, chamber.shown)) is None
    assert _alike([chamber.vote(by, case_id, SAME) for case_id in (fresh, row.id)], row.id)
    assert _alike([chamber.vote(other, case_id, SAME) for case_id in (fresh, row.id)], row.id)
    results = [chamber.desk.result(other, case_id) for case_id in (fresh, row.id)]
    for field in fields(Result):
        first, second = (getattr(result, field.name) for result in results)
        assert type(first) is type(second)
        assert field.name in {"case_id", "names"} or first == second


def test_a_known_case_moves_nothing(chamber: Chamber) -> None:
    """Whatever is said of it, by two or by a lead, the application stays as it was decided."""
    aid = settled(chamber)
    version = chamber.counter.case(aid).version
    chamber.case_of(chamber.referred([person_hit(chamber.office.person())]))
    [row] = known(chamber)
    first, second, lead = chamber.people[2:5]
    assert isinstance(chamber.vote(first, row.id, DIFFERENT), Voted)
    assert isinstance(chamber.vote(second, row.id, POOR), Voted)
    assert isinstance(chamber.vote(lead, row.id, DIFFERENT), Voted)
    case = chamber.counter.case(aid)
    assert (case.state, case.version) == (State.REJECTED_DUPLICATE, version)


def test_not_for_those_who_decided_it(chamber: Chamber) -> None:
    """Who voted on it when it was real, or when it was shown before, does not meet it again."""
    settled(chamber)
    chamber.case_of(chamber.referred([person_hit(chamber.office.person())]))
    [row] = known(chamber)
    for by in chamber.people[:2]:
        assert row.id not in {waiting.case_id for waiting in chamber.desk.queue(by)}
        assert code_of(chamber.desk.open(by, row.id)) is Code.ENR_FOUREYES


@pytest.mark.parametrize(
    "case", ["young", "old", "appealed", "appeal decided", "led", "mixed", "nobody found", "plain"]
)
def test_which_are_shown(chamber: Chamber, case: str) -> None:
    """Only what two said alike at once, that nobody appealed against, and that is settled and still there."""
    _, person_id = chamber.registered()
    aid = chamber.referred([] if case == "nobody found" else [person_hit(person_id)])
    case_id = chamber.case_of(aid)
    if case == "led":
        for by, vote in zip(chamber.people, (SAME, UNSURE, SAME), strict=False):
            chamber.vote(by, case_id, vote)
    elif case == "mixed":
        chamber.decided(aid, POOR)
    elif case == "nobody found":
        chamber.put(aid, state=State.ISSUED.value)
    else:
        chamber.decided(aid, SAME)
    if case in {"appealed", "appeal decided"}:
        order = chamber.counter.order(staff(Role.REGISTRAR, centre=None), aid)
        assert code_of(chamber.counter.lifecycle.appeal(order, Reason.DISAGREES)) is None
    if case == "appeal decided":
        assert chamber.opening.reopen_appeals() == 1
        chamber.decided(aid, SAME, people=chamber.people[2:4])
    chamber.clock.advance(days={"young": 29, "old": 331}.get(case, 31))
    for _ in range(3):
        chamber.case_of(chamber.referred([person_hit(person_id)]))
    assert len(known(chamber)) == (1 if case == "plain" else 0)


def test_none_where_none_is_wanted(session: Session) -> None:
    """A share of nothing shows none."""
    chamber = Chamber(session)
    settled(chamber)
    chamber.case_of(chamber.referred([person_hit(chamber.office.person())]))
    assert known(chamber) == []


def test_figures_for_the_auditor_alone(chamber: Chamber) -> None:
    """How often each was right, missed somebody or confused two; nobody at a desk reads them."""
    start = chamber.clock.now()
    settled(chamber, SAME)
    settled(chamber, DIFFERENT)
    chamber.case_of(chamber.referred([person_hit(chamber.office.person())]))
    chamber.case_of(chamber.referred([person_hit(chamber.office.person())]))
    rows = known(chamber)
    assert len(rows) == 2
    right, wrong = chamber.people[2:4]
    for row in rows:
        assert row.truth is not None
        truth = SAME if row.truth["1"]["choice"] == "same" else DIFFERENT
        chamber.vote(right, row.id, truth)
        chamber.vote(wrong, row.id, DIFFERENT if truth is SAME else SAME)
    figures = chamber.agreement.figures(staff(Role.AUDITOR, centre=None), start)
    assert isinstance(figures, list)
    by_person = {one.adjudicator_id: one for one in figures}
    assert by_person[right.subscriber_id] == Figures(right.subscriber_id, cases=2, beside=2, known=2, right=2)
    assert by_person[wrong.subscriber_id] == Figures(
        wrong.subscriber_id, cases=2, beside=2, known=2, missed=1, confused=1
    )
    first = by_person[chamber.people[0].subscriber_id]
    assert (first.cases, first.beside, first.alike, first.known) == (2, 2, 2, 0)
    for role in Role:
        if role is not Role.AUDITOR:
            assert code_of(chamber.agreement.figures(staff(role), start)) is Code.ENR_ROLE
