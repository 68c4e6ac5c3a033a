"""What a centre promises: a mistake of its own is corrected free of charge, within two days (design section 12)."""

from __future__ import annotations

from datetime import datetime, timedelta

from enrollment.cases import Case, Kind

__all__ = ["CORRECTED_WITHIN", "promised_by"]

CORRECTED_WITHIN = timedelta(days=2)


def promised_by(case: Case) -> datetime | None:
    """By when it is to be recorded; None where nothing was promised."""
    return case.opened_at + CORRECTED_WITHIN if case.kind is Kind.CORRECTION else None
