"""How often something may be tried before there is a wait: what is counted, and the budget of each factor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

__all__ = ["Budget", "Factor", "ThrottlePolicy"]


class Factor(StrEnum):
    """What is being guessed."""

    PASSWORD = "password"
    CODE = "code"
    # The same guesses over a month: whoever stays below the short limit for ever meets this one.
    CODE_PATIENCE = "code-patience"
    RECOVERY_CODE = "recovery-code"
    MESSAGE_CODE = "message-code"
    PASSKEY = "passkey"
    # Proofs of somebody who recovers: guesses there take nothing from the tries at sign-in.
    RECOVERY = "recovery"
    # One counter a person, whatever the modality or the device (SP 800-63B-4 section 3.2.3), and how many in all.
    BIOMETRIC = "biometric"
    BIOMETRIC_TOTAL = "biometric-total"


@dataclass(frozen=True, slots=True)
class Budget:
    """`free` tries (at least 2) within `window`, then waits that double from `first_wait` to `longest_wait`.

    Whoever used up the free tries starts afresh when `memory` has passed since the first of them.
    """

    free: int
    first_wait: timedelta
    longest_wait: timedelta
    window: timedelta
    memory: timedelta


@dataclass(frozen=True, slots=True)
class ThrottlePolicy:
    """The budgets of the factors, each counted per person and kind of device."""

    password: Budget = Budget(
        5, timedelta(seconds=30), timedelta(hours=1), window=timedelta(hours=24), memory=timedelta(hours=24)
    )
    code: Budget = Budget(
        10,
        timedelta(minutes=10),
        timedelta(hours=1),
        window=timedelta(minutes=10),
        memory=timedelta(hours=24),
    )

    patience: Budget = Budget(
        50,
        timedelta(hours=1),
        timedelta(hours=12),
        window=timedelta(days=30),
        memory=timedelta(days=30),
    )

    # Nobody guesses a signature: this bounds what checking costs, and a fault that repeats itself.
    passkey: Budget = Budget(
        20, timedelta(seconds=30), timedelta(minutes=10), window=timedelta(minutes=10), memory=timedelta(hours=1)
    )

    # Off after fifty misses, until the person proves more and turns it on again: ten years are for ever.
    biometric_total: Budget = Budget(
        50, timedelta(days=3650), timedelta(days=3650), window=timedelta(days=3650), memory=timedelta(days=3650)
    )

    def budget(self, factor: Factor) -> Budget:
        """The budget of a factor."""
        if factor is Factor.BIOMETRIC_TOTAL:
            return self.biometric_total
        if factor is Factor.PASSKEY:
            return self.passkey
        if factor is Factor.CODE_PATIENCE:
            return self.patience
        return self.password if factor in {Factor.PASSWORD, Factor.BIOMETRIC} else self.code
