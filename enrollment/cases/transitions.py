"""The life of an application, as one table: from which state, by what event, to which, by whom, on which conditions.

Design section 2. Whatever has no row here cannot happen. Kinds share the rows but where a row names its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from enrollment.cases.case import Kind, State
from enrollment.cases.orders import Hand
from enrollment.centres.actors import Role

__all__ = ["FINAL", "NUMBERED", "TABLE", "Event", "Guard", "Rule", "may_ever", "rule_for"]


class Event(StrEnum):
    """Everything that moves an application; each has one method of `Lifecycle`."""

    OPEN = "open"
    DRAFT = "draft"
    TAKE_IN = "take_in"
    SUBMIT = "submit"
    BOOK = "book"
    START = "start"
    HAND_OVER = "hand_over"
    SIGN = "sign"
    TAKE_UP = "take_up"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    RESUME = "resume"
    REJECT = "reject"
    RECEIVE = "receive"
    VALIDATE = "validate"
    SEARCH = "search"
    CLEAR = "clear"
    REFER = "refer"
    ACCEPT = "accept"
    FIND_DUPLICATE = "find_duplicate"
    FIND_FRAUD = "find_fraud"
    UPHOLD = "uphold"
    GRANT = "grant"
    RECOGNISE = "recognise"
    RECAPTURE = "recapture"
    APPEAL = "appeal"
    REOPEN = "reopen"
    ISSUE = "issue"
    BIND = "bind"
    CLAIM = "claim"
    CANCEL = "cancel"
    EXPIRE = "expire"
    HOLD = "hold"
    RELEASE = "release"
    PRACTISE = "practise"


class Guard(StrEnum):
    """Conditions of transitions. Those of other rooms are handed to `Lifecycle`; one that nobody answers refuses."""

    # answered here
    PERSON_COMPLETE = "person_complete"
    SECTIONS_COMPLETE = "sections_complete"
    APPLICANT_CONFIRMED = "applicant_confirmed"
    FRESH_FACTOR = "fresh_factor"
    OFFICER_DIFFERS = "officer_differs"
    FLAGS_TICKED = "flags_ticked"
    SEARCHED = "searched"
    NEVER_SEARCHED = "never_searched"
    SOME_MODALITY = "some_modality"
    DUE = "due"
    REAL = "real"
    PRACTICE = "practice"
    # answered by the rooms above
    FINGERS_APART = "fingers_apart"
    PACKET_WHOLE = "packet_whole"
    NO_CANDIDATE = "no_candidate"
    RECOGNISED = "recognised"
    ADJUDICATED = "adjudicated"
    NEW_PEOPLE = "new_people"
    RECORDED = "recorded"
    LINKED = "linked"
    CLAIM_PROVEN = "claim_proven"


ALL = frozenset(Kind)
PAPER = frozenset({Kind.DEATH})
LOST = frozenset({Kind.LOST})
CENTRE = ALL - PAPER - {Kind.IMPORT}
NUMBERED = CENTRE - {Kind.UPDATE, Kind.CORRECTION} | {Kind.IMPORT}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `source` None begins an application, `to` None goes back to where it was held from.

    `anywhere` lets an officer of any centre take it over: the person stands there.
    """

    source: State | None
    event: Event
    to: State | None
    roles: frozenset[Role | Hand]
    guards: tuple[Guard, ...] = ()
    kinds: frozenset[Kind] = ALL
    anywhere: bool = False


_OFFICER: frozenset[Role | Hand] = frozenset({Role.OFFICER})
_SUPERVISOR: frozenset[Role | Hand] = frozenset({Role.SUPERVISOR})
_REGISTRAR: frozenset[Role | Hand] = frozenset({Role.REGISTRAR})
_ADJUDICATOR: frozenset[Role | Hand] = frozenset({Role.ADJUDICATOR})
_APPLICANT: frozenset[Role | Hand] = frozenset({Hand.APPLICANT})
_SYSTEM: frozenset[Role | Hand] = frozenset({Hand.SYSTEM})

S, E, G = State, Event, Guard
_SIGNING = (G.SECTIONS_COMPLETE, G.APPLICANT_CONFIRMED, G.FINGERS_APART, G.FRESH_FACTOR)
_SECOND = (G.OFFICER_DIFFERS, G.FRESH_FACTOR)
_DECIDED = (G.OFFICER_DIFFERS, G.FRESH_FACTOR, G.ADJUDICATED)


def _of_centre(
    officer: frozenset[Role | Hand], supervisor: frozenset[Role | Hand], kinds: frozenset[Kind]
) -> list[Rule]:
    """Capture and review. For a death, two registrars take the places of officer and supervisor."""
    confirmed = _SIGNING if kinds is CENTRE else (G.SECTIONS_COMPLETE, G.FRESH_FACTOR)
    both = officer | supervisor
    return [
        Rule(None, E.OPEN, S.CAPTURING, officer, kinds=kinds),
        Rule(S.CAPTURING, E.SIGN, S.SIGNED, officer, confirmed, kinds),
        Rule(S.SIGNED, E.TAKE_UP, S.IN_REVIEW, supervisor, (G.OFFICER_DIFFERS,), kinds),
        Rule(S.IN_REVIEW, E.APPROVE, S.APPROVED, supervisor, (*_SECOND, G.FLAGS_TICKED), kinds),
        Rule(S.IN_REVIEW, E.SEND_BACK, S.RETURNED, supervisor, (G.OFFICER_DIFFERS,), kinds),
        Rule(S.IN_REVIEW, E.REJECT, S.REJECTED_CENTRE, supervisor, _SECOND, kinds),
        Rule(S.RETURNED, E.RESUME, S.CAPTURING, officer, kinds=kinds),
        Rule(S.REJECTED_CENTRE, E.APPEAL, S.APPEAL, officer | _APPLICANT, kinds=kinds),
        Rule(S.CAPTURING, E.CANCEL, S.CANCELLED, both | _APPLICANT, kinds=kinds),
        Rule(S.RETURNED, E.CANCEL, S.CANCELLED, both | _APPLICANT, kinds=kinds),
        Rule(S.SIGNED, E.CANCEL, S.CANCELLED, supervisor | _APPLICANT, kinds=kinds),
        Rule(S.IN_REVIEW, E.CANCEL, S.CANCELLED, supervisor | _APPLICANT, kinds=kinds),
    ]


# Once a search may find something, the applicant cannot make it go away any more: a registrar cancels, with a reason.
_LATE = (S.APPROVED, S.RECEIVED, S.VALIDATED, S.DEDUP, S.ADJUDICATION, S.APPEAL, S.ACCEPTED, S.HELD)
_HOLDABLE = (S.APPROVED, S.RECEIVED, S.VALIDATED, S.DEDUP, S.ACCEPTED)

_ROWS: tuple[Rule, ...] = (
    # before the visit
    Rule(None, E.DRAFT, S.PRE_DRAFT, _APPLICANT, kinds=CENTRE),
    Rule(S.PRE_DRAFT, E.SUBMIT, S.PRE_SUBMITTED, _APPLICANT, (G.PERSON_COMPLETE,), CENTRE),
    Rule(S.PRE_SUBMITTED, E.BOOK, S.BOOKED, _APPLICANT, kinds=CENTRE),
    Rule(S.BOOKED, E.BOOK, S.BOOKED, _APPLICANT, kinds=CENTRE),
    Rule(S.PRE_SUBMITTED, E.START, S.CAPTURING, _OFFICER, (G.REAL,), CENTRE, anywhere=True),
    Rule(S.BOOKED, E.START, S.CAPTURING, _OFFICER, (G.REAL,), CENTRE, anywhere=True),
    Rule(S.PRE_DRAFT, E.EXPIRE, S.PRE_EXPIRED, _SYSTEM, (G.DUE,), CENTRE),
    Rule(S.PRE_SUBMITTED, E.EXPIRE, S.PRE_EXPIRED, _SYSTEM, (G.DUE,), CENTRE),
    Rule(S.BOOKED, E.EXPIRE, S.PRE_EXPIRED, _SYSTEM, (G.DUE,), CENTRE),
    Rule(S.PRE_DRAFT, E.CANCEL, S.CANCELLED, _APPLICANT, kinds=CENTRE),
    Rule(S.PRE_SUBMITTED, E.CANCEL, S.CANCELLED, _APPLICANT, kinds=CENTRE),
    Rule(S.BOOKED, E.CANCEL, S.CANCELLED, _APPLICANT, kinds=CENTRE),
    # at the centre
    Rule(S.CAPTURING, E.HAND_OVER, S.CAPTURING, _SYSTEM, kinds=CENTRE),
    *_of_centre(_OFFICER, _SUPERVISOR, CENTRE),
    *_of_centre(_REGISTRAR, _REGISTRAR, PAPER),
    # in the register
    Rule(None, E.TAKE_IN, S.RECEIVED, _SYSTEM, kinds=frozenset({Kind.IMPORT})),
    Rule(S.APPROVED, E.RECEIVE, S.RECEIVED, _SYSTEM, (G.REAL, G.PACKET_WHOLE)),
    # What was practised at a centre for training ends here.
    Rule(S.APPROVED, E.PRACTISE, S.CANCELLED, _SYSTEM, (G.PRACTICE,), CENTRE),
    Rule(S.RECEIVED, E.VALIDATE, S.VALIDATED, _SYSTEM),
    Rule(S.VALIDATED, E.SEARCH, S.DEDUP, _SYSTEM),
    Rule(S.DEDUP, E.CLEAR, S.ACCEPTED, _SYSTEM, (G.SOME_MODALITY, G.NO_CANDIDATE)),
    Rule(S.DEDUP, E.REFER, S.ADJUDICATION, _SYSTEM),
    Rule(S.ADJUDICATION, E.ACCEPT, S.ACCEPTED, _ADJUDICATOR, (G.SEARCHED, *_DECIDED)),
    Rule(S.ADJUDICATION, E.FIND_DUPLICATE, S.REJECTED_DUPLICATE, _ADJUDICATOR, (G.SEARCHED, *_DECIDED)),
    Rule(S.ADJUDICATION, E.FIND_FRAUD, S.REJECTED_FRAUD, _ADJUDICATOR, _DECIDED),
    # A centre's rejection was appealed against, and stands: there was no search whose result could be decided.
    Rule(S.ADJUDICATION, E.UPHOLD, S.REJECTED_CENTRE, _ADJUDICATOR, (G.NEVER_SEARCHED, *_DECIDED), CENTRE | PAPER),
    # A death is reported by papers: what was wrongly rejected goes back to the registrars.
    Rule(S.ADJUDICATION, E.GRANT, S.RETURNED, _ADJUDICATOR, (G.NEVER_SEARCHED, *_DECIDED), PAPER),
    # One person found, and the fact that the applicant told is theirs: the number they lost is handed out again.
    Rule(S.DEDUP, E.RECOGNISE, S.ACCEPTED, _SYSTEM, (G.SOME_MODALITY, G.RECOGNISED), LOST),
    # captured again under the same number
    Rule(S.VALIDATED, E.RECAPTURE, S.RECAPTURE, _SYSTEM, kinds=CENTRE),
    Rule(S.DEDUP, E.RECAPTURE, S.RECAPTURE, _SYSTEM, kinds=CENTRE),
    Rule(S.ADJUDICATION, E.RECAPTURE, S.RECAPTURE, _ADJUDICATOR, _DECIDED, CENTRE),
    Rule(S.RECAPTURE, E.START, S.CAPTURING, _OFFICER, kinds=CENTRE),
    Rule(S.RECAPTURE, E.EXPIRE, S.CANCELLED, _SYSTEM, (G.DUE,), CENTRE),
    Rule(S.RECAPTURE, E.CANCEL, S.CANCELLED, _OFFICER | _SUPERVISOR | _APPLICANT, kinds=CENTRE),
    # appeal
    Rule(S.REJECTED_DUPLICATE, E.APPEAL, S.APPEAL, _OFFICER | _REGISTRAR | _APPLICANT),
    Rule(S.REJECTED_FRAUD, E.APPEAL, S.APPEAL, _OFFICER | _REGISTRAR | _APPLICANT),
    Rule(S.APPEAL, E.REOPEN, S.ADJUDICATION, _REGISTRAR | _SYSTEM, (G.NEW_PEOPLE,)),
    # the identity
    Rule(S.ACCEPTED, E.ISSUE, S.ISSUED, _SYSTEM, (G.RECORDED,)),
    Rule(S.ISSUED, E.BIND, S.BOUND, _SYSTEM, (G.LINKED,), NUMBERED),
    Rule(S.BOUND, E.CLAIM, S.CLAIMED, _APPLICANT, (G.CLAIM_PROVEN,), NUMBERED),
    # faults
    *(Rule(state, E.CANCEL, S.CANCELLED, _REGISTRAR) for state in _LATE),
    *(Rule(state, E.HOLD, S.HELD, _SYSTEM) for state in _HOLDABLE),
    Rule(S.HELD, E.RELEASE, None, frozenset({Hand.SYSTEM, Role.OPERATOR})),
)


def _table() -> Mapping[tuple[Kind, State | None, Event], Rule]:
    table = {(kind, rule.source, rule.event): rule for rule in _ROWS for kind in rule.kinds}
    assert len(table) == sum(len(rule.kinds) for rule in _ROWS), "two rows for one step"  # noqa: S101 - a slip above
    return MappingProxyType(table)


TABLE = _table()
"""Kind, state and event -> the one row that says what happens."""

FINAL = frozenset(State) - {rule.source for rule in _ROWS if rule.source is not None}
"""States from which nothing leads anywhere."""


def rule_for(kind: Kind, state: State | None, event: Event) -> Rule | None:
    """The row for this step; None when there is no such step."""
    return TABLE.get((kind, state, event))


def may_ever(role: Role | Hand, event: Event) -> bool:
    """True when there is any row by which this role brings the event about, for whatever application."""
    return any(role in rule.roles for rule in _ROWS if rule.event is event)
