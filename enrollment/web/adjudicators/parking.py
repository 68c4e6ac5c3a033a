"""What is chosen and not yet given: kept for an hour, so that no sign-in and no other page loses it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from enrollment.adjudication import Sheet
from enrollment.centres import Actor
from enrollment.web.adjudicators.looking import Chosen, Draft, draft_of
from idp.web.extensions import services

__all__ = ["drop", "keep", "kept"]

_KIND = "adjudication"
SECONDS = 3600


def keep(by: Actor, case_id: UUID, draft: Draft) -> None:
    """Keep what is chosen, in place of what was kept before."""
    fields = {name: value for rank, chosen in draft.items() for name, value in _fields(rank, chosen).items()}
    services().ephemeral.park(_KIND, _name(by, case_id), fields, SECONDS)


def kept(by: Actor, sheet: Sheet) -> dict[int, Chosen]:
    """What was kept and still can be chosen. Nobody gets what somebody else has chosen."""
    held = services().ephemeral.read(_KIND, _name(by, sheet.case_id)) or {}
    return draft_of(sheet, {name: str(value) for name, value in held.items()})


def drop(by: Actor, case_id: UUID) -> None:
    """Forget it: the votes are given."""
    services().ephemeral.drop(_KIND, _name(by, case_id))


def _name(by: Actor, case_id: UUID) -> str:
    return f"{by.subscriber_id}:{case_id}"


def _fields(rank: int, chosen: Chosen) -> Mapping[str, str]:
    choice, ground = chosen.choice, chosen.ground
    return {
        **({} if choice is None else {f"choice-{rank}": choice.value}),
        **({} if ground is None else {f"ground-{rank}": ground.value}),
    }
