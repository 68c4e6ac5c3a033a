import datetime as dt
import uuid
from itertools import product

import pytest

from idp.authenticators.assurance import CODE, HARDWARE_KEY, MANY, PASSWORD, SYNCED_KEY, aal_of
from idp.signin.staff_entry import Admitted, Presence, Shut, Why, enter

NOW = dt.datetime(2030, 5, 17, 9, 0, tzinfo=dt.UTC)
SOMEBODY = uuid.UUID(int=1)
PASSKEY = (HARDWARE_KEY, MANY)
SYNCED = (SYNCED_KEY, MANY)


class Known:
    """Each founder, at one moment."""

    def __init__(self, *founders: uuid.UUID) -> None:
        self.founders = founders

    def admits(self, subscriber_id: uuid.UUID, at: dt.datetime) -> bool:
        """Only who, and only when."""
        return subscriber_id in self.founders and at == NOW


NOBODY, FOUNDER = Known(), Known(SOMEBODY)


def present(amr: tuple[str, ...], ial: int = 3, group: str = "staff", who: uuid.UUID = SOMEBODY) -> Presence:
    """A session in which this was proven."""
    return Presence(who, group, ial, aal_of(amr), amr)


def test_enrolled_staff_enter_with_a_passkey() -> None:
    """Somebody enrolled in person enters with a passkey that cannot leave its device, at `nid:3`."""
    assert enter(present(PASSKEY), NOBODY, NOW) == Admitted("nid:3", founding=False)
    assert enter(present((PASSWORD, *PASSKEY)), FOUNDER, NOW) == Admitted("nid:3", founding=False)


@pytest.mark.parametrize("amr", [(PASSWORD,), (CODE,), (PASSWORD, CODE, MANY), (HARDWARE_KEY,), ()])
def test_nobody_enters_without_a_verifying_passkey(amr: tuple[str, ...]) -> None:
    """AC-101: not with a password, a code, both, or a key that did not verify its user; founders neither."""
    for founders, ial in product((NOBODY, FOUNDER), (1, 2, 3)):
        assert enter(present(amr, ial), founders, NOW) == Shut(Why.PASSKEY)


@pytest.mark.parametrize(
    ("amr", "ial", "why"),
    [(PASSKEY, 1, Why.PROOFING), (PASSKEY, 2, Why.PROOFING), (SYNCED, 3, Why.SIGN_IN), (SYNCED, 1, Why.PROOFING)],
)
def test_lower_levels_are_told_what_is_missing(amr: tuple[str, ...], ial: int, why: Why) -> None:
    """Whoever is not enrolled, or signed in with less, learns which of the two it is."""
    assert enter(present(amr, ial), NOBODY, NOW) == Shut(why)


@pytest.mark.parametrize(("amr", "ial", "acr"), [(PASSKEY, 1, "nid:1"), (PASSKEY, 2, "nid:2"), (SYNCED, 2, "nid:2")])
def test_founders_enter_at_their_real_level(amr: tuple[str, ...], ial: int, acr: str) -> None:
    """A founder enters below `nid:3` and is told as what it is: never as more."""
    assert enter(present(amr, ial), FOUNDER, NOW) == Admitted(acr, founding=True)


def test_founding_is_asked_for_this_person_now() -> None:
    """Another person, or a moment later, is no founder."""
    assert enter(present(PASSKEY, 1, who=uuid.UUID(int=2)), FOUNDER, NOW) == Shut(Why.PROOFING)
    assert enter(present(PASSKEY, 1), FOUNDER, NOW + dt.timedelta(seconds=1)) == Shut(Why.PROOFING)


def test_citizens_do_not_enter() -> None:
    """The highest level opens nothing to an account that is not of staff."""
    assert enter(present(PASSKEY, group="citizen"), FOUNDER, NOW) == Shut(Why.NOT_STAFF)
