"""The rooms of an engine change over the session of a request, a command or a job; their caller commits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import current_app

from enrollment.capture import ChildExaminer, Examiner
from enrollment.engines import Beside, Engines, InUse, Reextraction, Reports, Retiring, Shelf, Side
from enrollment.storage import Vault
from enrollment.verification import Change
from idp.web.extensions import db, services
from idp.web.rooms import trail

__all__ = [
    "BESIDE",
    "SIDES",
    "change",
    "engines",
    "in_use",
    "reextraction",
    "reports",
    "retiring",
    "shelf",
    "sides",
]

# Where the composition root puts the folders of engines beside the program's own, by their names, and where whoever
# asks those of this process are kept.
BESIDE = "wangov_engines_beside"
SIDES = "wangov_engine_sides"


def sides() -> Mapping[str, Side]:
    """Engines beside the program's own, by their names; their processes start when they are first asked."""
    folders: Mapping[str, Path] = current_app.extensions.get(BESIDE, {})
    made = {name: ChildExaminer(root=folder) for name, folder in folders.items()}
    held: Mapping[str, Side] = current_app.extensions.setdefault(SIDES, made)
    return held


def shelf(own: Examiner) -> Shelf:
    """All engines that can be asked."""
    return Shelf(own, sides())


def in_use(own: Examiner) -> InUse:
    """Who makes templates."""
    return InUse(db.session(), shelf(own))


def change(own: Examiner, vault: Vault) -> Change:
    """What comparisons need of it."""
    held = shelf(own)
    return Change(held.get, Beside(db.session(), vault, held, services().clock))


def engines() -> Engines:
    """Which engines there are."""
    return Engines(db.session(), services().clock, trail())


def reextraction(own: Examiner, vault: Vault) -> Reextraction:
    """Templates of everybody by another engine."""
    shared = services()
    return Reextraction(db.session(), vault, shelf(own), shared.clock, shared.entropy)


def retiring(vault: Vault) -> Retiring:
    """Removing what a retired engine made."""
    return Retiring(db.session(), vault)


def reports() -> Reports:
    """How engines judged the same comparisons."""
    return Reports(db.session())
