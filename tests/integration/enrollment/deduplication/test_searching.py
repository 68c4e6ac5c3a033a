"""One application against everybody: who is cleared, whom people look at, and that nobody is refused by a machine."""

import pytest
from sqlalchemy import select, text, update

from enrollment.capture.models import SampleRow
from enrollment.cases import Kind, Order, Reason, State, Task
from enrollment.cases.models import SectionRow
from enrollment.deduplication import Why
from enrollment.errors import Code, Refusal
from enrollment.gallery.models import GalleryChangeRow, GalleryEntryRow
from idp.audit.models import AuditRow
from tests.factories.deduplication import Bureau, details

pytestmark = pytest.mark.integration


def test_somebody_new_is_accepted(bureau: Bureau) -> None:
    """Whom nobody resembles is accepted at once, the first of all and the next."""
    for body in (1, 2):
        search = bureau.searched(bureau.validated(body))
        assert (search.outcome, search.hits) == ("clear", ())
        assert bureau.state(search.aid) is State.ACCEPTED
    assert search.people == 1


def test_second_application_of_one_body_is_looked_at(bureau: Bureau) -> None:
    """Another impression of the same fingers and face under another name goes to adjudication, never to rejection."""
    first, person_id = bureau.issued(1)
    bureau.issued(2)
    again = bureau.searched(bureau.validated(1, impression=1, given_names="Other", family_name="Else"))
    assert bureau.state(again.aid) is State.ADJUDICATION
    assert again.reason is Reason.BIOMETRIC
    [hit] = again.hits
    assert (hit.person_id, hit.candidate, hit.why) == (person_id, first, Why.COMPARED)
    assert not hit.swapped
    assert len(hit.parts) == 5


def test_swapped_hands_are_found(bureau: Bureau) -> None:
    """Left and right taken for each other at the second capture hide nobody."""
    _, person_id = bureau.issued(1)
    again = bureau.searched(bureau.validated(1, impression=1, swapped=True, given_names="Other"))
    assert [hit.person_id for hit in again.hits] == [person_id]
    assert again.hits[0].swapped


def test_two_of_one_person_at_once_find_each_other(bureau: Bureau) -> None:
    """Each is in the gallery before either is compared: none of the two slips through."""
    one = bureau.validated(1)
    other = bureau.validated(1, impression=1, given_names="Other")
    for step in ("prepare", "begin", "decide"):
        for aid in (one, other):
            assert getattr(bureau.deduplication, step)(aid) is None
    for aid, twin in ((one, other), (other, one)):
        assert bureau.state(aid) is State.ADJUDICATION
        [hit] = bureau.search(aid).hits
        assert (hit.person_id, hit.candidate) == (None, twin)


def test_same_name_and_birth_is_looked_at(bureau: Bureau) -> None:
    """Another body under a known name and birth goes to people, by the name alone."""
    _, person_id = bureau.issued(1)
    search = bureau.searched(bureau.validated(2, **details(1)))
    assert search.reason is Reason.DEMOGRAPHIC
    [hit] = search.hits
    assert (hit.person_id, hit.why, hit.ratio, hit.parts) == (person_id, Why.DEMOGRAPHIC, None, {})


def test_small_children_are_not_compared_by_their_bodies(bureau: Bureau) -> None:
    """Of a child under five nothing enters the gallery, and only the name can name anybody."""
    born = f"{bureau.cellar.clock.now().year - 3}-02-01"
    guardian = {"guardian_name": "Testa Mother", "guardian_relation": "mother"}
    bureau.issued(1)
    aid = bureau.validated(1, impression=1, birth_date=born, given_names="Small", **guardian)
    search = bureau.searched(aid)
    assert (search.outcome, search.hits, search.people) == ("clear", (), 0)
    assert bureau.entries.people() == 1


def test_own_record_is_no_duplicate_but_must_be_alike(bureau: Bureau) -> None:
    """Captured anew for their own record somebody is accepted; with another's fingers people look."""
    _, person_id = bureau.issued(1)
    own = bureau.searched(bureau.validated(1, impression=1, kind=Kind.REENROL, person_id=person_id))
    assert (own.outcome, own.hits) == ("clear", ())
    strange = bureau.searched(bureau.validated(5, kind=Kind.REENROL, person_id=person_id, **details(1)))
    assert bureau.state(strange.aid) is State.ADJUDICATION
    assert [(hit.person_id, hit.why) for hit in strange.hits] == [(person_id, Why.UNLIKE)]


def test_damaged_probe_is_held_and_tried_again(bureau: Bureau) -> None:
    """What is not as it was stored is never compared: it is held, and goes on once that is mended. AC-111."""
    aid = bureau.validated(1)
    assert bureau.deduplication.prepare(aid) is None
    shelf = bureau.cellar.store
    kept = dict(shelf.held)
    shelf.damage(bureau.extraction.of(aid)[0].object_id)
    assert bureau.deduplication.begin(aid) is None
    bureau.issued(2)
    refusal = bureau.deduplication.decide(aid)
    assert refusal is not None
    assert refusal.code is Code.ENR_OBJECT
    assert bureau.search(aid).outcome is None
    bureau.deduplication.set_aside(aid, refusal)
    assert bureau.state(aid) is State.HELD
    shelf.held = kept
    assert bureau.intake.release_due() == 0
    bureau.cellar.clock.advance(hours=1)
    assert bureau.intake.release_due() == 1
    assert bureau.searched(aid).outcome == "clear"


def test_sample_without_template_is_captured_again(bureau: Bureau) -> None:
    """An application that claims more than there is can never be cleared by what is left of it."""
    aid = bureau.validated(1)
    bureau.session.execute(
        update(SampleRow).where(SampleRow.aid == aid, SampleRow.position == "face").values(best=False)
    )
    refusal = bureau.deduplication.prepare(aid)
    assert refusal == Refusal(Code.BIO_COUNT, "samples")
    bureau.deduplication.set_aside(aid, refusal)
    assert bureau.state(aid) is State.RECAPTURE


def test_changed_packet_is_not_searched(bureau: Bureau) -> None:
    """What was changed after the signature is held, not received."""
    aid = bureau.approved(1)
    bureau.session.execute(update(SectionRow).where(SectionRow.aid == aid).values(version=SectionRow.version + 1))
    refusal = bureau.intake.take(aid)
    assert refusal == Refusal(Code.ENR_CHECKSUM)
    bureau.deduplication.set_aside(aid, refusal)
    assert bureau.state(aid) is State.HELD


def test_nobody_is_cleared_without_the_search(bureau: Bureau) -> None:
    """The step to `accepted` asks for this very search, ended and without a name (AC-098)."""
    aid = bureau.validated(1)
    assert bureau.deduplication.prepare(aid) is None
    assert bureau.deduplication.begin(aid) is None
    for task in (Task("dedup", 1), Task("other", 6), Task("dedup", bureau.search(aid).attempt)):
        assert bureau.cases.lifecycle.clear(Order(task, aid)) == Refusal(Code.ENR_GUARD, "no_candidate")
    assert bureau.state(aid) is State.DEDUP


def test_given_up_applications_leave_the_gallery(bureau: Bureau) -> None:
    """An honest second try does not find the first, which was cancelled."""
    first = bureau.validated(1)
    bureau.searched(first)
    cancelled = bureau.cases.lifecycle.cancel(bureau.counter.order(bureau.counter.registrar, first), Reason.MISTAKE)
    assert not isinstance(cancelled, Refusal)
    assert bureau.entries.withdraw_cancelled() == 5
    again = bureau.searched(bureau.validated(1, impression=1))
    assert (again.outcome, again.people) == ("clear", 0)


def test_engine_that_left_somebody_behind_clears_nobody(bureau: Bureau) -> None:
    """While templates of another engine are in the gallery no search may say that there is nobody."""
    first, _ = bureau.issued(1)
    bureau.session.execute(
        update(GalleryEntryRow)
        .where(GalleryEntryRow.aid == first)
        .values(engine="older", added=bureau.entries.newest() + 1)
    )
    bureau.session.execute(update(GalleryChangeRow).values(last=GalleryChangeRow.last + 1))
    aid = bureau.validated(2)
    assert bureau.deduplication.prepare(aid) is None
    assert bureau.deduplication.begin(aid) is None
    assert bureau.deduplication.decide(aid) == Refusal(Code.BIO_ENGINE, "gallery")


def test_what_is_asked_for_and_told(bureau: Bureau) -> None:
    """The search is asked for in the transaction that validates, what nobody did is asked again, and audited once."""
    aid = bureau.validated(1)
    of_search = "select task_name, args from procrastinate_jobs where args ->> 'aid' = :aid and task_name like 'dedup%'"
    asked = text(of_search)
    assert bureau.session.execute(asked, {"aid": aid}).all() == [("deduplication.search", {"aid": aid})]
    assert bureau.intake.remind() == 0
    bureau.cellar.clock.advance(hours=1)
    assert bureau.intake.remind() == 1
    bureau.searched(aid)
    bodies = bureau.session.scalars(select(AuditRow.body).where(AuditRow.event == "enrolment.searched")).all()
    assert bodies == [{"aid": aid, "attempt": bureau.search(aid).attempt, "hits": 0, "cut": False}]
