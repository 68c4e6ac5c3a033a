"""Inserting, identifying and deleting by another system, over HTTP and through the worker."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from enrollment.abis.models import AbisChangeRow, AbisReferenceRow, AbisTemplateRow
from enrollment.capture.findings import Made
from enrollment.errors import Refusal
from enrollment.gallery.models import GalleryEntryRow
from enrollment.storage.models import StoredObjectRow
from enrollment.web.rooms import EXAMINER
from idp.keys.models import PersonKeyRow
from idp.web.extensions import db
from tests.factories.abis import System, record
from tests.factories.deduplication import SyntheticExaminer

pytestmark = pytest.mark.integration


def test_identification_names_whom_it_should(system: System) -> None:
    """The same body under another reference is named, nobody else, and never the one that is asked about itself."""
    for reference_id, body, impression in (("r1", 1, 0), ("r2", 2, 0), ("r3", 3, 0), ("again", 1, 1)):
        assert system.insert(reference_id, body, impression)["returnValue"] == "1"
    assert system.ask("referenceCount")["count"] == "4"
    assert system.ask("pendingJobs")["jobscount"] == "0"
    found = system.ask("identify", referenceId="again")
    assert system.named(found) == ["r1"]
    parts = {one["biometricType"]: one["analytics"] for one in found["candidateList"]["candidates"][0]["modalities"]}
    assert set(parts) == {"FID", "FIR"}
    assert int(parts["FIR"]["confidence"]) > 90
    assert system.named(system.ask("identify", referenceId="r3")) == []
    nobody = system.ask("identify", referenceId="r3")["analytics"]
    assert nobody == {"confidence": None, "internalScore": None}
    by_record = {"referenceId": "", "referenceURL": system.share.put(record(2, 1))}
    assert system.named(system.ask("identify", **by_record)) == ["r2"]


def flags(most: str, fpir: str) -> dict[str, Any]:
    """The flags as the test kit's schema wants them."""
    return {"maxResults": most, "targetFPIR": fpir, "flag1": "", "flag2": ""}


def gallery(*names: str) -> dict[str, Any]:
    """Those whom to compare with."""
    return {"referenceIds": [{"referenceId": name} for name in names]}


def test_gallery_and_flags_are_honoured(system: System) -> None:
    """Only the named are compared, at most so many are told, and none where false alarms are hardly allowed."""
    for reference_id, body, impression in (("a", 11, 0), ("b", 11, 1), ("c", 11, 2), ("d", 12, 0)):
        system.insert(reference_id, body, impression)
    assert sorted(system.named(system.ask("identify", referenceId="a"))) == ["b", "c"]
    assert system.named(system.ask("identify", referenceId="a", gallery=gallery("b", "d", "nobody"))) == ["b"]
    assert system.named(system.ask("identify", referenceId="a", gallery=gallery("d", "a"))) == []
    assert system.named(system.ask("identify", referenceId="a", gallery=gallery())) == []
    assert len(system.named(system.ask("identify", referenceId="a", flags=flags("1", "30")))) == 1
    assert system.named(system.ask("identify", referenceId="a", flags=flags("10", "999"))) == []


def test_deleting_leaves_nothing_that_can_be_opened(system: System) -> None:
    """Rows, keys and objects go, the index forgets, and the name is free again."""
    system.insert("gone", 21)
    system.insert("stays", 21, 1)
    with system.site.app.app_context():
        subject = db.session.scalars(select(AbisReferenceRow.subject_id).filter_by(reference_id="gone")).one()
    assert system.named(system.ask("identify", referenceId="stays")) == ["gone"]
    assert system.ask("delete", referenceId="gone")["returnValue"] == "1"
    assert system.named(system.ask("identify", referenceId="stays")) == []
    with system.site.app.app_context():
        for column in (AbisReferenceRow.subject_id, AbisTemplateRow.subject_id, StoredObjectRow.owner_id):
            assert db.session.scalar(select(column).where(column == subject)) is None
        assert db.session.scalar(select(PersonKeyRow.wrapped).filter_by(person_id=subject)) is None
        assert db.session.scalars(select(AbisChangeRow.n).filter_by(subject_id=subject)).all() == [1, 3]
    assert system.ask("delete", referenceId="gone")["failureReason"] == "12"
    assert system.ask("identify", referenceId="gone")["failureReason"] == "12"
    assert system.insert("gone", 22)["returnValue"] == "1"


def test_deleting_what_waits_aborts_it(system: System) -> None:
    """An insert that was taken back before a worker came to it leaves nothing and says so."""
    document = system.request("insert", referenceId="w", referenceURL=system.share.put(record(23)))
    assert system.send(document).status_code == 202
    assert system.ask("pendingJobs")["jobscount"] == "1"
    assert system.ask("referenceCount")["count"] == "0"
    assert system.ask("delete", referenceId="w")["returnValue"] == "1"
    system.work()
    assert system.get(f"/jobs/{document['requestId']}").get_json()["failureReason"] == "2"
    assert system.ask("referenceCount")["count"] == "0"


def test_inserting_never_compares_and_never_meets_the_people(system: System) -> None:
    """The same body twice is taken twice; a name is taken once; the people's gallery hears nothing of it."""
    assert system.insert("x", 31)["returnValue"] == "1"
    assert system.insert("y", 31)["returnValue"] == "1"
    assert system.insert("x", 32)["failureReason"] == "10"
    with system.site.app.app_context():
        assert db.session.scalars(select(GalleryEntryRow.id)).all() == []


def test_systems_do_not_see_each_other(system: System) -> None:
    """The same name is another reference for each of them, and answers are told to whoever asked."""
    other = System(system.site, system.share)
    system.insert("same", 41)
    assert other.insert("same", 41, 1)["returnValue"] == "1"
    other.insert("mine", 41, 2)
    assert other.named(other.ask("identify", referenceId="mine")) == ["same"]
    assert other.named(other.ask("identify", referenceId="mine", gallery=gallery("same"))) == ["same"]
    assert system.named(system.ask("identify", referenceId="same")) == []
    document = system.request("identify", referenceId="same")
    system.send(document)
    assert other.get(f"/jobs/{document['requestId']}").status_code == 404
    system.work()
    assert other.ask("delete", referenceId="same")["returnValue"] == "1"
    assert system.ask("referenceCount")["count"] == "1"


def test_requests_are_done_once(system: System) -> None:
    """AC-099: sent again, a request has the answer it had; another one under its number is refused."""
    document = system.request("insert", referenceId="once", referenceURL=system.share.put(record(51)))
    assert system.send(document).status_code == 202
    assert system.send(document).status_code == 202
    system.work()
    answer = system.send(document)
    assert (answer.status_code, answer.get_json()["returnValue"]) == (200, "1")
    again = system.send({**document, "referenceId": "twice"})
    assert again.get_json()["failureReason"] == "4"
    assert system.ask("referenceCount")["count"] == "1"


def test_of_many_at_once_one_has_the_name(system: System) -> None:
    """AC-099: eight inserts of one reference, and one request eight times at once: one is done of each."""
    url = system.share.put(record(55))
    many = [system.request("insert", referenceId="wanted", referenceURL=url) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(system.send, many))
        same = list(pool.map(system.send, [system.request("insert", referenceId="other", referenceURL=url)] * 8))
    assert sorted(answer.status_code for answer in told) == [200] * 7 + [202]
    assert {answer.get_json()["failureReason"] for answer in told if answer.status_code == 200} == {"10"}
    assert {answer.status_code for answer in same} == {202}
    assert system.ask("pendingJobs")["jobscount"] == "2"
    system.work()
    assert system.ask("referenceCount")["count"] == "2"


@pytest.mark.parametrize(
    ("content", "status", "failure"),
    [
        (b"", 200, "11"),
        (record(1)[:-3], 200, "16"),
        (b"<!DOCTYPE x [<!ENTITY e 'x'>]>" + record(1), 200, "16"),
        (record(1, positions=()), 200, "11"),
        (record(1).replace(b"<Type>7</Type>", b"<Type>9</Type>").replace(b"<Type>8<", b"<Type>9<"), 200, "11"),
        (record(1).replace(b"<BDB>", b"<BDB>?"), 200, "16"),
        (record(1), 404, "7"),
        (record(1), 302, "7"),
        (record(1), 410, "17"),
        (b'{"errors":[{"errorCode":"DAT-SER-006","message":"Data share usage expired"}]}', 200, "17"),
        (b'{"errors":[{"errorCode":"KER-ATH-401","message":"Authentication Failed"}]}', 200, "7"),
    ],
)
def test_records_that_are_none(system: System, content: bytes, status: int, failure: str) -> None:
    """AC-026: what cannot be fetched or taken is answered with its number, and the name is free again."""
    url = system.share.put(content, status)
    assert system.ask("insert", referenceId="bad", referenceURL=url)["failureReason"] == failure
    assert system.insert("bad", 61)["returnValue"] == "1"


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "file:///etc/passwd", "ftp://example.org/x", "x", "http://[::1"])
def test_addresses_inside_are_never_asked(system: System, url: str) -> None:
    """AC-025: nothing but the guarded client goes out: to it, private addresses are as if nobody were there."""
    assert system.ask("insert", referenceId="in", referenceURL=url)["failureReason"] == "7"


class Broken(SyntheticExaminer):
    """An examiner with a bug."""

    def templates(self, *_asked: object) -> tuple[Made, ...] | Refusal:
        """Break."""
        raise ValueError("what nobody may read")


def test_bug_is_an_answer(system: System) -> None:
    """Whatever breaks stands in the way of nothing that comes after it."""
    sound = system.site.app.extensions[EXAMINER]
    system.site.app.extensions[EXAMINER] = Broken()
    try:
        assert system.insert("broken", 75)["failureReason"] == "3"
    finally:
        system.site.app.extensions[EXAMINER] = sound
    assert system.insert("broken", 75)["returnValue"] == "1"


def test_store_that_is_away_is_an_answer(system: System, cellar: Any) -> None:
    """The next request of the client is done all the same."""
    cellar.store.down = True
    try:
        assert system.insert("away", 71)["failureReason"] == "1"
    finally:
        cellar.store.down = False
    assert system.insert("away", 71)["returnValue"] == "1"
