"""What the workbench shows at one moment, and what was chosen so far: read from its form, in closed words only.

Buttons named `show` carry what to show next (`rank:2`, `zoom:4`); everything else stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from enrollment.adjudication import Choice, Ground, Sheet, Vote
from enrollment.capture import Position

__all__ = ["ZOOMS", "Chosen", "Draft", "Look", "draft_of", "first_look", "grounds_of", "look_of", "missing", "votes_of"]

ZOOMS = (1, 2, 4)
_NOTHING: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Which candidate (0: the application itself), which part of the applicant's body and which of the candidate's."""

    rank: int
    position: Position
    against: Position
    zoom: int = 1
    mirrored: bool = False
    points: bool = True

    @property
    def next_zoom(self) -> int:
        """What one more press gives."""
        return ZOOMS[(ZOOMS.index(self.zoom) + 1) % len(ZOOMS)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen of one rank, perhaps nothing."""

    choice: Choice | None = None
    ground: Ground | None = None


Draft = Mapping[int, Chosen]


def first_look(sheet: Sheet, rank: int | None = None) -> Look:
    """The first question, or this one; the face where both have one, else whatever part both have."""
    ranks = sorted(sheet.questions())
    chosen = rank if rank in ranks else ranks[0]
    position = _first_position(sheet, chosen)
    return Look(chosen, position, position)


def look_of(sheet: Sheet, form: Mapping[str, str]) -> Look:
    """What the form says that its page showed, changed by the button that was pressed."""
    look = first_look(sheet, _number(form.get("rank", "")))
    shown = _position(form.get("position", ""))
    if shown in sheet.applicant:
        look = replace(look, position=shown, against=shown)
    against = _position(form.get("against", ""))
    if against is not None:
        look = replace(look, against=against)
    zoom = _number(form.get("zoom", ""))
    look = replace(
        look,
        zoom=zoom if zoom in ZOOMS else 1,
        mirrored=form.get("mirrored") == "1",
        points=form.get("points", "1") == "1",
    )
    what, _, value = form.get("show", "").partition(":")
    return _pressed(sheet, look, what, value)


def _pressed(sheet: Sheet, look: Look, what: str, value: str) -> Look:
    match what:
        case "rank":
            turned = first_look(sheet, _number(value))
            kept = look.position if look.position in positions_of(sheet, turned.rank) else turned.position
            return replace(look, rank=turned.rank, position=kept, against=kept)
        case "position" if (position := _position(value)) in sheet.applicant and position is not None:
            return replace(look, position=position, against=position)
        case "zoom" if _number(value) in ZOOMS:
            return replace(look, zoom=int(value))
        case "mirrored":
            return replace(look, mirrored=value == "1")
        case "points":
            return replace(look, points=value == "1")
        case _:
            return look


def positions_of(sheet: Sheet, rank: int) -> tuple[Position, ...]:
    """What both the applicant and this candidate have."""
    return next((one.positions for one in sheet.candidates if one.rank == rank), _NOTHING)


def draft_of(sheet: Sheet, form: Mapping[str, str]) -> dict[int, Chosen]:
    """What is chosen so far; whatever is not offered counts as nothing."""
    return {rank: _chosen(sheet, rank, form) for rank in sheet.questions()}


def grounds_of(sheet: Sheet, rank: int) -> tuple[Ground, ...]:
    """The grounds to choose from for any of the answers. One that is the only one is not asked for."""
    asked = [sheet.grounds(rank, choice) for choice in sheet.choices(rank)]
    return tuple(dict.fromkeys(one for grounds in asked if len(grounds) > 1 for one in grounds if one is not None))


def missing(sheet: Sheet, draft: Draft) -> list[tuple[int, str]]:
    """Ranks that cannot be counted yet, and which part of the answer is missing."""
    wrong = []
    for rank in sorted(sheet.questions()):
        chosen = draft.get(rank, Chosen())
        if chosen.choice is None:
            wrong.append((rank, "choice"))
        elif _ground(sheet, rank, chosen) not in sheet.grounds(rank, chosen.choice):
            wrong.append((rank, "ground"))
    return wrong


def votes_of(sheet: Sheet, draft: Draft) -> dict[int, Vote]:
    """The votes that a whole draft is."""
    return {
        rank: Vote(chosen.choice, _ground(sheet, rank, chosen))
        for rank, chosen in draft.items()
        if chosen.choice is not None
    }


def _ground(sheet: Sheet, rank: int, chosen: Chosen) -> Ground | None:
    """The ground that counts: the chosen one, the only one there is, or none where the answer takes none."""
    offered = sheet.grounds(rank, chosen.choice) if chosen.choice is not None else (None,)
    return offered[0] if len(offered) == 1 else chosen.ground


def _chosen(sheet: Sheet, rank: int, form: Mapping[str, str]) -> Chosen:
    choice = next((one for one in sheet.choices(rank) if one.value == form.get(f"choice-{rank}")), None)
    ground = next((one for one in grounds_of(sheet, rank) if one.value == form.get(f"ground-{rank}")), None)
    return Chosen(choice, ground)


def _first_position(sheet: Sheet, rank: int) -> Position:
    shared = positions_of(sheet, rank) or sheet.applicant or tuple(Position)
    return min(shared, key=lambda position: position.number)


def _position(text: str) -> Position | None:
    return next((position for position in Position if position.value == text), None)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
