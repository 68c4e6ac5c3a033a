"""Fifty at once: what may happen once happens once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select

from idp.errors import Refusal
from idp.selfservice.corrections import Decided
from idp.selfservice.models import AccountClosingRow
from idp.web.extensions import db
from idp.web.recovery.rooms import cases
from idp.web.selfservice_rooms import closings, corrections, exports
from tests.integration.web.conftest import Site

pytestmark = pytest.mark.integration
AT_ONCE = 50


def volley(site: Site, act: Callable[[], object]) -> int:
    """How many of fifty parallel tries were not refused; each in a transaction of its own."""

    def one(_: int) -> bool:
        with site.app.app_context():
            outcome = act()
            if isinstance(outcome, Refusal) or outcome is False:
                db.session.rollback()
                return False
            db.session.commit()
            return True

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sum(threads.map(one, range(AT_ONCE)))


def test_one_copy_a_day_is_asked_for_once(site: Site) -> None:
    """Fifty presses of the button make one copy."""
    person = site.person()
    assert volley(site, lambda: exports().ask(person.id)) == 1


def test_a_closing_is_asked_for_stopped_or_carried_out_once(site: Site) -> None:
    """One closing from fifty; of fifty links and workers one has its way."""
    person = site.person()
    assert volley(site, lambda: closings().ask(person.id)) == 1
    closing = _closing_of(site, person.id)
    assert volley(site, lambda: closings().stop(person.id, closing)) == 1
    assert volley(site, lambda: closings().ask(person.id)) == 1
    site.clock.advance(24 * 3600 + 60)
    again = _closing_of(site, person.id)
    assert volley(site, lambda: closings().carry_out(again, cases().under_way)) == 1
    erased = site.audit(subscriber_id=person.id, event="subscriber.erased")
    assert len(erased) == 1


def test_a_correction_is_proposed_and_decided_once(site: Site) -> None:
    """One open proposal for a detail, one decision about it."""
    person = site.person(birthdate="1990-04-27")
    assert volley(site, lambda: corrections().propose(person.id, "birthdate", "1991-04-27", "So it is.")) == 1
    with site.app.app_context():
        (mine,) = corrections().list_for(person.id)

    def decide() -> Refusal | None:
        return corrections().decide(mine.id, Decided.DOCUMENT_SEEN, "operator", accepted=True)

    assert volley(site, decide) == 1


def _closing_of(site: Site, subscriber_id: UUID) -> UUID:
    with site.app.app_context():
        wanted = select(AccountClosingRow.id).where(
            AccountClosingRow.subscriber_id == subscriber_id, AccountClosingRow.ended_at.is_(None)
        )
        return db.session.scalars(wanted).one()
