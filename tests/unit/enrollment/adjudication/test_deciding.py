"""What votes lead to, for every kind of application and every answer."""

import uuid
from itertools import product

import pytest

from enrollment.adjudication import WHOLE, Asked, Choice, Ground, Stage, Vote
from enrollment.adjudication.deciding import Matter, Outcome, Standing, agreed, outcome_of, state_of
from enrollment.adjudication.votes import faults, number_of, read, stored
from enrollment.cases import Event, Kind, Reason, State
from enrollment.cases.reasons import REASONS
from enrollment.cases.transitions import rule_for
from tests.factories.adjudication import DENY, DIFFERENT, FRAUD, GRANT, MIX_UP, POOR, SAME, UNSURE

NEW = Matter(Kind.NEW, {1: Asked.COMPARE, 2: Asked.COMPARE}, {1: Standing.RECORD, 2: Standing.RECORD})
EVERYTHING = [Vote(choice, ground) for choice in Choice for ground in (None, *Ground)]
# No centre rejects what was taken in from an older register.
MATTERS = [
    (kind, asked, stage)
    for kind, asked, stage in product(Kind, Asked, Stage)
    if (kind, asked) != (Kind.IMPORT, Asked.REJECTION)
]


def matter(kind: Kind = Kind.NEW, standing: Standing = Standing.RECORD, *, owned: bool = False) -> Matter:
    """One candidate."""
    return Matter(kind, {1: Asked.COMPARE}, {1: standing}, owned)


@pytest.mark.parametrize(
    ("votes", "outcome"),
    [
        ({1: DIFFERENT, 2: DIFFERENT}, Outcome(Event.ACCEPT)),
        ({1: DIFFERENT, 2: SAME}, Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 2)),
        ({1: SAME, 2: SAME}, Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 1)),
        ({1: SAME, 2: FRAUD}, Outcome(Event.FIND_FRAUD, Reason.FRAUD, 2)),
        ({1: MIX_UP, 2: SAME}, Outcome(Event.RECAPTURE, Reason.MIX_UP, 1)),
        ({1: MIX_UP, 2: FRAUD}, Outcome(Event.FIND_FRAUD, Reason.FRAUD, 2)),
        ({1: POOR, 2: SAME}, Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 2)),
        ({1: POOR, 2: DIFFERENT}, Outcome(Event.RECAPTURE, Reason.POOR)),
        ({1: UNSURE, 2: FRAUD}, None),
        ({1: DIFFERENT, 2: UNSURE}, None),
    ],
)
def test_the_gravest_answer_counts(votes: dict[int, Vote], outcome: Outcome | None) -> None:
    """Fraud before mix-up before a number that is there before poor images; unsure decides nothing."""
    assert outcome_of(NEW, votes) == outcome


@pytest.mark.parametrize("standing", Standing)
def test_of_two_applications_of_one_person_one_goes_on(standing: Standing) -> None:
    """An application is no duplicate of one that was opened later, or that came to nothing."""
    outcome = outcome_of(matter(standing=standing), {1: SAME})
    later = Outcome(Event.ACCEPT)
    assert outcome == (later if standing is Standing.OTHER else Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 1))


def test_a_fraud_against_a_later_application_is_a_fraud() -> None:
    """Whoever is first goes on only if nobody says that they cheat."""
    assert outcome_of(matter(standing=Standing.OTHER), {1: FRAUD}) == Outcome(Event.FIND_FRAUD, Reason.FRAUD, 1)


def test_a_lost_number_is_found() -> None:
    """Who lost a number wants to be found: SAME accepts as that person, DIFFERENT sends back to the counter."""
    lost = matter(Kind.LOST)
    assert outcome_of(lost, {1: SAME}) == Outcome(Event.ACCEPT, None, 1)
    assert outcome_of(lost, {1: DIFFERENT}) == Outcome(Event.RECAPTURE, Reason.OTHER)
    early = matter(Kind.LOST, Standing.EARLIER)
    assert outcome_of(early, {1: SAME}) == Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 1)
    owned = matter(Kind.LOST, owned=True)
    assert outcome_of(owned, {1: DIFFERENT}) == Outcome(Event.ACCEPT)
    assert outcome_of(owned, {1: SAME}) == Outcome(Event.FIND_DUPLICATE, Reason.HONEST_RETRY, 1)


def test_the_owner_of_a_record() -> None:
    """Whoever changes a record must be its owner: SAME is what lets them, another needs a ground."""
    own = Matter(Kind.UPDATE, {1: Asked.OWN}, {1: Standing.RECORD}, owned=True)
    assert outcome_of(own, {1: Vote(Choice.SAME)}) == Outcome(Event.ACCEPT)
    mixed = outcome_of(own, {1: Vote(Choice.DIFFERENT, Ground.MIX_UP)})
    assert mixed == Outcome(Event.RECAPTURE, Reason.MIX_UP, 1)
    cheated = outcome_of(own, {1: Vote(Choice.DIFFERENT, Ground.FRAUD)})
    assert cheated == Outcome(Event.FIND_FRAUD, Reason.FRAUD, 1)


def test_the_application_itself() -> None:
    """Nothing could be captured: granted, a fraud, or captured again; a centre's rejection: stands, or is undone."""
    entitled = Matter(Kind.NEW, {WHOLE: Asked.ENTITLED}, {})
    assert outcome_of(entitled, {WHOLE: GRANT}) == Outcome(Event.ACCEPT)
    assert outcome_of(entitled, {WHOLE: POOR}) == Outcome(Event.RECAPTURE, Reason.POOR)
    denied = outcome_of(entitled, {WHOLE: Vote(Choice.DENY, Ground.FRAUD)})
    assert denied == Outcome(Event.FIND_FRAUD, Reason.FRAUD)
    rejected = Matter(Kind.NEW, {WHOLE: Asked.REJECTION}, {})
    assert outcome_of(rejected, {WHOLE: DENY}) == Outcome(Event.UPHOLD)
    assert outcome_of(rejected, {WHOLE: GRANT}) == Outcome(Event.RECAPTURE, Reason.OTHER)


@pytest.mark.parametrize(("kind", "asked", "stage"), MATTERS)
def test_every_answer_that_is_taken_leads_somewhere(kind: Kind, asked: Asked, stage: Stage) -> None:
    """Whatever the form takes has a row in the life cycle with a reason that it takes; at the lead always."""
    rank = WHOLE if asked in {Asked.ENTITLED, Asked.REJECTION} else 1
    taken = [vote for vote in EVERYTHING if not faults(kind, stage, {rank: asked}, {rank: vote})]
    assert taken
    for standing, owned, vote in product(Standing, (True, False), taken):
        outcome = outcome_of(Matter(kind, {rank: asked}, {rank: standing}, owned), {rank: vote})
        if vote.choice is Choice.UNSURE:
            assert (outcome, stage) == (None, Stage.VOTE)
            continue
        assert outcome is not None
        rule = rule_for(kind, State.ADJUDICATION, outcome.event)
        assert rule is not None, (vote, outcome)
        assert state_of(kind, outcome.event) is rule.to
        assert (outcome.reason is None) == (outcome.event not in REASONS)
        assert outcome.reason is None or outcome.reason in REASONS[outcome.event]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({1: SAME, 2: DIFFERENT}, {1: SAME, 2: POOR}, True),
        ({1: SAME, 2: DIFFERENT}, {1: DIFFERENT, 2: SAME}, False),
        ({1: SAME, 2: DIFFERENT}, {1: MIX_UP, 2: DIFFERENT}, False),
        ({1: DIFFERENT, 2: DIFFERENT}, {1: POOR, 2: DIFFERENT}, False),
        ({1: UNSURE, 2: DIFFERENT}, {1: UNSURE, 2: DIFFERENT}, False),
    ],
)
def test_two_agree_when_they_say_the_same_of_the_same_person(
    first: dict[int, Vote], second: dict[int, Vote], *, alike: bool
) -> None:
    """They agree on what comes of it, and on who it is; two who are unsure agree on nothing."""
    assert (agreed(NEW, [first, second]) is not None) is alike
    assert agreed(NEW, [first, second]) == agreed(NEW, [second, first])


def test_what_is_no_vote() -> None:
    """A rank left out, one that nobody asked about, an answer to another question, a ground too many or too few."""
    asked = {1: Asked.COMPARE}
    for votes in (
        {}, {1: DIFFERENT, 2: DIFFERENT}, {1: GRANT}, {1: Vote(Choice.SAME)}, {1: Vote(Choice.DIFFERENT, Ground.FRAUD)},
        {WHOLE: GRANT},
    ):  # fmt: skip
        assert faults(Kind.NEW, Stage.VOTE, asked, votes), votes
    assert faults(Kind.NEW, Stage.LEAD, asked, {1: UNSURE}) == (1,)
    assert faults(Kind.IMPORT, Stage.VOTE, asked, {1: POOR}) == (1,)
    assert not faults(Kind.NEW, Stage.VOTE, asked, {1: FRAUD})


def test_votes_come_back_as_they_were_stored() -> None:
    """Stored and read, all votes are the same."""
    votes = {WHOLE: GRANT, 1: SAME, 2: DIFFERENT, 10: MIX_UP}
    assert read(stored(votes)) == votes


def test_a_case_is_called_by_eight_signs() -> None:
    """Short enough to be said aloud."""
    assert number_of(uuid.UUID("3f2a91c0-0000-4000-8000-000000000000")) == "3F2A-91C0"
