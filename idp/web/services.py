"""Everything the edges share, built once by the composition root and immutable from then on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from idp.authenticators.biometric import BiometricVerifier
from idp.authenticators.common_passwords import is_most_common
from idp.authenticators.passkey_ceremonies import PasskeyRules
from idp.authenticators.passkey_challenges import Challenges
from idp.authenticators.password import PasswordHasher
from idp.authenticators.throttling import AddressLimit, Throttle
from idp.authorization.checks import RequestChecker
from idp.authorization.proceeding import Proceeding
from idp.authorization.server import AuthorizationServer, Deps
from idp.clients.registry import ClientRegistry
from idp.clients.rules import RegistrationPolicy
from idp.clock import Clock
from idp.database import GroupCommitter
from idp.entropy import Entropy
from idp.ephemeral import Ephemeral
from idp.keys import Keyring, PurposeKeys, RootKey, Sealer
from idp.outbox import Channel, SmsBudget
from idp.outbox.sending import Sender
from idp.sessions import SessionPolicy
from idp.signin.transaction import Transactions
from idp.subscribers.subject import Subjects

__all__ = ["Options", "Services", "WorkerMeans"]


@dataclass(frozen=True, slots=True)
class Options:
    """The settings that pages and commands ask about, as plain values. `help_contact`: whom people ask, in lines."""

    issuer: str
    environment: str
    secure: bool
    development: bool
    embedded: bool
    allows_test_people: bool
    data: Path
    languages: tuple[str, ...]
    metrics_token: str | None
    help_contact: tuple[str, ...] = ()
    sms_budget: SmsBudget = field(default_factory=SmsBudget)
    synced_passkey_level: int = 2


@dataclass(frozen=True, slots=True)
class WorkerMeans:
    """What only the worker uses: the address of the database, who sends on which channel, how many jobs at once."""

    database: str = field(repr=False)
    senders: Callable[[], Mapping[Channel, Sender]]
    at_once: int


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one process. `sealer` and what hangs on it raise `KeysMissingError` until `keys init` has run."""

    options: Options
    clock: Clock
    entropy: Entropy
    committer: GroupCommitter
    ephemeral: Ephemeral
    root_key: RootKey
    purpose_keys: PurposeKeys
    sealer: Sealer
    keyring: Callable[[], Keyring]
    registry: ClientRegistry
    registration_policy: RegistrationPolicy
    subjects: Subjects
    hasher: PasswordHasher
    throttle: Throttle
    address_limit: AddressLimit
    passkey_rules: PasskeyRules
    passkey_challenges: Challenges
    session_policy: SessionPolicy
    transactions: Transactions
    checker: RequestChecker
    proceeding: Proceeding
    server: AuthorizationServer
    deps: Deps
    client_address: Callable[[dict[str, Any]], str]
    worker: WorkerMeans
    listed_password: Callable[[str], bool] = is_most_common
    biometric_verifier: BiometricVerifier | None = None
    # Numbers that stand for somebody in the register: no password has one (OWASP ASVS 5.0 6.2.11).
    numbers_of: Callable[[UUID], tuple[str, ...]] = lambda _: ()
