"""Key rotation under load: `python -m tests.faults.rotation` rotates both algorithms again and again on some workers.

Clients keep the published keys for as long as the answer allows and verify every token with them. The provider's clock
is moved from one moment of a rotation to the next, and runs by itself across each: published, taking over, withdrawn.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tests.faults.installation import Installation
from tests.faults.ledger import Ledger, RecordingSession
from tests.live import LiveServer
from tests.protocol.driver import RelyingParty
from tests.protocol.journey import SignedIn, sign_in
from tests.protocol.provider import Provider

__all__ = ["Keys", "RotationReport", "rotate_under_load"]

DAY = 86_400.0
TOKEN_SECONDS = 300
# A new key is published everywhere within this time of the command.
PUBLISHED_SECONDS = 1.0
# Withdrawn keys are gone from what is published once each worker has read its keys anew.
REREAD_SECONDS = 61.0
PAUSE = 0.005
ALGORITHMS = ("ES256", "RS256")
_MAX_AGE = re.compile(r"max-age=(\d+)")


@dataclass(slots=True)
class RotationReport:
    """What came of it. `surprises` are keys unknown to a client whose copy was still fresh."""

    rotations: int = 0
    verified: Counter[str] = field(default_factory=Counter)
    fetched: int = 0
    surprises: int = 0
    old_tokens: int = 0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report as it is printed."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.verified.items()))
        return [
            f"{self.rotations} rotations of each of {', '.join(ALGORITHMS)}; keys fetched {self.fetched} times",
            f"verified: {kinds}; {self.old_tokens} tokens at the end of their life, after their key's",
            f"keys unknown to a client whose copy was fresh: {self.surprises}",
            *(f"  BROKEN: {problem}" for problem in self.problems[:20]),
            "no token that could not be verified" if not self.problems else f"{len(self.problems)} broken promises",
        ]


class Keys:
    """The published keys as a careful client keeps them: for `max-age`, and fetched anew for a key it does not know."""

    def __init__(self, live: LiveServer, report: RotationReport) -> None:
        self._live = live
        self._report = report
        self._held: KeySet | None = None
        self._good_until = 0.0

    def verify(self, token: str, kind: str) -> None:
        """Note whether the token can be verified."""
        kid, algorithm = _header(token)
        if self._held is None or self._live.clock.now() >= self._good_until:
            self._fetch()
        elif kid not in self._kids():
            self._report.surprises += 1
            self._fetch()
        try:
            assert self._held is not None
            jwt.decode(token, self._held, algorithms=[algorithm])
        except (JoseError, ValueError) as error:
            self._report.problems.append(f"{kind} {algorithm} of {kid} cannot be verified: {error!r}")
        else:
            self._report.verified[f"{kind} {algorithm}"] += 1

    def _fetch(self) -> None:
        # A connection of its own: any worker may answer.
        answer = requests.get(f"{self._live.issuer}/oauth/jwks", timeout=20)
        allowed = _MAX_AGE.search(answer.headers["Cache-Control"])
        assert allowed is not None
        self._held = KeySet.import_key_set(answer.json())
        self._good_until = self._live.clock.now() + int(allowed[1])
        self._report.fetched += 1

    def _kids(self) -> set[str | None]:
        assert self._held is not None
        return {key.kid for key in self._held.keys}


class _User(threading.Thread):
    """A relying party that asks for tokens without a pause and verifies each."""

    def __init__(self, scene: _Scene, held: SignedIn, machine: RelyingParty) -> None:
        super().__init__(daemon=True)
        self._scene = scene
        self._keys = Keys(scene.live, scene.report)
        self._refresh_token = held.refresh_token
        self._party, self._machine = (_recorded(party, scene.ledger) for party in (held.party, machine))

    def run(self) -> None:
        """Ask, verify, and rest while the clock is moved."""
        while not self._scene.over.wait(PAUSE):
            with self._scene.turn():
                try:
                    self._ask()
                except (requests.RequestException, KeyError, AssertionError) as error:
                    self._scene.report.problems.append(f"a request failed: {error!r}")

    def _ask(self) -> None:
        own = self._machine.post("token_endpoint", {"grant_type": "client_credentials"}).json()["access_token"]
        self._keys.verify(own, "client's tokens")
        tokens = self._party.refresh(self._refresh_token).json()
        self._refresh_token = tokens["refresh_token"]
        self._keys.verify(tokens["access_token"], "access tokens")
        self._keys.verify(tokens["id_token"], "ID tokens")
        self._scene.last[_header(own)[1]] = own


class _Scene:
    """What the clients share: whether they may ask now, the last token of each algorithm, the report."""

    def __init__(self, provider: Provider) -> None:
        self.live = provider.live
        self.report = RotationReport()
        self.ledger = Ledger()
        self.over = threading.Event()
        self.last: dict[str, str] = {}
        self._gate = threading.Condition()
        self._asking = 0
        self._resting = False

    def turn(self) -> _Turn:
        """One round of a client, which no movement of the clock interrupts."""
        return _Turn(self)

    def enter(self) -> None:
        """Begin a round as soon as the clock is not being moved."""
        with self._gate:
            self._gate.wait_for(lambda: not self._resting)
            self._asking += 1

    def leave(self) -> None:
        """End a round."""
        with self._gate:
            self._asking -= 1
            self._gate.notify_all()

    def move(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Move the clock while nobody asks."""
        with self._gate:
            self._resting = True
            self._gate.wait_for(lambda: not self._asking)
        self.live.clock.advance(seconds)
        meanwhile()
        with self._gate:
            self._resting = False
            self._gate.notify_all()


class _Turn:
    def __init__(self, scene: _Scene) -> None:
        self._scene = scene

    def __enter__(self) -> None:
        self._scene.enter()

    def __exit__(self, *_: object) -> None:
        self._scene.leave()


def rotate_under_load(provider: Provider, *, rotations: int, seconds: float, clients: int = 2) -> RotationReport:
    """Rotate both algorithms so often; load runs for `seconds` around each moment at which something changes."""
    scene = _Scene(provider)
    users = [_user(scene, provider, algorithm) for algorithm in ALGORITHMS for _ in range(clients)]
    for user in users:
        user.start()
    try:
        time.sleep(seconds / 2)
        for _ in range(rotations):
            _rotate(scene, provider, seconds)
            scene.report.rotations += 1
    finally:
        scene.over.set()
        for user in users:
            user.join()
    scene.report.problems += [f"a request was answered {call.outcome}" for call in scene.ledger.calls if call.failed]
    scene.report.problems += scene.ledger.violations
    return scene.report


def _user(scene: _Scene, provider: Provider, algorithm: str) -> _User:
    signed = {"access_token_signing_alg": algorithm}
    party = provider.register(id_token_signed_response_alg=algorithm, **signed)
    person, scope = provider.enrol(), "openid offline_access"
    held = sign_in(party, person, provider.browser(), scope=scope, tick=["offline_access"])
    machine = provider.register(
        redirect_uris=[], post_logout_redirect_uris=[], grant_types=["client_credentials"], **signed
    )
    return _User(scene, held, machine)


def _rotate(scene: _Scene, provider: Provider, seconds: float) -> None:
    """One rotation of each algorithm through all its moments."""
    began = scene.live.clock.now()
    fresh = {provider.operate("keys", "rotate", "--alg", name)["keys"][0]["kid"] for name in ALGORITHMS}
    if not _soon(lambda: fresh <= _published(scene)):
        scene.report.problems.append("a worker does not publish a new key within a second")
    time.sleep(seconds / 4)
    scene.move(began + DAY - scene.live.clock.now() - seconds / 2)  # across the moment at which the new keys take over
    old = dict(scene.last)
    time.sleep(seconds)
    if {_header(token)[0] for token in scene.last.values()} != fresh:
        scene.report.problems.append("the new keys did not take over at their moment")
    # The last tokens of the old keys, at the end of their life.
    scene.move(TOKEN_SECONDS - seconds - 5, lambda: _verify_old(scene, old))
    scene.move(began + 2 * DAY - scene.live.clock.now() - seconds / 2)  # across the moment of withdrawal
    time.sleep(seconds)
    scene.move(REREAD_SECONDS)
    gone = {_header(token)[0] for token in old.values()}
    if not _soon(lambda: gone.isdisjoint(_published(scene))):
        scene.report.problems.append("keys are published after their time")


def _soon(check: Callable[[], bool]) -> bool:
    """True when, within a second, `check` holds a dozen times in a row: so many connections reach every worker."""
    deadline = time.monotonic() + PUBLISHED_SECONDS
    held = 0
    while held < 12:
        held = held + 1 if check() else 0
        if not held and time.monotonic() > deadline:
            return False
    return True


def _published(scene: _Scene) -> set[str]:
    return {key["kid"] for key in requests.get(f"{scene.live.issuer}/oauth/jwks", timeout=20).json()["keys"]}


def _verify_old(scene: _Scene, tokens: dict[str, str]) -> None:
    for token in tokens.values():
        for _ in range(4):
            Keys(scene.live, scene.report).verify(token, "old tokens")
        scene.report.old_tokens += 1


def _recorded(party: RelyingParty, ledger: Ledger) -> RelyingParty:
    again = RelyingParty(party.issuer, party.registered, party.discovery)
    RecordingSession(ledger).take_over(again)
    return again


def _header(token: str) -> tuple[str, str]:
    segment = token.partition(".")[0]
    header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return header["kid"], header["alg"]


def main() -> int:
    """Rotate as often as was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rotation", description=__doc__)
    parser.add_argument("--rotations", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load around each moment of a rotation")
    parser.add_argument("--clients", type=int, default=2, help="clients of each algorithm")
    parser.add_argument("--server", choices=("gunicorn", "granian"), default="gunicorn")
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wangov-rotation-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # the stores drop from root and must pass through
        installation = Installation(place, server=options.server, wires=False, workers=options.workers)
        try:
            report = rotate_under_load(
                installation.provider, rotations=options.rotations, seconds=options.seconds, clients=options.clients
            )
        finally:
            installation.stop()
    print("\n".join(report.lines()), flush=True)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
