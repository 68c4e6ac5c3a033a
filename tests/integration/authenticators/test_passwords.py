import uuid

import pytest
from sqlalchemy import func, select

from idp.audit.models import AuditRow
from idp.authenticators.models import PasswordRow
from idp.authenticators.password import Cost, PasswordHasher, Passwords
from idp.errors import Code, Refusal
from tests.factories.signin import HASHER, PASSWORD, WRONG, Desk

pytestmark = pytest.mark.integration


def stored(desk: Desk, person_id: uuid.UUID) -> str | None:
    """The person's hash."""
    return desk.session.scalar(select(PasswordRow.hash).where(PasswordRow.subscriber_id == person_id))


def test_right_and_wrong(desk: Desk) -> None:
    """The password that was set is right, every other one wrong, nobody's always wrong."""
    person_id = desk.person("testa")
    assert desk.passwords.check(person_id, PASSWORD) is True
    assert desk.passwords.check(person_id, WRONG) is False
    assert desk.passwords.check(None, PASSWORD) is False
    assert desk.passwords.check(desk.person("nopass", password=None), PASSWORD) is False


def test_a_new_password_replaces_the_old(desk: Desk) -> None:
    """One row a person; the old password is no more."""
    person_id = desk.person("testa")
    assert desk.passwords.set(person_id, "quiet rain on tin roofs") is None
    assert desk.passwords.check(person_id, PASSWORD) is False
    assert desk.passwords.check(person_id, "quiet rain on tin roofs") is True


@pytest.mark.parametrize(
    ("password", "reason"),
    [("short", "short"), ("k" * 400, "long"), ("iloveyouiloveyou", "common"), ("testa was here today", "personal")],
)
def test_weak_ones_are_not_stored(desk: Desk, password: str, reason: str) -> None:
    """Refused with the reason that the page tells; the old password stays (AC-065)."""
    person_id = desk.person("testa")
    before = stored(desk, person_id)
    assert desk.passwords.set(person_id, password, ["testa"]) == Refusal(Code.PASSWORD_WEAK, reason)
    assert stored(desk, person_id) == before


def test_setting_is_audited_without_the_password(desk: Desk) -> None:
    """The trail knows that, not what."""
    person_id = desk.person("testa")
    bodies = desk.session.scalars(
        select(AuditRow.body).where(AuditRow.event == "authenticator.bound", AuditRow.subscriber_id == person_id)
    ).all()
    assert bodies == [{"factor": "pwd"}]


def test_an_outdated_hash_is_renewed_at_the_right_password_only(desk: Desk) -> None:
    """Whoever signs in takes part in the next cost; whoever guesses does not."""
    person_id = desk.person("testa")
    old = stored(desk, person_id)
    dearer = PasswordHasher(desk.entropy.bytes, at_once=2, waiting=2, cost=Cost(memory_kib=128, passes=1, lanes=1))
    passwords = Passwords(desk.session, dearer, desk.clock, desk.trail)
    assert passwords.check(person_id, WRONG) is False
    assert stored(desk, person_id) == old
    assert passwords.check(person_id, PASSWORD) is True
    assert "m=128," in (stored(desk, person_id) or "")
    assert passwords.check(person_id, PASSWORD) is True


def test_a_busy_pool_says_nothing_of_the_password(desk: Desk) -> None:
    """Neither right nor wrong: come back later; and nothing is changed."""
    person_id = desk.person("testa")
    full = PasswordHasher(desk.entropy.bytes, at_once=1, waiting=0, cost=Cost(memory_kib=64, passes=1))
    full._admitted.acquire()
    passwords = Passwords(desk.session, full, desk.clock, desk.trail)
    for answer in (passwords.check(person_id, PASSWORD), passwords.check(None, PASSWORD)):
        assert isinstance(answer, Refusal)
        assert answer.code is Code.PASSWORD_BUSY
    refused = passwords.set(person_id, "quiet rain on tin roofs")
    assert refused is not None
    assert refused.code is Code.PASSWORD_BUSY
    assert desk.passwords.check(person_id, PASSWORD) is True


def test_nothing_readable_is_stored(desk: Desk) -> None:
    """The table holds an argon2id string and no trace of the password."""
    person_id = desk.person("testa")
    assert (stored(desk, person_id) or "").startswith("$argon2id$")
    assert (
        desk.session.scalar(select(func.count()).select_from(PasswordRow).where(PasswordRow.hash.contains(PASSWORD)))
        == 0
    )
    assert HASHER.verify(stored(desk, person_id), PASSWORD) is True


def test_a_second_factor_makes_shorter_ones_do(desk: Desk) -> None:
    """Fifteen characters alone, eight beside a code generator; a list of the operator's is asked for both."""
    person_id = desk.person("testa")
    assert desk.passwords.set(person_id, "quiet rain out") == Refusal(Code.PASSWORD_WEAK, "short")
    desk.bind(person_id)
    assert desk.passwords.set(person_id, "quiet rain out") is None
    listing = Passwords(desk.session, HASHER, desk.clock, desk.trail, listed={"quiet rain in"}.__contains__)
    assert listing.set(person_id, "Quiet Rain In") == Refusal(Code.PASSWORD_WEAK, "common")
