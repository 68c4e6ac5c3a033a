import os
import uuid

import pytest

from idp.keys import Purpose, Sealer
from idp.keys.sealing import SealBrokenError
from idp.subscribers import (
    Identity,
    NewSubscriber,
    State,
    Subscriber,
    display_name,
    open_identity,
    open_profile,
)
from idp.subscribers.profile import seal_identity
from tests.factories.keys import purpose_keys
from tests.factories.subscribers import claims

SEALER = Sealer(purpose_keys(), os.urandom)


def test_the_record_comes_back() -> None:
    """User name and claims survive sealing, letters of every script included."""
    key = SEALER.new_person_key(uuid.uuid4(), Purpose.IDENTITY)
    identity = Identity("testa", claims(name="A\u00efssata \u0646"))
    sealed = seal_identity(SEALER, key, identity)
    assert b"people.example" not in sealed
    assert open_identity(SEALER, key, sealed) == identity
    assert open_profile(SEALER, key, sealed) == identity.claims


def test_a_record_of_another_person_does_not_open() -> None:
    """Bytes moved to another account are an alarm, not somebody's data."""
    mine, theirs = (SEALER.new_person_key(uuid.uuid4(), Purpose.IDENTITY) for _ in range(2))
    sealed = seal_identity(SEALER, theirs, Identity("testa", claims()))
    with pytest.raises(SealBrokenError):
        open_profile(SEALER, mine, sealed)


def test_values_show_nothing_when_printed() -> None:
    """A person in a log line or a failure is an identifier, no name and no key."""
    identity = Identity("testa", claims())
    new = NewSubscriber("testa", claims())
    key = SEALER.new_person_key(uuid.uuid4(), Purpose.IDENTITY)
    stored = Subscriber(uuid.uuid4(), State.ACTIVE, 1, None, key, seal_identity(SEALER, key, identity))
    text = repr([identity, new, stored])
    assert not any(word in text for word in ("testa", "Testa", "people.example", "PersonKey", "sealed"))


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ({"name": "Testa M. Person", "given_name": "Testa"}, "Testa M. Person"),
        ({"given_name": "Testa", "family_name": "Person"}, "Testa Person"),
        ({"email": "testa@people.example"}, "testa"),
    ],
)
def test_people_are_called_by_what_is_recorded(recorded: dict[str, str], shown: str) -> None:
    """The full name, its parts, else the user name."""
    assert display_name(Identity("testa", recorded)) == shown
