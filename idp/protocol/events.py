"""What happened to people's records, for services that hold a consent: fetched, and acknowledged with the next call.

A service knows a person by its own name of them (`subject`), and learns what happened and when, nothing else. What is
not acknowledged comes again, so that nothing is lost between two calls; what was acknowledged never does. Consent is
asked about at the call, not when it happened: after it was taken back a service hears of an erasure alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error, UnauthorizedClientError

from idp.authorization.errors import AuthenticationFailedError
from idp.authorization.plan import Outcome, Plan
from idp.authorization.server import AuthorizationServer, TokenRequest
from idp.database import Operation
from idp.database.batch import Row
from idp.database.operation import Statement
from idp.protocol.message import Answer, Endpoint, MachineRequest, json_answer, oauth_error

__all__ = ["events_endpoint"]

MOST = 100
USUAL = 50
_DIGITS = 3


def _consented(consent_id: str) -> str:
    """That this consent, or a later one of the same person for the same service, is in force: SQL, never input."""
    return f"""exists (
        select from consent given
        join consent held on held.citizen_id = given.citizen_id and held.consumer_id = given.consumer_id
        where given.consent_id = {consent_id} and held.status = 'active'
            and (held.expires_at is null or held.expires_at > i.now)
    )"""


_FETCH = Statement(
    "service_event.fetch",
    f"""
    with i as (
        select * from rows from (jsonb_to_recordset(%s::jsonb) as (
            client_id text, taken jsonb, most int, now timestamptz))
            with ordinality as item(client_id, taken, most, now, n)
    ), acknowledged as (
        update service_event event set taken_at = i.now from i
        where event.client_id = i.client_id and event.taken_at is null
            and event.id in (select value::uuid from jsonb_array_elements_text(i.taken))
    )
    select i.n, (
        select coalesce(jsonb_agg(to_jsonb(waiting) order by waiting.id), '[]'::jsonb) from (
            select event.id, event.subject,
                case when {_consented("event.other_consent_id")} then event.other_subject end as other_subject,
                event.change, event.at
            from service_event event
            where event.client_id = i.client_id and event.taken_at is null
                and event.id not in (select value::uuid from jsonb_array_elements_text(i.taken))
                and (event.change = 'erased' or {_consented("event.consent_id")})
            order by event.id limit i.most + 1
        ) waiting
    ) from i
    """,  # noqa: S608 - put together from text of this module
)


def events_endpoint(server: AuthorizationServer) -> Endpoint:
    """POST /oauth/events: `ack` (identifiers, apart by spaces), `max` (1 to 100), and how the client authenticates."""

    def prepare(request: MachineRequest) -> Plan | Answer:
        try:
            return _plan(server, TokenRequest(request.form, request.authorization, request.client_address))
        except AuthenticationFailedError as failure:
            return server.audited_failure(failure)
        except OAuth2Error as error:
            return oauth_error(error)

    return Endpoint("events", frozenset({"POST"}), prepare, _present)


def _plan(server: AuthorizationServer, request: TokenRequest) -> Plan:
    client = server.client_for(request, None)
    if client.public:
        raise UnauthorizedClientError("only a client that has a secret or a key is told of people")
    most = _most(request.form.get("max", ""))
    item = {
        "client_id": client.client_id,
        "taken": _acknowledged(request.form.get("ack", "")),
        "most": most,
        "now": server.deps.clock.now().isoformat(),
    }

    def finish(rows: Sequence[Row | None], _early: object) -> Outcome:
        found = rows[0][0] if rows[0] is not None else []
        waiting: list[dict[str, Any]] = json.loads(found) if isinstance(found, str) else found
        return {"events": [_told(one) for one in waiting[:most]], "more": len(waiting) > most}

    return Plan((Operation(_FETCH, item, key=f"events|{client.client_id}"),), finish)


def _acknowledged(text: str) -> list[str]:
    named = text.split()
    if len(named) > MOST:
        raise InvalidRequestError("ack names more events than one answer has")
    try:
        return sorted({str(UUID(one)) for one in named})
    except ValueError:
        raise InvalidRequestError("ack holds what is no identifier of an event") from None


def _most(text: str) -> int:
    if not text:
        return USUAL
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    if not 1 <= number <= MOST:
        raise InvalidRequestError("max is from 1 to 100")
    return number


def _told(one: dict[str, Any]) -> dict[str, Any]:
    """What a service is told; the other subject goes with a merge alone."""
    return {name: value for name, value in one.items() if value is not None}


def _present(outcome: Outcome) -> Answer:
    return oauth_error(outcome) if isinstance(outcome, OAuth2Error) else json_answer(outcome)
