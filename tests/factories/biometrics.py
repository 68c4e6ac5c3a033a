"""A verifier of the tests' own: a sample is a name and a word, and nothing is measured."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from idp.authenticators.biometric import Biometrics, CaptureAgain, CaptureHint, Matched, NoMatch, Verdict
from idp.authenticators.biometric_challenges import BiometricChallenges
from idp.authenticators.biometric_locks import BiometricLocks, Modality
from idp.authenticators.methods import Method, Methods
from idp.errors import Code, Refusal
from idp.signin import SignIn
from idp.signin.biometric_step import BiometricStep
from idp.signin.outcomes import Factors
from tests.factories.signin import Desk

__all__ = ["Bodies", "BodyDesk"]


@dataclass
class Bodies:
    """Whoever is enrolled is matched by a sample that begins with `me`; `dark` cannot be used, `down` is not there.

    `asked` holds what was compared.
    """

    enrolled_people: dict[UUID, frozenset[Modality]] = field(default_factory=dict)
    asked: list[tuple[UUID, Modality, bytes, bytes]] = field(default_factory=list)

    def enrolled(self, subscriber_id: UUID) -> frozenset[Modality]:
        """What was put in."""
        return self.enrolled_people.get(subscriber_id, frozenset())

    def locked_elsewhere(self, subscriber_id: UUID) -> frozenset[Modality]:  # noqa: ARG002 - the interface
        """Nobody here has two accounts."""
        return frozenset()

    def wanted(self, subscriber_id: UUID, modality: Modality) -> str:  # noqa: ARG002 - the interface
        """Any face, one finger."""
        return "right_index" if modality is Modality.FINGER else ""

    def verify(self, subscriber_id: UUID, modality: Modality, sample: bytes, challenge: bytes) -> Verdict:
        """By the word that the sample begins with."""
        self.asked.append((subscriber_id, modality, sample, challenge))
        answers: dict[bytes, Callable[[], Verdict]] = {
            b"me": Matched,
            b"dark": lambda: CaptureAgain(CaptureHint.TOO_DARK),
            b"down": lambda: Refusal(Code.PASSWORD_BUSY),
        }
        return answers.get(sample.split(b" ")[0], NoMatch)()


class BodyDesk:
    """The services of a biometric check over a desk."""

    def __init__(self, desk: Desk, bodies: Bodies | None = None) -> None:
        self.desk = desk
        self.bodies = bodies or Bodies()
        self.locks = BiometricLocks(desk.session, desk.throttle, desk.clock, desk.trail)
        self.challenges = BiometricChallenges(desk.shared.ephemeral, desk.entropy)
        self.checks = Biometrics(
            desk.session,
            self.bodies,
            self.locks,
            self.challenges,
            desk.throttle,
            desk.shared.keys,
            desk.clock,
            desk.trail,
        )
        self.methods = Methods(desk.session, desk.directory, self._enrolled)
        factors: Factors = desk.signin._factors
        held = Factors(factors.passwords, factors.totp, factors.throttle, factors.addresses, self.methods)
        self.signin = SignIn(desk.directory, held, desk.sessions, desk.devices, desk.transactions, desk.trail)
        self.step = BiometricStep(self.signin, self.checks, desk.directory, desk.transactions)

    def person(self, username: str = "testa") -> UUID:
        """Somebody whose face and fingers are enrolled."""
        person = self.desk.person(username)
        self.bodies.enrolled_people[person] = frozenset(Modality)
        return person

    def check(self, person: UUID, sample: bytes, modality: Modality = Modality.FACE) -> Refusal | None:
        """One check with a challenge of its own."""
        challenge = self.checks.begin("here", person, modality)
        return self.checks.check("here", person, modality, sample, challenge)

    def _enrolled(self, person: UUID) -> frozenset[Method]:
        return frozenset(Method(modality.value) for modality in self.bodies.enrolled(person))
