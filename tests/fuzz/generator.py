"""Request number n of a seed: a good request to some route, and then some things wrong with it."""

from __future__ import annotations

import itertools
from bisect import bisect
from collections.abc import Callable
from random import Random

from tests.fuzz import framing, headers, machine, pages, record
from tests.fuzz.shots import Draft, Pairs, Shot, Value, shot_of
from tests.fuzz.text import damaged, hostile
from tests.fuzz.world import World

__all__ = ["ROUTES", "Generator"]

RAW = 0.05
HOW_MANY = (0, 0, 1, 1, 1, 1, 2, 2, 3, 5)
METHODS = (
    "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "PRI", "get", "pOST",
    "G", "A" * 200, "GET\u00e9", "X-Y", "POST,GET",
)  # fmt: skip
NAMES = (
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "code", "token",
    "access_token", "refresh_token", "scope", "state", "nonce", "claims", "request", "request_uri", "resource",
    "audience", "redirect_uri", "response_type", "response_mode", "prompt", "max_age", "id_token_hint", "login_hint",
    "csrf_token", "decision", "identifier", "password", "field", "lang", "_method", "__proto__", "", "x",
    "code_verifier", "code_challenge", "dpop_jkt", "authorization_details", "post_logout_redirect_uri",
)  # fmt: skip
BUILDERS: dict[str, tuple[float, Callable[[Random, World], Draft]]] = {
    **machine.BUILDERS,
    **pages.BUILDERS,
    **record.BUILDERS,
}
# The addresses that requests are made for; those of tampered paths excepted.
ROUTES = frozenset(key.removeprefix("POST ") for key in BUILDERS) - {"*"}
_MAKERS = [make for _, make in BUILDERS.values()]
_SUMS = list(itertools.accumulate(weight for weight, _ in BUILDERS.values()))


class Generator:
    """Makes requests. What it makes depends on the seed, the number and the values in the world's slots alone."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed

    def shot(self, number: int) -> Shot:
        """Request `number`."""
        dice = Random(self._seed << 40 | number)  # noqa: S311 - the same seed has to give the same request again
        if dice.random() < RAW:
            return framing.raw_shot(dice, self._world, number)
        make = _MAKERS[bisect(_SUMS, dice.random() * _SUMS[-1])]
        draft = make(dice, self._world)
        for _ in range(dice.choice(HOW_MANY)):
            self._mutate(dice, draft)
        address = dice.randrange(250)
        if not draft.has("X-Forwarded-For"):
            draft.headers.append(("X-Forwarded-For", f"198.51.100.{address}"))
        return shot_of(draft, number)

    def _mutate(self, dice: Random, draft: Draft) -> None:
        roll = dice.random()
        pairs = _fields(draft)
        if draft.forged:
            # The one thing wrong must stay the only token in it, or a right answer could be taken for a wrong one.
            draft.notes.append(headers.another_header(dice, draft, self._world))
        elif pairs and roll < 0.6:
            draft.notes.append(_mutate_field(dice, draft, pairs, self._world))
        elif roll < 0.74:
            draft.notes.append(headers.another_header(dice, draft, self._world))
        elif roll < 0.8:
            draft.notes.append(headers.another_authorization(dice, draft, self._world))
        elif roll < 0.9:
            draft.notes.append(headers.another_cookie(dice, draft, self._world))
        elif roll < 0.94:
            draft.notes.append(headers.another_body_type(dice, draft, self._world))
        elif roll < 0.97:
            draft.method = dice.choice(METHODS)
            draft.notes.append("method")
        else:
            _tamper(dice, draft)


def _fields(draft: Draft) -> Pairs | None:
    """The fields that are sent, those of the body before those of the query."""
    return draft.form or draft.query or None


def _mutate_field(dice: Random, draft: Draft, pairs: Pairs, world: World) -> str:
    place = dice.randrange(len(pairs))
    name, value = pairs[place]
    roll = dice.random()
    if roll < 0.3:
        pairs[place] = (name, damaged(dice, _text(value)))
        return f"damaged {_text(name)}"
    if roll < 0.52:
        pairs[place] = (name, hostile(dice))
        return f"hostile {_text(name)}"
    if roll < 0.6:
        del pairs[place]
        return f"without {_text(name)}"
    if roll < 0.67:
        pairs.insert(dice.randint(0, len(pairs)), (name, dice.choice((value, value, "", hostile(dice)))))
        return f"twice {_text(name)}"
    if roll < 0.73:
        made = dice.choice(
            (damaged(dice, _text(name)), f"{_text(name)}[]", f"{_text(name)}[0]", f" {_text(name)}", hostile(dice))
        )
        pairs[place] = (made, value)
        return f"renamed {_text(name)}"
    if roll < 0.78:
        other = dice.randrange(len(pairs))
        pairs[place], pairs[other] = (name, pairs[other][1]), (pairs[other][0], value)
        return "swapped"
    if roll < 0.84:
        pairs[place] = (name, _foreign(dice, world))
        return f"foreign {_text(name)}"
    return _around_fields(dice, draft, pairs, place)


def _around_fields(dice: Random, draft: Draft, pairs: Pairs, place: int) -> str:
    roll = dice.randrange(5)
    if roll < 2:
        pairs.append((dice.choice(NAMES), hostile(dice)))
        return "one more field"
    if roll == 2:
        moved = pairs.pop(place)
        if pairs is draft.query:
            draft.form = [*(draft.form or []), moved]
        else:
            draft.query = [*draft.query, moved]
        return "field moved"
    if roll == 3:
        pairs += [(f"extra{number}", "x") for number in range(dice.choice((60, 64, 101, 400)))]
        return "many fields"
    draft.over_encoded = True
    return "over-encoded"


def _foreign(dice: Random, world: World) -> Value:
    """A good value from another place."""
    values = dice.choice(world.actors).values
    party = dice.choice(list(world.parties.values()))
    return dice.choice(
        (*values.values(), party.client_id, party.redirect_uri, world.foreign, "bystander", world.foreign_subject)
    )


def _tamper(dice: Random, draft: Draft) -> None:
    """Another spelling of the path: another address, or the same one in disguise."""
    path = _text(draft.path)
    place = dice.randrange(len(path) + 1)
    draft.path = dice.choice(
        (
            path + "/", path + "/.", "/." + path, "/x/.." + path, "/" + path, path.replace("/", "//"), path.upper(),
            path + ";x", path + "%2f", path + "%00", path + "%20", path + "?", path + "#x", path + "%",
            path.replace("o", "%6f"), path.replace("/", "%2F"), path.replace("/", "\\"), f"http://evil.example{path}",
            f"//evil.example{path}", path[:place] + "%ff" + path[place:], path[:place] + "\u00e9" + path[place:],
            path[:place] + "%ed%a0%80" + path[place:], path + "/" + "a" * dice.choice((300, 5000)), path + "/.." * 50,
            "@evil.example" + path,
        )
    )  # fmt: skip
    draft.route = "*"
    draft.notes.append("path")


def _text(value: Value) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
