"""Every role at every transition that has a page: on an own capture, a colleague's, another centre's, a relative's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select, text

from enrollment.cases import Event, Kind, State
from enrollment.cases.models import ApplicationRow, KinRow
from enrollment.cases.transitions import rule_for
from enrollment.centres import Role
from idp.audit.models import AuditRow
from idp.web.extensions import db
from tests.factories.floor import Floor, Member
from tests.factories.staged import placed, staged

pytestmark = pytest.mark.integration

OWN, OTHER, FOREIGN, KIN = RELATIONS = ("own", "other", "foreign", "kin")
REFUSED = ("staff.refused", "enrolment.refused")


@dataclass(frozen=True)
class Step:
    """A transition: from which state, at which address, with what form; `may`: statuses by role and relation."""

    name: str
    event: str
    source: State
    address: str
    form: dict[str, str]
    may: dict[Role, tuple[int, int, int, int]]

    def expected(self, role: Role, relation: str) -> int:
        """The status for this role; whoever has no business here is refused by role, whatever it is about."""
        return self.may.get(role, (403, 403, 403, 403))[RELATIONS.index(relation)]


# Statuses for (own capture, colleague's, another centre's, household's). Design sections 1 and 2, written out by hand.
AT_CENTRE = (303, 303, 404, 403)
BY_ANOTHER = (409, 303, 404, 403)
NOT_ANY_MORE = (403, 403, 404, 403)
ANYWHERE = (303, 303, 303, 403)
BY_ROLE = (403, 403, 403, 403)
STEPS = (
    Step("start", "start", State.RECAPTURE, "/staff/cases/{aid}/begin", {}, {Role.OFFICER: AT_CENTRE}),
    Step("resume", "resume", State.RETURNED, "/staff/cases/{aid}/begin", {}, {Role.OFFICER: AT_CENTRE}),
    Step("sign", "sign", State.CAPTURING, "/staff/cases/{aid}/sign", {}, {Role.OFFICER: AT_CENTRE}),
    Step(
        "cancel", "cancel", State.CAPTURING, "/staff/cases/{aid}/cancel", {"reason": "mistake"},
        {Role.OFFICER: AT_CENTRE, Role.SUPERVISOR: AT_CENTRE},
    ),
    Step("take_up", "take_up", State.SIGNED, "/staff/review/{aid}/take", {}, {Role.SUPERVISOR: BY_ANOTHER}),
    Step(
        "approve", "approve", State.IN_REVIEW, "/staff/review/{aid}/decide", {"decision": "approve"},
        {Role.SUPERVISOR: BY_ANOTHER},
    ),
    Step(
        "return", "send_back", State.IN_REVIEW, "/staff/review/{aid}/decide",
        {"decision": "return", "return_reason": "photo"},
        {Role.SUPERVISOR: BY_ANOTHER},
    ),
    Step(
        "reject", "reject", State.IN_REVIEW, "/staff/review/{aid}/decide",
        {"decision": "reject", "reject_reason": "evidence"},
        {Role.SUPERVISOR: BY_ANOTHER},
    ),
    Step(
        "cancel in review", "cancel", State.IN_REVIEW, "/staff/cases/{aid}/cancel", {"reason": "withdrawn"},
        {Role.OFFICER: NOT_ANY_MORE, Role.SUPERVISOR: AT_CENTRE},
    ),
    Step(
        "appeal", "appeal", State.REJECTED_CENTRE, "/staff/cases/{aid}/appeal", {"reason": "disagrees"},
        {Role.OFFICER: AT_CENTRE, Role.REGISTRAR: BY_ROLE},
    ),
    Step(
        "appeal against a duplicate", "appeal", State.REJECTED_DUPLICATE, "/staff/cases/{aid}/appeal",
        {"reason": "disagrees"},
        {Role.OFFICER: AT_CENTRE, Role.REGISTRAR: ANYWHERE},
    ),
    Step("reopen", "reopen", State.APPEAL, "/staff/appeals/{aid}/reopen", {}, {Role.REGISTRAR: ANYWHERE}),
    Step(
        "cancel late", "cancel", State.APPROVED, "/staff/appeals/{aid}/cancel", {"reason": "died"},
        {Role.REGISTRAR: ANYWHERE},
    ),
)  # fmt: skip


class Matrix:
    """A member of the staff for each role, and applications by state and relation."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.members: dict[Role, Member] = {role: floor.member(role) for role in Role}
        # An appeal goes to new people: there are some.
        for _ in range(3):
            floor.member(Role.ADJUDICATOR, posted=False)
        self.kept: dict[tuple[State, str], str] = {}
        self._keys = iter(range(10**6))

    def shared(self, state: State, relation: str) -> str:
        """An application that stays as it is, for those who are refused."""
        if (state, relation) not in self.kept:
            self.kept[state, relation] = self.fresh(state, relation)
        return self.kept[state, relation]

    def fresh(self, state: State, relation: str) -> str:
        """Another one. An own one was captured by each of the members, a relative's is of each one's household."""
        # What is signed must be filled in; whatever comes later is moved whether it is or not.
        made = staged if state is State.CAPTURING else placed
        aid = made(self.floor, state, centre=self.floor.elsewhere.id if relation == FOREIGN else None)
        everybody = [member.id for member in self.members.values()]
        with self.floor.site.app.app_context():
            if relation == OWN:
                saved = text("update enrol_section set savers = savers || :all where aid = :aid and name = 'documents'")
                db.session.execute(saved, {"all": everybody, "aid": aid})
            if relation == KIN:
                db.session.add_all(KinRow(aid=aid, subscriber_id=one, relation="household") for one in everybody)
            db.session.commit()
        return aid

    def standing(self, aid: str) -> tuple[str, int]:
        """State and version as stored."""
        with self.floor.site.app.app_context():
            row = db.session.execute(
                select(ApplicationRow.state, ApplicationRow.version).where(ApplicationRow.aid == aid)
            ).one()
        return row.state, row.version

    def refusals(self) -> Counter[str]:
        """How many audit rows say that each of the staff was refused."""
        wanted = select(AuditRow.actor, func.count()).where(AuditRow.event.in_(REFUSED)).group_by(AuditRow.actor)
        with self.floor.site.app.app_context():
            return Counter({str(actor): count for actor, count in db.session.execute(wanted)})

    def send(self, member: Member, step: Step, aid: str) -> Any:
        """The step's form, as a page of the application's present version carries it."""
        key = f"01900000-0000-7000-8000-{next(self._keys):012x}"
        version = str(self.standing(aid)[1])
        return member.send(step.address.format(aid=aid), version=version, key=key, **step.form)


@pytest.fixture(scope="module")
def matrix(floor: Floor) -> Matrix:
    """The people and what they work on."""
    return Matrix(floor)


@pytest.fixture(autouse=True)
def _proven(matrix: Matrix) -> None:
    """Each of them proved these minutes to be themself."""
    for member in matrix.members.values():
        matrix.floor.sign_in(member)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_each_role_and_relation(matrix: Matrix, step: Step) -> None:
    """AC-095, AC-096: the allowed ones move it; the others get 403, 404 or 409, an audit row each, and move nothing."""
    for relation in RELATIONS:
        shared = matrix.shared(step.source, relation)
        before, standing = matrix.refusals(), matrix.standing(shared)
        refused = set()
        for role, member in matrix.members.items():
            expected = step.expected(role, relation)
            aid = matrix.fresh(step.source, relation) if expected == 303 else shared
            was = matrix.standing(aid)
            answer = matrix.send(member, step, aid)
            assert answer.status_code == expected, (role, relation, answer.text)
            if expected == 303:
                assert matrix.standing(aid)[1] > was[1], (role, relation, answer.location)
            else:
                refused.add(str(member.id))
        assert matrix.standing(shared) == standing
        assert set(matrix.refusals() - before) == refused


def test_each_step_in_a_state_that_is_not_its_own(matrix: Matrix) -> None:
    """AC-098: by whoever may otherwise, on a colleague's application in every other state: refused, nothing moves."""
    for step in STEPS:
        role = next(role for role, may in step.may.items() if 303 in may)
        for state in {step.source for step in STEPS}:
            event = Event.RESUME if step.event == "start" and state is State.RETURNED else Event(step.event)
            event = Event.START if step.event == "resume" and state is State.RECAPTURE else event
            rule = rule_for(Kind.NEW, state, event)
            if rule is not None and role in rule.roles:
                continue
            aid = matrix.shared(state, OTHER)
            standing = matrix.standing(aid)
            answer = matrix.send(matrix.members[role], step, aid)
            assert answer.status_code == (409 if rule is None else 403), (step.name, state, answer.text)
            assert matrix.standing(aid) == standing


def test_only_officers_open_applications(matrix: Matrix) -> None:
    """The first step of all: every other role is refused, with its audit row."""
    before = matrix.refusals()
    for number, (role, member) in enumerate(matrix.members.items()):
        key = f"01900000-0000-7000-9000-{number:012x}"
        answer = member.send("/staff/cases", kind="new", key=key)
        assert answer.status_code == (303 if role is Role.OFFICER else 403), role
    assert (matrix.refusals() - before).total() == len(matrix.members) - 1
