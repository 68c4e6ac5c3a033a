"""Requests to the pages of an account, of recovery and of registration: every address, with parts that nearly fit.

What is sent makes no lasting change to an actor: no right password, no decision to close, no contact that exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.addresses import POSTED, VISITED
from tests.fuzz.pages import NOBODY, as_browser, at_transaction, visited
from tests.fuzz.shots import Draft, Pairs
from tests.fuzz.world import Actor, World

__all__ = ["BUILDERS"]

WEIGHT = 0.25
SECRETS = ("wv_" + "A" * 43, "we_" + "B" * 43, "wl_" + "C" * 43, "wm_" + "D" * 43, NOBODY, "x", "%00")
IDS = ("00000000-0000-4000-8000-000000000000", "019a0000-0000-7000-8000-000000000001")
_CHOICE = re.compile(r"<any\(([^)]*)\):\w+>")
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_WORDS = {
    "aid": ("A" * 14, "x"),
    "position": ("right-thumb", "right_thumb", "x"),
    "rank": ("0", "1", "-1", "x"),
    "number": ("1", "0", "x"),
    "claim": ("name", "birthdate", "email", "x"),
    "kind": ("email", "phone", "x"),
    "side": ("represented", "carer", "x"),
    "form": ("json", "pdf", "x"),
}
_FIELDS: Pairs = [
    ("value", "x"),
    ("reason", "because"),
    ("code", "000000"),
    ("contact", "nobody@mail.example"),
    ("identifier", "nobody"),
    ("way", "email"),
    ("method", "totp"),
    ("text", "not right"),
    ("app_name", "phone"),
    ("given_name", "Nobody"),
    ("size", "large"),
    ("powers", "view"),
    ("days", "30"),
    ("slip_code", "AAAA-AAAA-AAAA"),
    ("reference", "0000-0000"),
]


def _filled(route: str, dice: Random, world: World, actor: Actor) -> str:
    path = at_transaction(route, dice, world, actor, "signing", "coding")
    path = _CHOICE.sub(lambda found: dice.choice(found[1].split(",")), path)
    return _PART.sub(lambda found: _part(found[1], found[2], dice, world), path)


def _part(converter: str | None, name: str, dice: Random, world: World) -> str:
    if converter == "uuid":
        return dice.choice((*IDS, *(actor.values["consent_id"] for actor in world.actors)))
    return dice.choice(_WORDS.get(name, SECRETS))


def _visit(route: str) -> Callable[[Random, World], Draft]:
    def make(dice: Random, world: World) -> Draft:
        actor = dice.choice(world.actors)
        return visited(route, dice, world, path=_filled(route, dice, world, actor), actor=actor)

    return make


def _post(route: str) -> Callable[[Random, World], Draft]:
    def make(dice: Random, world: World) -> Draft:
        actor = dice.choice(world.actors)
        fields = [pair for pair in _FIELDS if dice.random() < 0.2]
        form: Pairs = [("csrf_token", actor.values["csrf"]), *fields]
        return as_browser(actor, Draft(route, "POST", _filled(route, dice, world, actor), form=form))

    return make


BUILDERS: dict[str, tuple[float, Callable[[Random, World], Draft]]] = {
    **{route: (WEIGHT, _visit(route)) for route in VISITED},
    **{f"POST {route}": (WEIGHT, _post(route)) for route in POSTED},
}
