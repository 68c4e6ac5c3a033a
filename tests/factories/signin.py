"""Everything a sign-in needs, over one database session: made-up people, authenticators, sessions, transactions."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.engine import Engine

from idp.audit import Trail
from idp.authenticators.methods import Methods
from idp.authenticators.password import Cost, PasswordHasher, Passwords
from idp.authenticators.throttling import AddressLimit, AddressPolicy, Throttle, ThrottlePolicy
from idp.authenticators.totp import Binding, Totp, code_at
from idp.database import GroupCommitter, Session
from idp.entropy import Entropy, SecretKind
from idp.ephemeral import Ephemeral
from idp.keys import PurposeKeys
from idp.sessions import Devices, Sessions
from idp.signin import Browser, SignIn, Transaction, Transactions
from idp.signin.outcomes import Factors
from idp.subscribers import Directory, State
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock
from tests.factories.subscribers import directory, store_subscriber

PASSWORD = "kettle on the blue hill"
WRONG = "kettle on the green hill"
HASHER = PasswordHasher(os.urandom, at_once=64, waiting=64, cost=Cost(memory_kib=64, passes=1, lanes=1))


def conninfo(engine: Engine) -> str:
    """The engine's address as psycopg takes it."""
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def committing(engine: Engine) -> Iterator[GroupCommitter]:
    """A group committer into the engine's database."""
    committer = GroupCommitter(conninfo(engine), max_waiting=64, wait_seconds=10)
    try:
        yield committer
    finally:
        committer.close()


@dataclass(frozen=True)
class Shared:
    """What outlives a request: clock, keys, stores."""

    committer: GroupCommitter
    ephemeral: Ephemeral
    clock: StillClock = field(default_factory=StillClock)
    keys: PurposeKeys = field(default_factory=purpose_keys)
    hasher: PasswordHasher = HASHER
    addresses: AddressPolicy = field(default_factory=AddressPolicy)
    policy: ThrottlePolicy = field(default_factory=ThrottlePolicy)


class Desk:
    """The services of one request over `session`."""

    def __init__(self, shared: Shared, session: Session) -> None:
        self.shared = shared
        self.session = session
        self.clock = shared.clock
        self.entropy = Entropy(shared.clock)
        self.trail = Trail(session, shared.clock, self.entropy)
        self.directory: Directory = directory(session, shared.keys, shared.clock)
        self.passwords = Passwords(session, shared.hasher, shared.clock, self.trail)
        self.totp = Totp(session, sealer(shared.keys), shared.clock, self.entropy, self.trail)
        self.throttle = Throttle(shared.committer, shared.keys, shared.clock, shared.policy)
        self.sessions = Sessions(session, shared.ephemeral, shared.clock, self.entropy, self.trail)
        self.devices = Devices(session, shared.clock, self.entropy)
        self.transactions = Transactions(shared.ephemeral, shared.clock, self.entropy)
        addresses = AddressLimit(shared.ephemeral, shared.keys, shared.addresses)
        self.signin = SignIn(
            self.directory,
            Factors(self.passwords, self.totp, self.throttle, addresses, Methods(session, self.directory)),
            self.sessions,
            self.devices,
            self.transactions,
            self.trail,
        )

    def person(self, username: str, *, state: State = State.ACTIVE, password: str | None = PASSWORD) -> uuid.UUID:
        """A person with this password, or none."""
        person_id = store_subscriber(self.session, self.shared.keys, self.clock, username=username, state=state)
        if password is not None:
            assert self.passwords.set(person_id, password) is None
        return person_id

    def bind(self, person_id: uuid.UUID) -> Binding:
        """A code generator for this person."""
        return self.totp.bind(person_id, "testa")

    def code(self, binding: Binding, *, steps: int = 0) -> str:
        """What the generator shows now, or some steps away from now."""
        return code_at(binding.secret, int(self.clock.epoch()) // 30 + steps)

    def open(self, browser_secret: str | None = None) -> Transaction:
        """A new transaction without a request."""
        return self.transactions.open(None, browser_secret or self.entropy.secret(SecretKind.BROWSER))


def browser(address: str = "192.0.2.10", device: str | None = None) -> Browser:
    """A browser at an address nobody has."""
    return Browser(address, "made-up browser", device)
