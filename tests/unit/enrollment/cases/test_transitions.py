import pytest

from enrollment.cases import Event, Guard, Kind, State
from enrollment.cases.lifecycle import Lifecycle
from enrollment.cases.orders import Hand
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import FINAL, TABLE, may_ever
from enrollment.centres.actors import Role

# The design's drawing of the life cycle, section 2, line by line.
DRAWING = """
pre_draft>pre_submitted pre_submitted>booked booked>booked booked>pre_expired pre_draft>pre_expired
pre_submitted>pre_expired pre_submitted>capturing booked>capturing capturing>capturing capturing>signed signed>in_review
in_review>approved in_review>returned returned>capturing in_review>rejected_centre
approved>received received>validated validated>dedup dedup>accepted dedup>adjudication
adjudication>accepted adjudication>rejected_duplicate adjudication>rejected_fraud adjudication>recapture
validated>recapture dedup>recapture recapture>capturing recapture>cancelled
accepted>issued issued>bound bound>claimed
rejected_centre>appeal rejected_duplicate>appeal rejected_fraud>appeal appeal>adjudication
adjudication>rejected_centre adjudication>returned
"""
BEFORE_ISSUED = [
    "pre_draft", "pre_submitted", "booked", "capturing", "signed", "in_review", "returned", "approved", "received",
    "validated", "dedup", "adjudication", "recapture", "accepted", "appeal", "held",
]  # fmt: skip
EDGES = {tuple(edge.split(">")) for edge in DRAWING.split()}
EDGES |= {(state, "cancelled") for state in BEFORE_ISSUED}
EDGES |= {(state, "held") for state in ("approved", "received", "validated", "dedup", "accepted")}


def test_the_table_is_the_drawing() -> None:
    """The table leads where the design's drawing leads, and nowhere else; release leads back to where it was held."""
    found = {
        (rule.source.value, rule.to.value) for rule in TABLE.values() if rule.source is not None and rule.to is not None
    }
    assert found == EDGES
    assert {rule.event for rule in TABLE.values() if rule.to is None} == {Event.RELEASE}


def test_every_event_has_its_method() -> None:
    """Each event of the table is one public method of the life cycle, and each method an event."""
    assert {name for name in vars(Lifecycle) if not name.startswith("_")} == {event.value for event in Event}


@pytest.mark.parametrize("kind", list(Kind))
def test_no_application_is_stuck(kind: Kind) -> None:
    """From every state that a kind can reach an end can be reached."""
    steps = {
        (rule.source, to)
        for (held, _, _), rule in TABLE.items()
        if held is kind
        for to in ([rule.to] if rule.to is not None else _held_from(kind))
    }
    reached, wave = set[State](), {to for source, to in steps if source is None}
    while wave:
        reached |= wave
        wave = {to for source, to in steps if source in reached} - reached
    ending = {state for state in reached if not any(source is state for source, _ in steps)}
    while any(source in reached - ending and to in ending for source, to in steps):
        ending |= {source for source, to in steps if source in reached and to in ending and source is not None}
    assert reached == ending
    assert State.ISSUED in reached


def _held_from(kind: Kind) -> list[State]:
    held = [rule for (of, _, event), rule in TABLE.items() if of is kind and event is Event.HOLD]
    return [rule.source for rule in held if rule.source is not None]


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_accepted_but_through_the_search(kind: Kind) -> None:
    """Every way into `accepted` leaves a search that found nobody, or people who decided on its finds (AC-098)."""
    ways = [rule for (held, _, _), rule in TABLE.items() if held is kind and rule.to is State.ACCEPTED]
    assert {rule.source for rule in ways} == {State.DEDUP, State.ADJUDICATION}
    for rule in ways:
        found = Guard.RECOGNISED if rule.event is Event.RECOGNISE else Guard.NO_CANDIDATE
        wanted = found if rule.source is State.DEDUP else Guard.ADJUDICATED
        assert wanted in rule.guards
        assert rule.event is not Event.RECOGNISE or kind is Kind.LOST
        assert rule.source is State.DEDUP or Guard.SEARCHED in rule.guards
    assert {rule.source for (held, _, _), rule in TABLE.items() if held is kind and rule.to is State.ISSUED} == {
        State.ACCEPTED
    }


def test_a_second_person_looks_at_everything_that_was_captured() -> None:
    """Every way to `approved` asks for another person than whoever captured, and for a fresh factor (AC-096)."""
    ways = [rule for rule in TABLE.values() if rule.to is State.APPROVED]
    assert {kind for (kind, _, _), rule in TABLE.items() if rule.to is State.APPROVED} == set(Kind) - {Kind.IMPORT}
    for rule in ways:
        assert {Guard.OFFICER_DIFFERS, Guard.FRESH_FACTOR, Guard.FLAGS_TICKED} <= set(rule.guards)


@pytest.mark.parametrize(
    "role", [Role.ADMIN, Role.AUDITOR, Role.SUPPORT, Role.SECURITY, Role.CLIENT_MANAGER, Role.INTRODUCER]
)
def test_roles_without_applications_move_none(role: Role) -> None:
    """Administrators, auditors and the like never move an application (AC-097)."""
    assert not [event for event in Event if may_ever(role, event)]


def test_workers_decide_nothing_that_people_must_decide() -> None:
    """No worker signs, approves, decides or claims."""
    people = {
        Event.SIGN,
        Event.APPROVE,
        Event.REJECT,
        Event.ACCEPT,
        Event.FIND_DUPLICATE,
        Event.FIND_FRAUD,
        Event.CLAIM,
    }
    assert not [event for event in people if may_ever(Hand.SYSTEM, event)]


def test_rejections_can_be_appealed() -> None:
    """Each rejected state, of every kind that reaches it, has an appeal; ends are few and known."""
    rejected = {State.REJECTED_CENTRE, State.REJECTED_DUPLICATE, State.REJECTED_FRAUD}
    reached = {(kind, rule.to) for (kind, _, _), rule in TABLE.items() if rule.to in rejected}
    assert not [(kind, state) for kind, state in reached if (kind, state, Event.APPEAL) not in TABLE]
    assert {State.CANCELLED, State.CLAIMED, State.PRE_EXPIRED} == FINAL


def test_noes_have_reasons() -> None:
    """Whatever takes something away from the applicant has closed reasons."""
    assert {Event.SEND_BACK, Event.REJECT, Event.CANCEL, Event.RECAPTURE, Event.FIND_DUPLICATE} <= set(REASONS)
