import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from enrollment.cases import (
    FACE,
    FINGERS,
    Applicant,
    Kind,
    Moved,
    Purpose,
    Reason,
    Saved,
    Section,
    State,
    Status,
)
from enrollment.cases.casefile import File
from enrollment.cases.consents import How
from enrollment.cases.models import SectionRow
from enrollment.centres.actors import Role
from enrollment.errors import Code
from tests.factories.cases import ELSEWHERE, PERSON, Counter, code_of, staff
from tests.factories.keys import purpose_keys

pytestmark = pytest.mark.integration

KEYS = purpose_keys()


@pytest.fixture
def counter(session: Session) -> Counter:
    """Services over a transaction that is rolled back."""
    return Counter(session, KEYS)


def status_of(counter: Counter, aid: str, section: Section) -> Status:
    """How far a section is, as it is stored."""
    stored = counter.cases.files.statuses(counter.officer, aid)
    assert isinstance(stored, dict)
    assert stored == counter.sections.judge(counter.case(aid)).statuses
    return Status(stored[section])


def read(counter: Counter, aid: str) -> File:
    """The application, opened by its officer."""
    file = counter.cases.files.open(counter.officer, aid, Purpose.CAPTURE)
    assert isinstance(file, File)
    return file


def test_what_is_wrong_is_kept_and_named(counter: Counter) -> None:
    """A half-typed date is there after the power went; the section is partial and says what is wrong where."""
    aid = counter.opened()
    saved = counter.sections.save_field(counter.officer, aid, Section.PERSON, "birth_date", "19")
    assert isinstance(saved, Saved)
    assert saved.status is Status.PARTIAL
    assert ("given_names", "missing") in [(fault.field, fault.problem) for fault in saved.faults]
    assert read(counter, aid).of(Section.PERSON)["birth_date"] == "19"


def test_saving_again_changes_nothing(counter: Counter) -> None:
    """The same value again is cheap and leaves no trace; a section's version counts changes alone."""
    aid = counter.opened()
    first = counter.sections.save_field(counter.officer, aid, Section.PERSON, "family_name", "Person")
    before = counter.session.scalars(select(SectionRow.sealed).where(SectionRow.aid == aid)).all()
    again = counter.sections.save_field(counter.officer, aid, Section.PERSON, "family_name", "Person", version=0)
    assert isinstance(first, Saved)
    assert isinstance(again, Saved)
    assert (first.version, first.changed, again.version, again.changed) == (1, True, 1, False)
    assert counter.session.scalars(select(SectionRow.sealed).where(SectionRow.aid == aid)).all() == before


def test_a_second_tab_overwrites_nothing_unseen(counter: Counter) -> None:
    """Where a version is given, another's change in between is a conflict, and stays."""
    aid = counter.opened()
    save = counter.sections.save_field
    assert isinstance(save(counter.officer, aid, Section.PERSON, "phone", "+23276000001", version=0), Saved)
    assert code_of(save(counter.officer, aid, Section.PERSON, "phone", "+23276000002", version=0)) is Code.ENR_STATE
    assert read(counter, aid).of(Section.PERSON)["phone"] == "+23276000001"


@pytest.mark.parametrize(
    ("section", "field", "value"),
    [
        (Section.PERSON, "role", "admin"),
        (Section.PERSON, "ial", "3"),
        (Section.BIOMETRICS, "face", {"accepted": True}),
        (Section.BIOMETRICS, "quality", "100"),
        (Section.DOCUMENTS, "document_1_object", "x"),
        (Section.DOCUMENTS, "document_1", {"type": "passport", "check": "done"}),
        (Section.PREVIEW, "shown", "x"),
        (Section.CONSENT, "given", True),
        (Section.PERSON, "family_name", {"a": 1}),
        (Section.PERSON, "no_contact", "yes"),
        (Section.PERSON, "family_name", "a\0b"),
        (Section.PERSON, "family_name", "\ud800"),
        (Section.PERSON, "family_name", "a" * 4001),
    ],
)
def test_hidden_fields_reach_nothing(counter: Counter, section: Section, field: str, value: object) -> None:
    """A field that no form has, a type it cannot hold, or what only a service writes, is refused (AC-097)."""
    aid = counter.opened()
    assert code_of(counter.sections.save_field(counter.officer, aid, section, field, value)) is Code.ENR_SCHEMA
    assert status_of(counter, aid, section) is Status.EMPTY


def test_services_record_no_typed_fields(counter: Counter) -> None:
    """What services record and what people type are apart, both ways."""
    aid = counter.opened()
    recorded = counter.sections.record(counter.officer, aid, Section.PERSON, {"family_name": "Other"})
    assert code_of(recorded) is Code.ENR_SCHEMA
    assert code_of(counter.sections.record(counter.officer, aid, Section.BIOMETRICS, {})) is Code.ENR_SCHEMA


def test_a_changed_birth_date_keeps_what_was_captured(counter: Counter) -> None:
    """A child of four needs no fingers; corrected to thirty, the captured face is there and the fingers are wanted."""
    aid = counter.opened()
    counter.fill(
        aid,
        leaving=(Section.BIOMETRICS, Section.PREVIEW),
        birth_date="2026-05-18",
        guardian_name="Madeup Mother",
        guardian_relation="mother",
    )
    counter.capture(aid, counter.officer, [FACE])
    captured = dict(read(counter, aid).of(Section.BIOMETRICS))
    assert status_of(counter, aid, Section.BIOMETRICS) is Status.OK
    counter.type(aid, birth_date="2000-05-18")
    assert status_of(counter, aid, Section.BIOMETRICS) is Status.PARTIAL
    assert read(counter, aid).of(Section.BIOMETRICS) == captured
    counter.type(aid, birth_date="2026-05-18")
    assert status_of(counter, aid, Section.BIOMETRICS) is Status.OK


def test_the_preview_confirms_what_was_shown(counter: Counter) -> None:
    """Any change after the applicant's yes asks again, and nothing can be signed meanwhile (AC-098)."""
    aid = counter.opened()
    counter.fill(aid)
    assert status_of(counter, aid, Section.PREVIEW) is Status.OK
    counter.type(aid, family_name="Changed")
    assert status_of(counter, aid, Section.PREVIEW) is Status.PARTIAL
    refused = counter.lifecycle.sign(counter.order(counter.officer, aid))
    assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, "preview")
    counter.sections.confirm(counter.officer, aid, "kri")
    assert isinstance(counter.lifecycle.sign(counter.order(counter.officer, aid)), Moved)


@pytest.mark.parametrize(
    "left", [Section.CONSENT, Section.PERSON, Section.DOCUMENTS, Section.BIOMETRICS, Section.PREVIEW]
)
def test_no_section_can_be_skipped(counter: Counter, left: Section) -> None:
    """Signing with a needed section undone is refused, says which, and changes nothing (AC-098)."""
    aid = counter.opened()
    counter.fill(aid, leaving=[left])
    refused = counter.lifecycle.sign(counter.order(counter.officer, aid))
    assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, left.value)
    assert counter.case(aid).state is State.CAPTURING


def test_presence_is_looked_at(counter: Counter) -> None:
    """Captured fingers are done only once the officer ticked that they looked at them."""
    aid = counter.opened()
    counter.fill(aid)
    counter.sections.save_field(counter.officer, aid, Section.BIOMETRICS, "looked_at_fingers", value=False)
    assert status_of(counter, aid, Section.BIOMETRICS) is Status.PARTIAL


def test_one_finger_that_was_not_accepted(counter: Counter) -> None:
    """Nine good fingers and one poor one are not done."""
    aid = counter.opened()
    counter.fill(aid)
    counter.record(aid, counter.officer, Section.BIOMETRICS, left_little={"sample": "s", "accepted": False})
    assert status_of(counter, aid, Section.BIOMETRICS) is Status.PARTIAL


def test_nothing_can_be_saved_once_it_is_signed(counter: Counter) -> None:
    """From the signature on sections stand still; returned and taken up again they can be changed, and all is there."""
    aid = counter.opened()
    counter.fill(aid)
    counter.walk(aid, State.IN_REVIEW)
    before = dict(read(counter, aid).material.contents)
    for refused in (
        counter.sections.save_field(counter.officer, aid, Section.PERSON, "family_name", "Late"),
        counter.sections.record(counter.officer, aid, Section.BIOMETRICS, {"face": None}),
        counter.sections.confirm(counter.officer, aid, "en"),
        counter.sections.flag(counter.officer, aid, Section.PERSON, "doubtful"),
        counter.cases.consents.withdraw(counter.officer, aid),
    ):
        assert code_of(refused) is Code.ENR_STATE
    counter.lifecycle.send_back(counter.order(counter.supervisor, aid), Reason.DETAILS)
    counter.lifecycle.resume(counter.order(counter.officer, aid))
    assert read(counter, aid).material.contents == before
    assert isinstance(counter.sections.save_field(counter.officer, aid, Section.PERSON, "family_name", "New"), Saved)


def test_citizens_write_their_own_draft(counter: Counter) -> None:
    """A citizen types at home until it is sent; nobody else's, and no section that belongs to the centre."""
    citizen = Applicant(uuid.uuid4())
    made = counter.lifecycle.draft(citizen, Kind.NEW, counter.key())
    assert isinstance(made, Moved)
    counter.type(made.aid, citizen, **PERSON)
    save = counter.sections.save_field
    stranger = save(Applicant(uuid.uuid4()), made.aid, Section.PERSON, "family_name", "Mine")
    assert code_of(stranger) is Code.ENR_UNKNOWN
    assert code_of(save(counter.officer, made.aid, Section.PERSON, "family_name", "Mine")) is Code.ENR_UNKNOWN
    looked = save(citizen, made.aid, Section.BIOMETRICS, "looked_at_face", value=True)
    assert code_of(looked) is Code.ENR_ROLE
    assert isinstance(counter.lifecycle.submit(counter.order(citizen, made.aid)), Moved)
    assert code_of(save(citizen, made.aid, Section.PERSON, "family_name", "Late")) is Code.ENR_STATE
    started = counter.lifecycle.start(counter.order(staff(Role.OFFICER, centre=ELSEWHERE), made.aid))
    assert isinstance(started, Moved)
    assert counter.case(made.aid).centre_id == ELSEWHERE


def test_an_incomplete_draft_is_not_sent(counter: Counter) -> None:
    """Without the personal details there is nothing to book an appointment for."""
    citizen = Applicant(uuid.uuid4())
    made = counter.lifecycle.draft(citizen, Kind.NEW, counter.key())
    assert isinstance(made, Moved)
    assert code_of(counter.lifecycle.submit(counter.order(citizen, made.aid))) is Code.ENR_GUARD


def test_flags_are_ticked_with_a_reason(counter: Counter) -> None:
    """A flagged section stands first in the supervisor's list, and is not approved without a reason for it."""
    plain, aid = counter.opened(), counter.opened()
    for one in (plain, aid):
        counter.fill(one)
    counter.sections.flag(counter.officer, aid, Section.DOCUMENTS, "unreadable")
    for one in (plain, aid):
        counter.walk(one, State.IN_REVIEW)
    lines = counter.cases.files.queue(counter.supervisor, [State.IN_REVIEW])
    assert [(line.case.aid, line.flags) for line in lines] == [(aid, 1), (plain, 0)]
    refused = counter.lifecycle.approve(counter.order(counter.supervisor, aid))
    assert (code_of(refused), getattr(refused, "about", "")) == (Code.ENR_GUARD, "documents")
    assert isinstance(counter.lifecycle.approve(counter.order(counter.supervisor, aid), counter.ticks(aid)), Moved)
    assert counter.events(aid)[-1].facts == {"ticks": {"documents": "seen"}}
    assert code_of(counter.sections.flag(counter.officer, plain, Section.PERSON, "ugly")) is Code.ENR_SCHEMA


def test_an_old_factor_signs_nothing(counter: Counter) -> None:
    """Signing and approving ask for a proof of these minutes, neither older nor from the future."""
    aid = counter.opened()
    counter.fill(aid)
    order = counter.order(counter.officer, aid)
    counter.clock.advance(minutes=6)  # type: ignore[attr-defined]  # a still clock
    assert code_of(counter.lifecycle.sign(order)) is Code.ENR_GUARD
    ahead = counter.order(counter.officer, aid)
    object.__setattr__(ahead, "factor_at", counter.clock.now() + timedelta(seconds=1))
    assert code_of(counter.lifecycle.sign(ahead)) is Code.ENR_GUARD


def test_nothing_readable_is_stored(counter: Counter) -> None:
    """No table holds a name, a number or a date that was typed; once the keys are gone, nobody has them."""
    aid = counter.opened()
    counter.fill(aid, given_names="Zebulonia", phone="+232 76 424242", birth_date="1987-06-05")
    document = {"type": "passport", "number": "QX5550123"}
    counter.sections.save_field(counter.officer, aid, Section.DOCUMENTS, "document_1", document)
    tables = ["enrol_application", "enrol_section", "enrol_event", "enrol_consent", "enrol_reply", "audit_event"]
    dump = "\n".join(
        str(row)
        for table in tables
        for row in counter.session.execute(text(f"select * from {table}"))  # noqa: S608 - constants
    )
    assert aid in dump
    assert not [word for word in ("Zebulonia", "424242", "1987", "QX5550123") if word in dump]
    counter.session.execute(text("delete from person_key"))
    assert read(counter, aid).material.contents == {}


def test_reading_is_audited_with_its_purpose(counter: Counter) -> None:
    """Who opens an application leaves a row that the citizen sees: who, when, why."""
    aid = counter.opened()
    read(counter, aid)
    assert counter.audited("enrolment.read") == [{"aid": aid, "purpose": "capture"}]


def test_consent_is_taken_replaced_and_withdrawn(counter: Counter) -> None:
    """The same consent again changes nothing, another replaces it, and taken back nothing can be signed."""
    aid = counter.opened()
    consents, officer = counter.cases.consents, counter.officer
    first = consents.give(officer, aid, "2030-1", "en", How.SIGNED)
    assert consents.give(officer, aid, "2030-1", "en", How.SIGNED) == first
    consents.give(officer, aid, "2030-1", "kri", How.SPOKEN)
    held = consents.held(aid)
    assert held is not None
    assert (held.language, held.how) == ("kri", How.SPOKEN)
    assert len(counter.audited("enrolment.consented")) == 2
    assert status_of(counter, aid, Section.CONSENT) is Status.OK
    assert consents.withdraw(officer, aid) is None
    assert status_of(counter, aid, Section.CONSENT) is Status.EMPTY
    assert code_of(consents.withdraw(officer, aid)) is Code.ENR_STATE
    assert code_of(consents.give(officer, aid, "<b>", "en", How.SIGNED)) is Code.ENR_SCHEMA


def test_all_ten_fingers_and_a_face(counter: Counter) -> None:
    """Positions are what the form shows: a face and ten fingers."""
    aid = counter.opened()
    for count, position in enumerate((FACE, *FINGERS), start=1):
        counter.capture(aid, counter.officer, [position])
        expected = Status.OK if count == 11 else Status.PARTIAL
        assert status_of(counter, aid, Section.BIOMETRICS) is expected
