"""What the workbench's form may say: closed words, and nothing that is not in the case."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.adjudication import Asked, Candidate, Choice, Ground, Sheet, Stage, Vote
from enrollment.capture import Position
from enrollment.cases import Kind
from enrollment.deduplication import Why
from enrollment.web.adjudicators.looking import (
    Chosen,
    Look,
    draft_of,
    first_look,
    grounds_of,
    look_of,
    missing,
    votes_of,
)

FACE, THUMB, INDEX, LITTLE = Position.FACE, Position.RIGHT_THUMB, Position.RIGHT_INDEX, Position.LEFT_LITTLE


def case(*candidates: Candidate, whole: Asked | None = None, stage: Stage = Stage.VOTE) -> Sheet:
    """A case about an applicant with a face and three fingers."""
    return Sheet(uuid.UUID(int=1), Kind.NEW, stage, False, whole, (FACE, THUMB, INDEX, LITTLE), candidates, voted=False)


TWO = case(Candidate(1, Why.COMPARED, (THUMB, INDEX)), Candidate(2, Why.UNLIKE, (FACE, INDEX)))


def test_begins_with_what_both_have() -> None:
    """The face where both have one, else the first finger; the application itself comes before candidates."""
    assert first_look(TWO) == Look(1, THUMB, THUMB)
    assert first_look(TWO, 2) == Look(2, FACE, FACE)
    assert first_look(case(whole=Asked.ENTITLED)).rank == 0
    assert first_look(TWO, 7).rank == 1


@pytest.mark.parametrize(
    ("show", "seen"),
    [
        ("rank:2", Look(2, INDEX, INDEX, 2)),
        ("position:left_little", Look(1, LITTLE, LITTLE, 2)),
        ("zoom:4", Look(1, INDEX, THUMB, 4)),
        ("mirrored:1", Look(1, INDEX, THUMB, 2, mirrored=True)),
        ("points:", Look(1, INDEX, THUMB, 2, points=False)),
        ("against:", Look(1, INDEX, THUMB, 2)),
        ("zoom:3", Look(1, INDEX, THUMB, 2)),
        ("position:ear", Look(1, INDEX, THUMB, 2)),
        ("", Look(1, INDEX, THUMB, 2)),
    ],
)
def test_a_button_changes_one_thing(show: str, seen: Look) -> None:
    """Everything else stays as the form says that it was; what is unknown changes nothing."""
    form = {"rank": "1", "position": "right_index", "against": "right_thumb", "zoom": "2", "points": "1", "show": show}
    assert look_of(TWO, form) == seen


NAMES = st.sampled_from(["rank", "position", "against", "zoom", "mirrored", "points", "show"])
VALUES = st.text(max_size=30) | st.sampled_from(["rank:2", "position:face", "zoom:4", "1", "face"])


@given(form=st.dictionaries(NAMES, VALUES))
def test_whatever_a_form_says_the_page_shows_something(form: dict[str, str]) -> None:
    """A rank of the case, a zoom that there is; never an error."""
    look = look_of(TWO, form)
    assert look.rank in {1, 2}
    assert look.next_zoom in {1, 2, 4}


def test_votes_are_whole_or_missing() -> None:
    """An answer for each rank, a ground where the answer takes one, none where it takes none."""
    assert missing(TWO, draft_of(TWO, {})) == [(1, "choice"), (2, "choice")]
    assert missing(TWO, draft_of(TWO, {"choice-1": "same", "choice-2": "different"})) == [(1, "ground"), (2, "ground")]
    form = {"choice-1": "different", "ground-1": "fraud", "choice-2": "different", "ground-2": "mix_up"}
    draft = draft_of(TWO, form)
    assert missing(TWO, draft) == []
    assert votes_of(TWO, draft) == {1: Vote(Choice.DIFFERENT), 2: Vote(Choice.DIFFERENT, Ground.MIX_UP)}


def test_what_is_not_offered_is_nothing() -> None:
    """An answer or a ground of another question, or nobody's, counts as not given."""
    form = {"choice-1": "grant", "ground-1": "spite", "choice-2": "same", "ground-2": "retry", "choice-9": "same"}
    assert draft_of(TWO, form) == {1: Chosen(), 2: Chosen(Choice.SAME)}
    lead = case(Candidate(1, Why.BOTH, (FACE,)), stage=Stage.LEAD)
    assert draft_of(lead, {"choice-1": "unsure"}) == {1: Chosen()}


def test_the_only_ground_is_not_asked_for() -> None:
    """Where nothing could be captured, No means that it is a fraud; where the centre rejected, it may mean that."""
    entitled, rejected = case(whole=Asked.ENTITLED), case(whole=Asked.REJECTION)
    assert grounds_of(entitled, 0) == ()
    assert votes_of(entitled, {0: Chosen(Choice.DENY)}) == {0: Vote(Choice.DENY, Ground.FRAUD)}
    assert grounds_of(rejected, 0) == (Ground.FRAUD,)
    assert missing(rejected, {0: Chosen(Choice.DENY)}) == []
    assert votes_of(rejected, {0: Chosen(Choice.DENY, Ground.FRAUD)}) == {0: Vote(Choice.DENY, Ground.FRAUD)}
    assert votes_of(rejected, {0: Chosen(Choice.GRANT, Ground.FRAUD)}) == {0: Vote(Choice.GRANT)}
