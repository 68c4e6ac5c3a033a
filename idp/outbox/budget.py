"""What text messages may cost: so many a day (UTC) and network. Somebody who makes us send thousands finds an end."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import text

from idp.clock import Clock
from idp.database import Session
from idp.errors import Code, Refusal
from idp.outbox.addresses import PhoneNumber
from idp.telemetry import SMS_BUDGET_SPENT

__all__ = ["SmsBudget", "SmsBudgets"]

_log = structlog.get_logger(__name__)

_TAKE = text(
    """
    insert into sms_budget as held (day, network, used) values (:day, :network, 1)
    on conflict (day, network) do update set used = held.used + 1 where held.used < :limit
    returning used
    """
)


@dataclass(frozen=True, slots=True)
class SmsBudget:
    """`home`: messages a day and network in the home region (ISO 3166-1), `abroad`: the same anywhere else."""

    home_region: str = "SL"
    home: int = 20_000
    abroad: int = 200

    def limit(self, number: PhoneNumber) -> int:
        """Messages a day to this number's network."""
        return self.home if number.region == self.home_region else self.abroad


class SmsBudgets:
    """Counts text messages, in the transaction that queues them."""

    def __init__(self, session: Session, clock: Clock, budget: SmsBudget) -> None:
        self._session = session
        self._clock = clock
        self._budget = budget

    def take(self, number: PhoneNumber) -> Refusal | None:
        """Count one message, or refuse with MESSAGE_BUDGET; the first refusals of a day are for operators to see."""
        limit = self._budget.limit(number)
        values = {"day": self._clock.now().date(), "network": number.network, "limit": limit}
        used = self._session.scalar(_TAKE, values) if limit > 0 else None
        if used is not None:
            return None
        SMS_BUDGET_SPENT.labels(number.network).inc()
        _log.warning("sms_budget_spent", network=number.network, limit=limit)
        return Refusal(Code.MESSAGE_BUDGET, f"network {number.network}")
