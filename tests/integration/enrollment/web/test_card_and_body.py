"""A card over an object store: with the face that was captured, for whoever holds the record, gone with the face."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from enrollment.card.models import CredentialRow
from enrollment.cli.erasing import erase_due
from enrollment.web.rooms import EXAMINER, OBJECTS
from idp.web.extensions import db
from tests.factories.captures import WrittenExaminer
from tests.factories.floor import Floor
from tests.factories.records import citizen, signed_in
from tests.factories.vaults import Cellar, cellar
from tests.factories.verification import EVERYTHING
from tests.stack import Stack

pytestmark = pytest.mark.integration

DAY = 86_400


@pytest.fixture(scope="module", autouse=True)
def stored(stack: Stack, worker: str, floor: Floor) -> Iterator[Cellar]:
    """An object store behind the floor."""
    with cellar(stack, worker) as held:
        floor.site.app.extensions |= {OBJECTS: held.store, EXAMINER: WrittenExaminer()}
        yield held


def test_a_card_is_for_whoever_is_proven_to_hold_the_record(floor: Floor) -> None:
    """An account that an application merely names sees and makes none."""
    named = citizen(floor, body=EVERYTHING, proven=False)
    browser = signed_in(floor, named)
    assert "belongs to nobody in the register" in browser.get("/account/card").text
    assert "Make my card" not in browser.page.text


def test_an_erased_face_takes_its_card_along(floor: Floor) -> None:
    """Erased by the round of the worker: the card that shows the face is ended, and what it said forgotten."""
    one = citizen(floor, body=EVERYTHING)
    browser = signed_in(floor, one)
    browser.get("/account/card")
    browser.submit("/account/card")
    assert "Your card is ready" in browser.page.text
    browser.get("/account/body")
    browser.submit("/account/body/erase", sure="erase")
    floor.site.clock.advance(DAY + 1)
    with floor.site.app.test_request_context():
        assert erase_due() == 1
        held = select(CredentialRow.status, CredentialRow.sealed).where(CredentialRow.person_id == one.person_id)
        assert [tuple(row) for row in db.session.execute(held)] == [("replaced", None)]
    again = signed_in(floor, one)
    again.get("/account/card")
    again.submit("/account/card")
    assert "No photograph" in again.page.text
