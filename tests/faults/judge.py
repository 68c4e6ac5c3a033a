"""After a storm: is all there that was acknowledged, is all gone that was spent, does every act have its audit row?"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import requests

from tests.faults.clients import World
from tests.faults.ledger import Family
from tests.protocol.driver import Arrival, RelyingParty, Request

__all__ = ["judge"]

RECOVERY_SECONDS = 5.0
AT_ONCE = 6
# Longer than an identical retry is honoured.
PAST_THE_GRACE = 11.0
T = TypeVar("T")

# Each finds rows that contradict each other; in a sound database none finds any.
CONTRADICTIONS: Mapping[str, str] = {
    "codes are spent without an audit row": """
        select id from authorization_grant where code_spent_at is not null except
        select (body->>'grant')::uuid from audit_event
        where event in ('token.issued', 'token.refused', 'token.reused')""",
    "authorizations stand without an audit row": """
        select id from authorization_grant except
        select (body->>'grant')::uuid from audit_event where event = 'authorization.granted'""",
    "authorizations were granted by the audit rows and are gone": """
        select (body->>'grant')::uuid from audit_event where event = 'authorization.granted' except
        select id from authorization_grant""",
    "codes gave tokens more than once": """
        select body->>'grant' from audit_event
        where event = 'token.issued' and body->>'kind' = 'authorization_code' group by 1 having count(*) > 1""",
    "families have more or fewer generations than audited exchanges": """
        select g.id from authorization_grant g left join (
            select body->>'grant' as id, count(*) as exchanges from audit_event
            where event = 'token.refreshed' and body->>'retried' = 'false' group by 1
        ) audited on audited.id = g.id::text
        where g.refresh_generation <> coalesce(audited.exchanges, 0)""",
    "authorizations ended without an audit row": """
        select id from authorization_grant where revoke_reason <> 'consent_withdrawn' except
        select (body->>'grant')::uuid from audit_event
        where event in ('token.revoked', 'token.reused', 'token.refused')""",
    "sessions began without an audit row": """
        select id from session except select session_id from audit_event where event = 'session.started'""",
    "sessions ended without an audit row": """
        select id from session where ended_at is not null except
        select session_id from audit_event where event = 'session.ended'""",
    "a person has two consents in force for one service": """
        select citizen_id from consent where status = 'active' group by citizen_id, consumer_id having count(*) > 1""",
}


def judge(world: World, seed: int, sample: int) -> dict[str, int]:
    """Write every broken promise into the ledger; returns how much of what was looked at, at most `sample` of each."""
    return _Judge(world, seed, sample).judge()


class _Judge:
    def __init__(self, world: World, seed: int, sample: int) -> None:
        self._world = world
        self._sample = sample
        self._ledger = world.ledger
        self._chance = random.Random(seed)  # noqa: S311 - which of many to look at, no secret

    def judge(self) -> dict[str, int]:
        self._recovered()
        ledger = self._ledger
        families = [family for family in ledger.families if not family.doubtful]
        live = [one for one in families if one.ended is None and (one.offline or not self._world.excuses)]
        ended = [one for one in families if one.ended is not None]
        looked = {
            "live authorizations": self._each(live, self._lives),
            "ended authorizations": self._each(ended, self._ended),
            "tokens given up": self._each(ledger.revoked, self._given_up),
            "sessions signed out": self._each(ledger.left, self._signed_out),
            "sessions": 0 if self._world.excuses else self._each(ledger.sessions, self._signed_in),
        }
        self._world.provider.live.clock.advance(PAST_THE_GRACE)
        looked["spent refresh tokens"] = self._each([one for one in live if one.spent], self._spent)
        looked["spent codes"] = self._each(ledger.codes, self._replayed)
        looked["audit rows"] = self._audited()
        for contradiction, statement in CONTRADICTIONS.items():
            if rows := self._world.provider.query(statement):
                ledger.broke(f"{len(rows)} {contradiction}")
        return looked

    def _recovered(self) -> None:
        """Everything is answered again, without anybody's help, within five seconds."""
        world, party = self._world, _again(self._world.machine)
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                well = (
                    party.post("token_endpoint", {"grant_type": "client_credentials"}).status_code == 200
                    and world.provider.browser().raw("GET", world.service.ask().url).status_code == 303
                    and set(world.provider.live.get("/health/ready").json()["stores"].values()) == {"ok"}
                )
            except requests.RequestException:
                well = False
            if well:
                return
            if time.monotonic() > deadline:
                self._ledger.broke("the provider did not recover by itself")
                return
            time.sleep(0.05)

    def _each(self, things: Sequence[T], check: Callable[[T], None]) -> int:
        chosen = self._chance.sample(things, min(self._sample, len(things)))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(check, chosen))
        return len(chosen)

    def _lives(self, family: Family) -> None:
        answer = _again(family.party).refresh(family.live)
        if answer.status_code != 200:
            kind = "offline" if family.offline else "session's"
            self._ledger.broke(f"an acknowledged {kind} authorization is lost ({self._reason(family)})")
            family.spent.clear()
            return
        family.spent.append(family.live)
        family.live = answer.json()["refresh_token"]

    def _reason(self, family: Family) -> str:
        statement = "select revoke_reason from authorization_grant where id = %(id)s::uuid"
        rows = self._world.provider.query(statement, {"id": family.grant})
        return f"{rows[0]['revoke_reason']}: {family.grant}" if rows else f"no such row: {family.grant}"

    def _ended(self, family: Family) -> None:
        party = _again(family.party)
        if party.introspect(family.live)["active"] or party.introspect(family.access)["active"]:
            self._ledger.broke(f"an authorization that was {family.ended} is active again: {family.grant}")
        if party.refresh(family.live).status_code != 400:
            self._ledger.broke(f"an authorization that was {family.ended} comes back: {family.grant}")

    def _given_up(self, one: tuple[RelyingParty, str]) -> None:
        if _again(one[0]).introspect(one[1])["active"]:
            self._ledger.broke("a token that was given up is active again")

    def _spent(self, family: Family) -> None:
        party = _again(family.party)
        if party.refresh(self._chance.choice(family.spent)).status_code != 400:
            self._ledger.broke(f"a spent refresh token is taken again: {family.grant}")
        if party.refresh(family.live).status_code != 400:
            self._ledger.broke(f"a family survives the reuse of a spent token: {family.grant}")

    def _replayed(self, one: tuple[RelyingParty, Request, Arrival]) -> None:
        party, request, arrival = one
        if _again(party).redeem(request, arrival).status_code != 400:
            self._ledger.broke("a spent code is taken again")

    def _signed_out(self, cookies: dict[str, str]) -> None:
        if self._silently(cookies) != "login_required":
            self._ledger.broke("a session that was signed out is back")

    def _signed_in(self, cookies: dict[str, str]) -> None:
        if self._silently(cookies) in {"login_required", "nothing"}:
            self._ledger.broke("an acknowledged session is lost")

    def _silently(self, cookies: dict[str, str]) -> str:
        url = _again(self._world.visited).ask(prompt="none").url
        answer = requests.get(url, cookies=cookies, timeout=20, allow_redirects=False)
        parameters = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
        return parameters["error"][0] if "error" in parameters else "code" if "code" in parameters else "nothing"

    def _audited(self) -> int:
        """Each acknowledged answer has its row, under the number that the answer carried."""
        acknowledged = self._ledger.acknowledged
        statement = "select request_id, event from audit_event where request_id = any(%(ids)s)"
        rows = self._world.provider.query(statement, {"ids": [number for number, _ in acknowledged]})
        written = {(row["request_id"], row["event"]) for row in rows}
        for event, missing in _counted(one for one in acknowledged if one not in written).items():
            self._ledger.broke(f"{missing} acknowledged answers have no audit row {event}")
        return len(acknowledged)


def _again(party: RelyingParty) -> RelyingParty:
    """The party with connections that nobody used before."""
    return RelyingParty(party.issuer, party.registered, party.discovery)


def _counted(pairs: Iterable[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, event in pairs:
        found[event] = found.get(event, 0) + 1
    return found
