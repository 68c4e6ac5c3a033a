"""Why something was returned, refused or cancelled: closed words, so that each has plain words on a page."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from enrollment.cases.transitions import Event

__all__ = ["REASONS", "Reason", "Tick"]


class Reason(StrEnum):
    """Every reason there is."""

    PHOTO = "photo"
    FINGERS = "fingers"
    DOCUMENTS = "documents"
    DETAILS = "details"
    EXCEPTION = "exception"
    CONSENT = "consent"
    NOT_ENTITLED = "not_entitled"
    EVIDENCE = "evidence"
    WITHDRAWN = "withdrawn"
    MISTAKE = "mistake"
    DIED = "died"
    QUALITY = "quality"
    INCOMPLETE = "incomplete"
    POOR = "poor"
    HONEST_RETRY = "honest_retry"
    MIX_UP = "mix_up"
    FRAUD = "fraud"
    BIOMETRIC = "biometric"
    DEMOGRAPHIC = "demographic"
    BOTH = "both"
    NO_MODALITY = "no_modality"
    STORE = "store"
    ENGINE = "engine"
    PACKET = "packet"
    DISAGREES = "disagrees"
    NOBODY = "nobody"
    OTHER = "other"


class Tick(StrEnum):
    """Why a supervisor lets a flagged section pass."""

    SEEN = "seen"
    EVIDENCE = "evidence"
    KNOWN = "known"
    CORRECTED = "corrected"


R = Reason
_RETURNED = frozenset({R.PHOTO, R.FINGERS, R.DOCUMENTS, R.DETAILS, R.EXCEPTION, R.CONSENT, R.OTHER})

REASONS: Mapping[Event, frozenset[Reason]] = MappingProxyType(
    {
        Event.SEND_BACK: _RETURNED,
        Event.REJECT: frozenset({R.NOT_ENTITLED, R.EVIDENCE, R.FRAUD, R.OTHER}),
        Event.CANCEL: frozenset({R.WITHDRAWN, R.MISTAKE, R.DIED, R.OTHER}),
        Event.RECAPTURE: frozenset({R.QUALITY, R.INCOMPLETE, R.MIX_UP, R.POOR, R.DOCUMENTS, R.NOBODY, R.OTHER}),
        Event.REFER: frozenset({R.BIOMETRIC, R.DEMOGRAPHIC, R.BOTH, R.NO_MODALITY}),
        Event.FIND_DUPLICATE: frozenset({R.HONEST_RETRY, R.MIX_UP}),
        Event.FIND_FRAUD: frozenset({R.FRAUD}),
        Event.APPEAL: frozenset({R.DISAGREES, R.DOCUMENTS, R.OTHER}),
        Event.HOLD: frozenset({R.STORE, R.ENGINE, R.PACKET, R.OTHER}),
    }
)
"""The events that need a reason, and the ones they take."""
