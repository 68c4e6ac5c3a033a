"""From accepted to bound: everything in one step, once, and nothing of it where something is wrong."""

import random
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from enrollment.capture import Position
from enrollment.cases import Moved, Reason, State
from enrollment.deduplication.naming import named, reason_of
from enrollment.gallery import Found, Place, Subject, Terms
from enrollment.issuance import Written
from enrollment.issuance.models import ActivationSlipRow, IssuanceRow
from enrollment.register import Facts, NewPerson, Precision, Sex, facts_of
from enrollment.register.models import IdentifierRow, PersonAccountRow, PersonRow
from tests.factories.deduplication import Cellar, details, local_gallery, probe
from tests.factories.issuing import Chain

pytestmark = pytest.mark.integration

WORKERS, CROWD = 8, 200
# Among the most common names of the country; the people are made up.
FAMILY = ("Bangura", "Kamara", "Koroma", "Sesay", "Conteh", "Kargbo", "Turay", "Mansaray", "Jalloh", "Bah", "Cole")
GIVEN = {
    "female": ("Fatmata", "Mariama", "Isatu", "Aminata", "Kadiatu", "Hawa", "Adama", "Zainab", "Mary", "Jeneba"),
    "male": ("Mohamed", "Ibrahim", "Abu", "Alhaji", "Sorie", "John", "Lamin", "Musa", "Foday", "Samuel"),
}


def test_from_accepted_to_bound(chain: Chain) -> None:
    """Number, person, account and slip are there at once, the samples are the person's, and the case says whose."""
    aid = chain.accepted(1, other_names="Otherly", local_name="Tɛsta", address_lines="3 Hill Road")
    written = chain.written(aid)
    case = chain.counter.case(aid)
    assert (case.state, case.person_id, case.subscriber_id) == (State.BOUND, written.person_id, written.subscriber_id)
    assert chain.states(aid)[-3:] == ["accepted", "issued", "bound"]
    issued = chain.outcome(aid)
    assert (issued.person_id, issued.subscriber_id, issued.opened) == (written.person_id, written.subscriber_id, True)
    assert chain.rooms.identifiers.nin_of(written.person_id) is not None
    assert chain.entries.subjects_of(written.person_id) == {case.subject_key_id}
    facts, told = chain.facts(written.person_id), details(1)
    assert (facts.given_names, facts.family_name) == (told["given_names"], told["family_name"])
    assert (facts.sex, facts.nationality, facts.birth_country) == (Sex.FEMALE, "SLE", "SLE")
    assert (facts.birth.text, facts.birth.precision) == (told["birth_date"], Precision.DAY)
    assert (facts.other_name, facts.local_name, facts.address, facts.address_line) == (
        "Otherly", "Tɛsta", "SL0101", "3 Hill Road"
    )  # fmt: skip
    assert facts.language == "en"
    assert (chain.person(written.person_id).ial, chain.version(written.person_id).aid) == (3, aid)


def test_same_name_other_body_goes_on_once_people_said_so(chain: Chain) -> None:
    """With an enrolled person's name, sex and birth date and another body: two people look, and there is a number."""
    first = chain.bound(1)
    aid = chain.validated(2, **details(1))
    assert chain.searched(aid).reason is Reason.DEMOGRAPHIC
    assert chain.issuing.run(aid) is None
    accepted = chain.cases.lifecycle.accept(chain.counter.order(chain.counter.adjudicator, aid))
    assert isinstance(accepted, Moved)
    second = chain.written(aid)
    assert second.person_id != first.person_id
    numbers = {chain.rooms.identifiers.nin_of(one.person_id) for one in (first, second)}
    assert len(numbers) == 2
    assert chain.facts(second.person_id).name == chain.facts(first.person_id).name


def test_same_body_other_name_gets_no_second_number(chain: Chain) -> None:
    """Found by face and finger, decided to be the same: no number, and the first one stays as it was (AC-099)."""
    first = chain.bound(1)
    before = chain.version(first.person_id)
    aid = chain.validated(1, 1, given_names="Other", family_name="Else", birth_date="1950-05-05")
    search = chain.searched(aid)
    assert (search.reason, [hit.person_id for hit in search.hits]) == (Reason.BIOMETRIC, [first.person_id])
    order = chain.counter.order(chain.counter.adjudicator, aid)
    assert isinstance(chain.cases.lifecycle.find_duplicate(order, Reason.HONEST_RETRY), Moved)
    assert chain.issuing.run(aid) is None
    assert chain.rooms.issuance.of_case(aid) is None
    assert chain.version(first.person_id) == before


def test_of_eight_workers_one_issues(own_database: Engine, tmp_path: Path) -> None:
    """Eight who were given one job at once: one number, one account, one slip, and nobody fails (AC-099)."""
    cellar = Cellar()
    gate = Barrier(WORKERS)
    with Session(own_database) as session, closing(local_gallery(cellar, tmp_path / "gallery")) as gallery:
        aid = Chain(cellar, session, gallery).accepted(1)

        def work(_number: int) -> object:
            with Session(own_database) as own:
                chain = Chain(cellar, own, gallery)
                gate.wait()
                outcome = chain.issuing.run(aid)
                own.commit()
                return outcome

        with ThreadPoolExecutor(WORKERS) as pool:
            outcomes = list(pool.map(work, range(WORKERS)))
        assert [isinstance(outcome, Written) for outcome in outcomes].count(True) == 1
        assert [outcome for outcome in outcomes if outcome is not None and not isinstance(outcome, Written)] == []
        for kind in (PersonRow, IdentifierRow, IssuanceRow, ActivationSlipRow, PersonAccountRow):
            assert session.scalar(select(func.count()).select_from(kind)) == 1, kind


def test_two_hundred_who_are_nobody_elses_double_raise_no_case(chain: Chain) -> None:
    """Names that many bear, and faces alone, which tell least: each compared with all the others names nobody."""
    office, today = chain.office, chain.cellar.clock.now().date()
    subjects = [uuid.UUID(int=number + 1) for number in range(CROWD)]
    known = [facts_of(someone(number), today) for number in range(CROWD)]
    facts = [one for one in known if isinstance(one, Facts)]
    assert len(facts) == CROWD
    people = office.register.open([NewPerson(owner, one, 3) for owner, one in zip(subjects, facts, strict=True)])
    bodies = {owner: tuple(probe(number + 1, (Position.FACE,))) for number, owner in enumerate(subjects)}
    chain.gallery.put([Subject(owner, templates) for owner, templates in bodies.items()], 1)
    held = {Place(owner, one.position, one.impression): one.content for owner in subjects for one in bodies[owner]}

    def fetch(places: Sequence[Place]) -> dict[Place, bytes | None]:
        return {place: held[place] for place in places}

    double = chain.gallery.search(probe(1, (Position.FACE,), 1), fetch, Terms())
    assert isinstance(double, Found)
    assert [hit.subject_id for hit in double.hits] == subjects[:1]
    named_for = []
    for owner, person_id, one in zip(subjects, people, facts, strict=True):
        found = chain.gallery.search(bodies[owner], fetch, Terms(but=frozenset({owner})))
        assert isinstance(found, Found), found
        assert found.people == CROWD - 1
        hits = named(found, {}, office.demographics.candidates(one, but=person_id).found)
        if reason_of(hits, no_modality=False) is not None:
            named_for.append((one.name, hits))
    assert named_for == []


def someone(number: int) -> dict[str, Any]:
    """Somebody who does not exist, with a common name and a birth of their own."""
    dice = random.Random(number)  # noqa: S311 - made-up people
    sex = dice.choice(sorted(GIVEN))
    return {
        "given_names": dice.choice(GIVEN[sex]),
        "family_name": dice.choice(FAMILY),
        "sex": sex,
        "birth_date": f"{dice.randrange(1940, 2010)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}",
    }
