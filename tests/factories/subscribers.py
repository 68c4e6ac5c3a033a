"""Made-up people: their claims, and stored accounts."""

import uuid
from typing import Any

from idp.audit import Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.errors import Refusal
from idp.keys import PurposeKeys
from idp.subscribers import Directory, NewSubscriber, State
from tests.factories.keys import sealer


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of a person who does not exist; `changes` by claim name, None leaves one out."""
    recorded = {
        "name": "Testa Madeup Person",
        "given_name": "Testa",
        "family_name": "Person",
        "birthdate": "1990-02-28",
        "email": "testa@people.example",
        "email_verified": True,
        "phone_number": "+232 00 000 001",
        "phone_number_verified": False,
        "address": {"street_address": "1 Nowhere Lane", "locality": "Sampletown", "country": "SL"},
        **changes,
    }
    return {name: value for name, value in recorded.items() if value is not None}


def directory(session: Session, keys: PurposeKeys, clock: Clock) -> Directory:
    """The directory over one session, with a trail of its own."""
    entropy = Entropy(clock)
    return Directory(session, sealer(keys), keys, clock, entropy, Trail(session, clock, entropy))


def store_subscriber(
    session: Session,
    keys: PurposeKeys,
    clock: Clock,
    *,
    username: str | None = None,
    ial: int = 1,
    state: State = State.ACTIVE,
    **changes: Any,
) -> uuid.UUID:
    """An account in the open transaction of `session`; a user name nobody has unless one is given."""
    name = username or f"person-{uuid.uuid4().hex}"
    made = directory(session, keys, clock).create(NewSubscriber(name, claims(**changes), ial=ial, state=state))
    assert not isinstance(made, Refusal), made
    return made
