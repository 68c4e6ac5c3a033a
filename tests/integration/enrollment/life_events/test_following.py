"""What follows a recorded application: services hear of a change, the person sees it, children are noted."""

import pytest
from sqlalchemy import select, update

from enrollment.cases import Kind
from enrollment.cases.models import ApplicationRow
from enrollment.errors import Refusal
from enrollment.issuance import KnownCase
from enrollment.life_events.models import ChildCallRow
from enrollment.life_events.promises import promised_by
from idp.audit.models import AuditRow
from tests.factories.life import Village
from tests.factories.register import facts

pytestmark = pytest.mark.integration


def changed(village: Village, kind: Kind, **told: str) -> tuple[str, object]:
    """An application of somebody with a consent, recorded: its number, and the account."""
    person, account = village.settled(consent=True)
    opened = village.counter.lifecycle.open(village.counter.officer, kind, village.counter.key(), person_id=person)
    assert not isinstance(opened, Refusal)
    if kind is not Kind.LOST:
        village.clock.advance(seconds=1)
        known = KnownCase(opened.aid, person, person, village.clock.now(), facts(**told))
        assert village.renewal.record(known) is None
    village.life.following.after(opened.aid, person)
    return opened.aid, account


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.CORRECTION, Kind.REENROL])
def test_a_change_is_told_and_seen(village: Village, kind: Kind) -> None:
    """To the service by its own name of the person, with no detail; the person's history has both."""
    aid, account = changed(village, kind, family_name="Newname")
    assert [change for change, _, _ in village.told()] == ["details_changed"]
    rows = village.session.execute(select(AuditRow.event, AuditRow.body).where(AuditRow.subscriber_id == account))
    seen = {row.event: row.body for row in rows}
    assert seen["service.told"] == {"what": "details_changed"}
    assert seen["person.changed"] == {"version": 2, "case": aid}
    assert "Newname" not in str(seen)


def test_a_number_that_is_handed_out_again_is_told(village: Village) -> None:
    """Nothing was recorded, and the services hear that a number was handed out."""
    changed(village, Kind.LOST)
    assert [change for change, _, _ in village.told()] == ["number_handed_out"]


def test_without_a_consent_nobody_hears(village: Village) -> None:
    """Withdrawn, expired, or of a service that is gone."""
    person, _ = village.settled()
    assert village.life.announcing.tell(person, "details_changed") == 0
    assert village.told() == []
    with pytest.raises(ValueError, match="is not a valid"):
        village.life.announcing.tell(person, "something")


def test_a_child_is_noted_by_its_application(village: Village) -> None:
    """A corrected birthday moves the calls."""
    year = village.clock.now().year - 3
    changed(village, Kind.CORRECTION, birth_date=f"{year}-01-01")
    waiting = select(ChildCallRow.age).where(ChildCallRow.called_at.is_(None)).order_by(ChildCallRow.age)
    assert village.session.scalars(waiting).all() == [5, 15]


def test_a_mistake_of_ours_has_its_day(village: Village) -> None:
    """Two days from when it was opened, and nothing for other applications."""
    aid, _ = changed(village, Kind.CORRECTION)
    case = village.counter.case(aid)
    promised = promised_by(case)
    assert promised is not None
    assert (promised - case.opened_at).days == 2
    other = update(ApplicationRow).where(ApplicationRow.aid == aid)
    village.session.execute(other.values(kind=Kind.UPDATE.value))
    assert promised_by(village.counter.case(aid)) is None
