"""Checking a card at a terminal: by our keys and the register, by keys and a list in files, or by what there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask.cli import ScriptInfo
from sqlalchemy.exc import DBAPIError

from enrollment.card import Checked, Reason, check
from enrollment.card.keyfiles import MAX_KEY_FILE, KeyFile, keys_in
from enrollment.card.listing import MAX_LIST, listed_in
from enrollment.card.trust import Trusted
from enrollment.web.card_rooms import card_keys, standings
from idp.clock import SystemClock
from idp.errors import StoreUnavailableError
from idp.keys.sealing import KeysMissingError
from idp.web.extensions import services

__all__ = ["Given", "Verdict", "answer", "given", "looked_at"]


@dataclass(frozen=True, slots=True)
class Given:
    """What came in files: keys, secrets, a list, and what of it was passed over."""

    trusted: tuple[Trusted, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    listed: bytes | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A card that was looked at. `standing`: who was asked whether it was taken back, `register`, `list` or nobody."""

    checked: Checked
    standing: str | None
    warnings: tuple[str, ...]


def given(keys: Iterable[Path], listed: Path | None) -> Given:
    """What the files hold. No fault of theirs is more than a warning: without them fewer cards are good."""
    trusted: list[Trusted] = []
    secrets: list[bytes] = []
    warnings: list[str] = []
    for path in keys:
        found = _keys(path)
        trusted += found.trusted
        secrets += found.secrets
        warnings += [f"{path.name}: {fault}" for fault in found.faults]
    content = None
    if listed is not None:
        with listed.open("rb") as file:
            content = file.read(MAX_LIST + 1)
    return Given(tuple(trusted), tuple(secrets), content, tuple(warnings))


def looked_at(info: ScriptInfo, text: str, files: Given) -> Verdict:
    """By our own keys and those in files, and by what the register says of a card of ours.

    By files alone where this is no installation, or its stores are away: then no card is good by our own keys, and
    of one that no key in the files made it is told that ours could not be asked.
    """
    warnings = files.warnings
    try:
        with info.load_app().app_context():
            now, trusted = services().clock.now(), [*card_keys().trusted(), *files.trusted]
            checked = check(text, trusted, now, files.secrets)
            settled = standings().settled(checked)
    except (DBAPIError, StoreUnavailableError, KeysMissingError, SystemExit):
        now, trusted = SystemClock().now(), list(files.trusted)
        checked = settled = check(text, trusted, now, files.secrets)
        if checked.reason is Reason.UNKNOWN_KEY:
            warnings = (*warnings, "our own keys could not be asked: no installation, or its stores are away")
        asked = None
    else:
        asked = "register" if checked.own else None
    if files.listed is None:
        return Verdict(settled, asked, warnings)
    listed = listed_in(files.listed, trusted)
    if listed is None:
        return Verdict(settled, asked, (*warnings, "the list is none that a key of these signed"))
    if not listed.speaks_of(checked):
        return Verdict(settled, asked, (*warnings, "the list is another issuer's"))
    if now >= listed.until:
        stale = f"the list is of {listed.made_at.isoformat()}, and its time is over"
        return Verdict(listed.settled(settled), asked, (*warnings, stale))
    return Verdict(listed.settled(settled), asked or "list", warnings)


def _keys(path: Path) -> KeyFile:
    with path.open("rb") as file:
        return keys_in(file.read(MAX_KEY_FILE + 1))


def answer(verdict: Verdict) -> dict[str, Any]:
    """The verdict as printed with --json."""
    checked = verdict.checked
    return {
        "valid": checked.valid,
        "reason": None if checked.reason is None else checked.reason.value,
        "claims": checked.claims,
        "meta": checked.meta,
        "standing": verdict.standing,
        "warnings": list(verdict.warnings),
    }
