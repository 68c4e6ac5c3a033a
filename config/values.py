"""Settings as the values that services take: which clock, which root key, how long tokens live."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from config.settings import Environment, Settings, SettingsError
from idp.authorization.server import Lifetimes
from idp.clock import Clock, ShiftedClock, SystemClock

__all__ = ["clock_of", "lifetimes_of", "root_key_file_of"]


def clock_of(settings: Settings) -> Clock:
    """The machine's clock; under test one that a file moves."""
    if settings.environment is Environment.TEST and settings.test_clock is not None:
        return ShiftedClock(settings.test_clock)
    return SystemClock()


def root_key_file_of(settings: Settings) -> Path:
    """Where the root key is; raises `SettingsError` when that is not set."""
    if settings.root_key_file is None:
        message = "WANGOV_ROOT_KEY_FILE is not set: the root key is needed to open anything"
        raise SettingsError(message)
    return settings.root_key_file


def lifetimes_of(settings: Settings) -> Lifetimes:
    """How long codes, tokens and authorizations live."""
    return Lifetimes(
        access_token=settings.access_token_seconds,
        id_token=settings.id_token_seconds,
        code=settings.code_seconds,
        refresh_idle=timedelta(seconds=settings.refresh_idle_seconds),
        refresh_absolute=timedelta(seconds=settings.refresh_absolute_seconds),
        session_idle=settings.session_idle_seconds,
    )
