"""Photographs of documents on the officer's page: kept sealed, or refused with a hint."""

import re
from collections.abc import Iterator

import pytest

from enrollment.cases import Section
from enrollment.centres import Role
from enrollment.storage import Bucket
from enrollment.web.rooms import EXAMINER, OBJECTS
from tests.factories.captures import WrittenExaminer, image
from tests.factories.floor import Floor
from tests.factories.vaults import Cellar, cellar
from tests.stack import Stack

pytestmark = pytest.mark.integration

PICTURES = re.compile(r'<a href="(/staff/cases/[^"]*/capture/picture/[^"]*)"')


@pytest.fixture(scope="module")
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor, and an examiner that reads what tests write."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


def test_photograph_is_kept_with_its_document(floor: Floor, stored: Cellar) -> None:
    """The section is complete once the document has its picture; in the store nothing of it can be read."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    officer.fill_in("/save/documents", {"document_1.type": "passport"})
    picture = image("plain page")
    answer = officer.photograph(aid, "document_1", picture)
    assert answer.status_code == 303
    assert "photographed" in officer.get(f"/staff/cases/{aid}").text
    content = floor.content(aid, Section.DOCUMENTS)
    assert content["document_1_object"]
    assert len(stored.names(Bucket.DOCUMENTS)) == 1
    assert b"plain page" not in stored.dump()


def test_paper_is_looked_at_by_whoever_has_the_application(floor: Floor, stored: Cellar) -> None:
    """AC-095: its officer while it is captured, its supervisor in the review; nobody else, and no paper of another."""
    officer, supervisor = floor.member(Role.OFFICER), floor.member(Role.SUPERVISOR)
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    aid, other = officer.open(), officer.open()
    for one in (aid, other):
        officer.get(f"/staff/cases/{one}")
        officer.fill_in("/save/documents", {"document_1.type": "passport"})
        assert officer.photograph(one, "document_1", image(f"page of {one}")).status_code == 303
    paper = floor.content(aid, Section.DOCUMENTS)["document_1_object"]
    foreign_paper = floor.content(other, Section.DOCUMENTS)["document_1_object"]
    seen = officer.get(f"/staff/cases/{aid}/capture/picture/{paper}")
    assert (seen.status_code, seen.mimetype, seen.headers["Cache-Control"]) == (200, "image/png", "no-store")
    assert officer.get(f"/staff/cases/{aid}/capture/picture/{foreign_paper}").status_code == 404
    assert foreign.get(f"/staff/cases/{aid}/capture/picture/{paper}").status_code == 404
    assert supervisor.get(f"/staff/cases/{aid}/capture/picture/{paper}").status_code == 409
    floor.fill(officer, other, confirm=False)
    officer.get(f"/staff/cases/{other}")
    assert officer.photograph(other, "document_1", image("another page")).status_code == 303
    officer.get(f"/staff/cases/{other}/preview")
    officer.submit("/preview", answer="right")
    officer.get(f"/staff/cases/{other}/sign")
    officer.submit("/sign")
    supervisor.get(f"/staff/review/{other}")
    page = supervisor.submit("/take").text
    shown = PICTURES.findall(page)
    assert shown
    assert {supervisor.get(address).status_code for address in shown} == {200}
    assert officer.get(shown[0]).status_code == 409


def test_what_is_no_picture_is_refused_with_a_hint(floor: Floor, stored: Cellar) -> None:
    """Nothing, something else, or too much: the page says what to do, and nothing is stored."""
    officer = floor.member(Role.OFFICER)
    aid = officer.open()
    officer.fill_in("/save/documents", {"document_1.type": "passport"})
    before = len(stored.names(Bucket.DOCUMENTS))
    other = officer.photograph(aid, "document_1", b"no picture")
    assert (other.status_code, "cannot be read as a picture" in other.text) == (400, True)
    large = officer.photograph(aid, "document_1", b"{" + bytes(5 << 20))
    assert (large.status_code, "larger than 5 MB" in large.text) == (400, True)
    assert officer.photograph(aid, "document_1", bytes(6 << 20)).status_code == 413
    assert officer.photograph(aid, "face", image("x")).status_code == 422
    assert len(stored.names(Bucket.DOCUMENTS)) == before


def test_nobody_adds_a_picture_to_a_foreign_application(floor: Floor, stored: Cellar) -> None:
    """AC-095: another centre's application does not exist for this either."""
    aid = floor.member(Role.OFFICER).open()
    foreign = floor.member(Role.OFFICER, centre=floor.elsewhere)
    before = len(stored.names(Bucket.DOCUMENTS))
    assert foreign.photograph(aid, "document_1", image("x")).status_code == 404
    assert len(stored.names(Bucket.DOCUMENTS)) == before
