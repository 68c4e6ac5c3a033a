"""From the search to a decision: what it found is what people see, with nothing between."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from enrollment.adjudication import Adjudication, Answers, Ballot, Result, Sheet, Vote, Voted, adjudication
from enrollment.capture import Position
from enrollment.cases import State
from enrollment.centres.actors import Role
from enrollment.deduplication import Why
from idp.audit import Trail
from tests.factories.adjudication import DIFFERENT, PLAIN, SAME
from tests.factories.cases import staff
from tests.factories.deduplication import STRONG, Bureau, Cellar, details, local_gallery

pytestmark = pytest.mark.integration

FIRST, SECOND = (staff(Role.ADJUDICATOR, centre=None) for _ in range(2))


@pytest.fixture
def bureau(session: Session, tmp_path: Path) -> Iterator[Bureau]:
    """All rooms up to the search, in a transaction that is rolled back."""
    cellar = Cellar()
    gallery = local_gallery(cellar, tmp_path / "gallery")
    yield Bureau(cellar, session, gallery)
    gallery.close()


def room(bureau: Bureau) -> Adjudication:
    """The room of adjudicators beside them."""
    clock, entropy = bureau.cellar.clock, bureau.cellar.entropy
    answers = Answers(bureau.session, clock, lambda: [FIRST, SECOND], PLAIN)
    trail = Trail(bureau.session, clock, entropy)
    return adjudication(bureau.session, bureau.cases, answers, bureau.office.register, clock, entropy, trail, PLAIN)


def decided(bureau: Bureau, vote: Vote) -> tuple[Sheet, Result]:
    """What the first saw before voting, and the second after it."""
    held = room(bureau)
    [waiting] = held.desk.queue(FIRST)
    sheet = held.desk.open(FIRST, waiting.case_id)
    assert isinstance(sheet, Sheet)
    votes = dict.fromkeys(sheet.questions(), vote)
    for by in (FIRST, SECOND):
        key, now = bureau.counter.key(), bureau.cellar.clock.now()
        assert isinstance(held.desk.vote(Ballot(by, waiting.case_id, votes, key, now)), Voted)
    result = held.desk.result(SECOND, waiting.case_id)
    assert isinstance(result, Result)
    return sheet, result


def test_somebody_who_comes_again_under_another_name(bureau: Bureau) -> None:
    """Other impressions of the same fingers and face: found, compared in every part, and given no second number."""
    bureau.issued(1)
    again = bureau.searched(bureau.validated(1, impression=1, given_names="Other", family_name="Else"))
    sheet, result = decided(bureau, SAME)
    [candidate] = sheet.candidates
    assert (candidate.why, candidate.positions) == (Why.COMPARED, STRONG)
    assert bureau.state(again.aid) is State.REJECTED_DUPLICATE
    assert result.names is not None
    assert result.names[0].family_name == "Else"
    assert result.names[1].family_name == details(1)["family_name"]
    [figure] = result.figures
    assert figure.ratio is not None
    assert set(figure.parts) <= {Position.FACE, *STRONG}


def test_somebody_with_an_enrolled_persons_name(bureau: Bureau) -> None:
    """The same name and birth and another body: people look, say DIFFERENT, and the application goes on."""
    bureau.issued(1)
    namesake = bureau.searched(bureau.validated(2, **details(1)))
    sheet, result = decided(bureau, DIFFERENT)
    assert [candidate.why for candidate in sheet.candidates] == [Why.DEMOGRAPHIC]
    assert bureau.state(namesake.aid) is State.ACCEPTED
    assert (result.figures[0].ratio, result.figures[0].parts) == (None, {})
