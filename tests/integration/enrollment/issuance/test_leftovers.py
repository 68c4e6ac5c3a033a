"""What led to nothing is forgotten in its time, and bodies are when they are erased; nothing else goes with it."""

import pytest
from sqlalchemy import func, select

from enrollment.capture.captures import Captures
from enrollment.capture.documents import Documents
from enrollment.capture.forgetting import Forgetting
from enrollment.capture.models import AttemptRow, SampleRow
from enrollment.cases import Case, Moved, Order, Reason, Section, State
from enrollment.cases.models import ApplicationRow, ExceptionRow, ReplyRow
from enrollment.cases.purging import purge_replies
from enrollment.issuance.leftovers import Leftovers
from enrollment.issuance.models import ActivationSlipRow
from enrollment.issuance.purging import SLIPS_KEPT, purge_slips
from enrollment.issuance.slips import LIFE, Slip
from idp.database import Base
from idp.keys.models import PersonKeyRow
from tests.factories.issuing import Chain

pytestmark = pytest.mark.integration


def leftovers(chain: Chain) -> Leftovers:
    """The room over the chain's session."""
    held = chain.cellar
    over = (chain.session, chain.vault, chain.examiner, held.keys, held.clock, held.entropy)
    forgetting = Forgetting(chain.session, Captures(*over), Documents(*over))
    return Leftovers(chain.session, forgetting, chain.entries, chain.rooms.trail)


def count(chain: Chain, kind: type[Base], **of: object) -> int:
    """How many rows there are."""
    return chain.session.scalar(select(func.count()).select_from(kind).filter_by(**of)) or 0


def forgotten(chain: Chain, case: Case) -> bool:
    """Nothing of what was said or captured is there, and the keys are destroyed."""
    samples, reasons = count(chain, SampleRow, aid=case.aid), count(chain, ExceptionRow, aid=case.aid)
    keys, searched = count(chain, PersonKeyRow, person_id=case.subject_key_id), chain.entries.of([case.subject_key_id])
    empty = not chain.cases.sections.read(chain.counter.case(case.aid)).of(Section.PERSON)
    return empty and not (samples or reasons or keys or searched)


def rejected(chain: Chain, body: int) -> Case:
    """An application that a search found somebody for, and that was given up by a registrar or refused."""
    aid = chain.validated(body, 1, given_names="Other")
    chain.searched(aid)
    order = chain.counter.order(chain.counter.adjudicator, aid)
    assert isinstance(chain.cases.lifecycle.find_duplicate(order, Reason.HONEST_RETRY), Moved)
    return chain.counter.case(aid)


def test_a_rejected_application_stays_a_year(chain: Chain) -> None:
    """So long an appeal finds what was decided on; then it goes, and whoever has a number is not touched."""
    first = chain.bound(1)
    case = rejected(chain, 1)
    room = leftovers(chain)
    chain.cellar.clock.advance(days=364)
    assert room.forget_due(chain.cellar.clock.now(), 10) == 0
    assert not forgotten(chain, case)
    attempts = count(chain, AttemptRow, aid=case.aid)
    chain.cellar.clock.advance(days=2)
    assert room.forget_due(chain.cellar.clock.now(), 10) == 1
    assert forgotten(chain, case)
    assert room.forget_due(chain.cellar.clock.now(), 10) == 0
    assert chain.state(case.aid) is State.REJECTED_DUPLICATE
    assert count(chain, AttemptRow, aid=case.aid) == attempts > 0
    assert chain.counter.audited("enrolment.forgotten") == [{"aid": case.aid, "samples": 2}]
    assert chain.entries.subjects_of(first.person_id)
    assert chain.facts(first.person_id).family_name


def test_what_was_given_up_goes_within_weeks(chain: Chain) -> None:
    """Withdrawn at the counter: after thirty days nothing readable is left of it."""
    aid = chain.counter.opened()
    chain.capture(aid, 1)
    order = Order(chain.counter.officer, aid, chain.counter.case(aid).version, chain.counter.key())
    assert isinstance(chain.cases.lifecycle.cancel(order, Reason.WITHDRAWN), Moved)
    chain.cellar.clock.advance(days=31)
    assert leftovers(chain).forget_due(chain.cellar.clock.now(), 10) == 1
    assert forgotten(chain, chain.counter.case(aid))


def test_an_erased_body_is_neither_kept_nor_found(chain: Chain) -> None:
    """The record stays; the same body under another name is found by nobody."""
    first = chain.bound(1)
    theirs = {row.aid: row.subject_key_id for row in chain.session.scalars(select(ApplicationRow))}
    assert leftovers(chain).erase_bodies([first.person_id], theirs) == 2
    assert leftovers(chain).erase_bodies([first.person_id], theirs) == 0
    assert chain.entries.subjects_of(first.person_id) == frozenset()
    assert chain.facts(first.person_id).family_name
    again = chain.searched(chain.validated(1, 1, given_names="Other", family_name="Else", birth_date="1950-05-05"))
    assert (again.outcome, again.hits) == ("clear", ())


def test_answers_and_unused_slips_go(chain: Chain) -> None:
    """Answers after thirty days; a slip ninety days after its time, unless it was used."""
    used, unused = chain.bound(1), chain.bound(2)
    assert used.subscriber_id is not None
    assert unused.subscriber_id is not None
    slip = chain.rooms.slips.print_again(chain.version(used.person_id).aid or "", used.subscriber_id, actor="a")
    assert isinstance(slip, Slip)
    assert chain.rooms.slips.spend(slip.aid, slip.code) == used.subscriber_id
    answers = count(chain, ReplyRow)
    assert answers > 0
    chain.cellar.clock.advance(days=29)
    assert purge_replies(chain.session, chain.cellar.clock.now(), 1000) == 0
    chain.cellar.clock.advance(days=2)
    assert purge_replies(chain.session, chain.cellar.clock.now(), 1000) == answers
    assert purge_slips(chain.session, chain.cellar.clock.now(), 1000) == 0
    chain.cellar.clock.advance(seconds=(LIFE + SLIPS_KEPT).total_seconds())
    assert purge_slips(chain.session, chain.cellar.clock.now(), 1000) == 2
    assert count(chain, ActivationSlipRow, subscriber_id=used.subscriber_id) == 1
