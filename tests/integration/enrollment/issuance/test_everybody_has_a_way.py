"""Nobody is refused a number for their body, for having no telephone, or for having no papers (design section 6)."""

from collections.abc import Iterable
from typing import Any

import pytest

from enrollment.capture import FINGERS, Position
from enrollment.capture.documents import DocumentType
from enrollment.cases import BodyException, How, Kind, Moved, Reason, Relation, Section, State, Why
from enrollment.cases.sections import POSITIONS
from enrollment.centres.actors import Actor, Role
from enrollment.errors import Code, Refusal
from enrollment.issuance import Written
from tests.factories.captures import image
from tests.factories.cases import CENTRE, PERSON, staff
from tests.factories.deduplication import details
from tests.factories.issuing import Chain
from tests.factories.subscribers import store_subscriber

pytestmark = pytest.mark.integration


class Visit:
    """Somebody who stands at the counter, and what the officer does."""

    def __init__(self, chain: Chain, body: int, kind: Kind = Kind.NEW) -> None:
        self.chain = chain
        self.body = body
        self.officer = chain.counter.officer
        self.aid = chain.counter.opened(kind)

    def says(self, how: How = How.SIGNED, **person: Any) -> None:
        """Agrees, and tells who they are."""
        assert not isinstance(self.chain.cases.consents.give(self.officer, self.aid, "v1", "en", how), Refusal)
        told = {**PERSON, **details(self.body), **person}
        self.chain.counter.type(self.aid, self.officer, **{name: value for name, value in told.items() if value})

    def shows_passport(self) -> None:
        """A document, photographed."""
        sections, field = self.chain.cases.sections, {"type": "passport"}
        saved = sections.save_field(self.officer, self.aid, Section.DOCUMENTS, "document_1", field)
        assert not isinstance(saved, Refusal), saved
        picture = self.chain.desk.document(self.officer, self.aid, "document_1", DocumentType.PASSPORT, b"{passport}")
        assert not isinstance(picture, Refusal), picture

    def gives(self, positions: Iterable[Position], quality: int = 70, **of: object) -> None:
        """Face and fingers, each taken once."""
        for position in positions:
            shot = image(position.value, quality, body=self.body, impression=0, of=self.aid, **of)
            taken = self.chain.desk.take(self.officer, self.aid, position, shot)
            assert not isinstance(taken, Refusal), taken
        for tick in ("looked_at_face", "looked_at_fingers"):
            self.chain.cases.sections.save_field(self.officer, self.aid, Section.BIOMETRICS, tick, value=True)

    def cannot_give(self, positions: Iterable[str], why: Why, *, permanent: bool = True, shown: bool = True) -> None:
        """An exception for each: with a picture, or by a supervisor's word."""
        cases, photo = self.chain.cases, None
        if shown:
            taken = self.chain.desk.exception_photograph(self.officer, self.aid, b"{hand}")
            assert not isinstance(taken, Refusal), taken
            photo = taken.object_id
        for position in positions:
            noted = cases.exceptions.note(self.officer, self.aid, BodyException(position, why, permanent, photo))
            assert not isinstance(noted, Refusal), noted
            if not shown:
                granted = cases.exceptions.grant(self.chain.counter.supervisor, self.aid, position)
                assert not isinstance(granted, Refusal), granted

    def is_known_by(self, relation: Relation = Relation.CHIEF) -> None:
        """An introducer vouches, by their own factor."""
        held = self.chain.cellar
        account = store_subscriber(self.chain.session, held.keys, held.clock)
        introducer = Actor(account, frozenset({Role.INTRODUCER}), None, None)
        assert self.chain.cases.introducers.vouch(introducer, self.aid, relation, held.clock.now()) is None

    def is_searched(self) -> Reason | None:
        """Confirmed, signed, approved with a word for each flag, received and searched; why people must decide."""
        chain, aid = self.chain, self.aid
        assert not isinstance(chain.cases.sections.confirm(self.officer, aid, "en"), Refusal)
        chain.counter.walk(aid, State.APPROVED)
        assert chain.intake.take(aid) is None
        return chain.searched(aid).reason

    def has_number(self, level: int) -> Written:
        """The number, the account, and the level that was reached."""
        written = self.chain.written(self.aid)
        assert self.chain.state(self.aid) is State.BOUND
        assert self.chain.rooms.identifiers.nin_of(written.person_id) is not None
        assert self.chain.person(written.person_id).ial == level
        return written


def test_two_missing_fingers(chain: Chain) -> None:
    """Shown by a picture; the others are taken, and the level is no lower."""
    visit = Visit(chain, 1)
    visit.says()
    visit.shows_passport()
    missing = ("left_ring", "left_little")
    visit.gives([position for position in Position if position.value not in missing])
    visit.cannot_give(missing, Why.MISSING)
    assert visit.is_searched() is None
    visit.has_number(3)


def test_worn_fingers(chain: Chain) -> None:
    """Three tries, none good enough: a supervisor's word instead of a fourth; found by the face all the same."""
    visit = Visit(chain, 1)
    visit.says()
    visit.shows_passport()
    visit.gives([Position.FACE])
    for number in range(3):
        visit.gives([Position.RIGHT_INDEX], quality=12, number=number)
    fourth = image("right_index", 12, body=1, impression=0, of=visit.aid, number=3)
    refusal = chain.desk.take(visit.officer, visit.aid, Position.RIGHT_INDEX, fourth)
    assert refusal == Refusal(Code.BIO_COUNT, "right_index")
    visit.cannot_give((finger.value for finger in FINGERS), Why.WORN, shown=False)
    assert visit.is_searched() is None
    written = visit.has_number(3)
    again = chain.validated(1, 1, given_names="Other", family_name="Else", birth_date="1950-05-05")
    assert [hit.person_id for hit in chain.searched(again).hits] == [written.person_id]


def test_a_child(chain: Chain) -> None:
    """A face, a guardian's consent and name; nothing is compared, and the level says so."""
    visit = Visit(chain, 1, Kind.CHILD)
    born = f"{chain.cellar.clock.now().year - 3}-01-01"
    visit.says(How.GUARDIAN, birth_date=born, guardian_name="Testa Mother", guardian_relation="mother")
    visit.shows_passport()
    visit.gives([Position.FACE])
    assert visit.is_searched() is None
    assert chain.facts(visit.has_number(2).person_id).guardian_name == "Testa Mother"


def test_no_telephone(chain: Chain) -> None:
    """Nor mail, nor anybody to ask for: the receipt and the slip are on paper."""
    visit = Visit(chain, 1)
    visit.says(phone=None, no_contact=True)
    visit.shows_passport()
    visit.gives([Position.FACE, Position.RIGHT_INDEX])
    others = [finger.value for finger in FINGERS if finger is not Position.RIGHT_INDEX]
    visit.cannot_give(others, Why.DEFORMED)
    assert visit.is_searched() is None
    written = visit.has_number(3)
    assert chain.facts(written.person_id).phone is None
    assert written.subscriber_id is not None
    assert "phone_number" not in chain.rooms.directory.profile(written.subscriber_id)


def test_no_documents_but_an_introducer(chain: Chain) -> None:
    """Somebody who knows them vouches; without that word there is nothing to sign. The level is 2."""
    visit = Visit(chain, 1)
    visit.says()
    ticked = chain.cases.sections.save_field(visit.officer, visit.aid, Section.DOCUMENTS, "none", value=True)
    assert not isinstance(ticked, Refusal)
    visit.gives([Position.FACE, Position.RIGHT_INDEX])
    visit.cannot_give([finger.value for finger in FINGERS if finger is not Position.RIGHT_INDEX], Why.MISSING)
    assert not isinstance(chain.cases.sections.confirm(visit.officer, visit.aid, "en"), Refusal)
    refusal = chain.cases.lifecycle.sign(chain.counter.order(visit.officer, visit.aid))
    assert refusal == Refusal(Code.ENR_GUARD, "introducer")
    visit.is_known_by()
    assert visit.is_searched() is None
    visit.has_number(2)


def test_nothing_of_the_body(chain: Chain) -> None:
    """Documents, an introducer and two officers; two people decide, always, and then there is a number."""
    visit = Visit(chain, 1)
    visit.says()
    visit.shows_passport()
    visit.is_known_by()
    visit.cannot_give(sorted(POSITIONS), Why.MEDICAL, shown=False)
    second = staff(Role.OFFICER, centre=CENTRE)
    chain.counter.type(visit.aid, second, address_lines="House by the river")
    assert visit.is_searched() is Reason.NO_MODALITY
    assert chain.state(visit.aid) is State.ADJUDICATION
    order = chain.counter.order(chain.counter.adjudicator, visit.aid)
    assert isinstance(chain.cases.lifecycle.accept(order), Moved)
    visit.has_number(2)
