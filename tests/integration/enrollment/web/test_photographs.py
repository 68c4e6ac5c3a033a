"""Photographs of documents on the officer's page: kept sealed, or refused with a hint."""

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
