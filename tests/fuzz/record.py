"""Requests to the pages of an account, of recovery and of registration: every address, with parts that nearly fit.

What is sent makes no lasting change to an actor: no right password, no decision to close, no contact that exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from tests.fuzz.pages import NOBODY, as_browser, at_transaction, visited
from tests.fuzz.shots import Draft, Pairs
from tests.fuzz.world import Actor, World

__all__ = ["BUILDERS"]

WEIGHT = 0.25
SECRETS = ("wv_" + "A" * 43, "we_" + "B" * 43, "wl_" + "C" * 43, NOBODY, "x", "%00")
IDS = ("00000000-0000-4000-8000-000000000000", "019a0000-0000-7000-8000-000000000001")
_CHOICE = re.compile(r"<any\(([^)]*)\):\w+>")
_PART = re.compile(r"<(?:(\w+):)?(\w+)>")
_WORDS = {
    "aid": ("A" * 14, "x"),
    "position": ("right-thumb", "x"),
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
]
VISITED = (
    "/account/devices/<uuid:device_id>/forget",
    "/account/biometrics",
    "/account/biometrics/<any(face,finger):modality>/unlock",
    "/account/close",
    "/account/close/begun",
    "/account/concerns",
    "/account/data",
    "/account/data/<uuid:export_id>/<form>",
    "/account/data/ask",
    "/account/details",
    "/account/details/contact-change/<uuid:change_id>",
    "/account/details/contact-change/<uuid:change_id>/again",
    "/account/details/contact/<kind>",
    "/account/details/contact/<kind>/remove",
    "/account/details/correct/<claim>",
    "/account/devices",
    "/account/helping",
    "/account/helping/<uuid:mandate_id>",
    "/account/helping/<uuid:mandate_id>/correct/<any(name,birthdate,gender,address):claim>",
    "/account/helping/<uuid:mandate_id>/details",
    "/account/helping/<uuid:mandate_id>/end",
    "/account/helping/<uuid:mandate_id>/services",
    "/account/helping/code",
    "/account/helping/offer/<side>",
    "/account/history",
    "/account/history/<uuid:event_id>/concern",
    "/account/methods",
    "/account/methods/recovery-codes",
    "/account/methods/recovery-codes/remove",
    "/account/methods/totp",
    "/account/methods/totp/<uuid:generator_id>/remove",
    "/account/methods/totp/new/<attempt_id>",
    "/account/passkeys",
    "/account/passkeys/<uuid:passkey_id>/name",
    "/account/passkeys/<uuid:passkey_id>/remove",
    "/account/passkeys/add",
    "/account/password",
    "/account/reading",
    "/account/services",
    "/introduce",
    "/notice/<secret>",
    "/recover",
    "/recover/<secret>",
    "/recover/<secret>/<any(email,sms):way>",
    "/recover/<secret>/<any(email,sms):way>/send",
    "/recover/<secret>/choose",
    "/recover/<secret>/paper",
    "/recover/<secret>/visit",
    "/recover/<secret>/visit/<uuid:case_id>",
    "/recover/case/<uuid:case_id>",
    "/recover/case/<uuid:case_id>/<any(email,sms):way>/send",
    "/recover/case/<uuid:case_id>/<any(email,sms,paper,app):way>",
    "/recover/case/<uuid:case_id>/choose",
    "/recover/case/<uuid:case_id>/password",
    "/recover/case/<uuid:case_id>/stop",
    "/recover/case/<uuid:case_id>/visit/<uuid:visit_id>",
    "/recover/centre",
    "/recover/name",
    "/recover/name/sent",
    "/recover/password",
    "/recover/stop",
    "/register",
    "/register/<secret>",
    "/register/<secret>/<any(send,code,name,account):form>",
    "/signin/<transaction_id>/<any(face,finger):way>",
    "/signin/<transaction_id>/choose",
    "/signin/<transaction_id>/email",
    "/signin/<transaction_id>/email/send",
    "/signin/<transaction_id>/giveup",
    "/signin/<transaction_id>/passkey",
    "/signin/<transaction_id>/passkey/options",
    "/signin/<transaction_id>/recovery-code",
    "/signin/<transaction_id>/skip",
    "/signin/<transaction_id>/sms",
    "/signin/<transaction_id>/sms/send",
    "/signin/<transaction_id>/unmet",
    "/signin/<transaction_id>/ways",
    "/signin/activate/<secret>",
    "/staff",
    "/staff/again",
    "/staff/cases/<aid>",
    "/staff/cases/<aid>/preview",
    "/staff/cases/<aid>/receipt",
    "/staff/cases/<aid>/sign",
    "/staff/find",
    "/staff/review",
    "/staff/review/<aid>",
)
POSTED = (
    "/text-size",
    "/account/biometrics/<any(face,finger):modality>/lock",
    "/account/biometrics/<any(face,finger):modality>/unlock",
    "/account/close",
    "/account/data/<uuid:export_id>/<form>",
    "/account/data/ask",
    "/account/details/contact-change/<uuid:change_id>",
    "/account/details/contact-change/<uuid:change_id>/again",
    "/account/details/contact/<kind>",
    "/account/details/contact/<kind>/remove",
    "/account/details/correct/<claim>",
    "/account/details/corrections/<uuid:correction_id>/withdraw",
    "/account/devices/<uuid:device_id>/forget",
    "/account/devices/sessions/<uuid:session_id>/end",
    "/account/devices/sessions/end-all",
    "/account/devices/sessions/end-others",
    "/account/helping/<uuid:mandate_id>/<any(confirm,decline,end):answer>",
    "/account/helping/<uuid:mandate_id>/correct/<any(name,birthdate,gender,address):claim>",
    "/account/helping/<uuid:mandate_id>/services/<uuid:consent_id>/stop",
    "/account/helping/agree",
    "/account/helping/code",
    "/account/helping/offer/<side>",
    "/account/history/<uuid:event_id>/concern",
    "/account/methods/recovery-codes",
    "/account/methods/recovery-codes/remove",
    "/account/methods/totp",
    "/account/methods/totp/<uuid:generator_id>/remove",
    "/account/methods/totp/new/<attempt_id>",
    "/account/passkeys/<uuid:passkey_id>/name",
    "/account/passkeys/<uuid:passkey_id>/remove",
    "/account/passkeys/add",
    "/account/passkeys/options",
    "/account/password",
    "/account/reading",
    "/introduce",
    "/notice/<secret>",
    "/recover/<secret>/<any(email,sms):way>",
    "/recover/<secret>/<any(email,sms):way>/send",
    "/recover/<secret>/choose",
    "/recover/<secret>/paper",
    "/recover/<secret>/visit",
    "/recover/case/<uuid:case_id>/<any(email,sms):way>/send",
    "/recover/case/<uuid:case_id>/<any(email,sms,paper,app):way>",
    "/recover/case/<uuid:case_id>/choose",
    "/recover/case/<uuid:case_id>/password",
    "/recover/case/<uuid:case_id>/stop",
    "/recover/name",
    "/recover/password",
    "/recover/stop",
    "/register",
    "/register/<secret>/account",
    "/register/<secret>/code",
    "/register/<secret>/name",
    "/register/<secret>/send",
    "/signin/<transaction_id>/<any(face,finger):way>",
    "/signin/<transaction_id>/choose",
    "/signin/<transaction_id>/email",
    "/signin/<transaction_id>/email/send",
    "/signin/<transaction_id>/giveup",
    "/signin/<transaction_id>/passkey",
    "/signin/<transaction_id>/passkey/options",
    "/signin/<transaction_id>/recovery-code",
    "/signin/<transaction_id>/skip",
    "/signin/<transaction_id>/sms",
    "/signin/<transaction_id>/sms/send",
    "/signin/activate/<secret>",
    "/staff/cases",
    "/staff/cases/<aid>/begin",
    "/staff/cases/<aid>/cancel",
    "/staff/cases/<aid>/consent",
    "/staff/cases/<aid>/consent/withdraw",
    "/staff/cases/<aid>/exceptions",
    "/staff/cases/<aid>/exceptions/<position>/grant",
    "/staff/cases/<aid>/exceptions/<position>/remove",
    "/staff/cases/<aid>/flag",
    "/staff/cases/<aid>/photograph",
    "/staff/cases/<aid>/preview",
    "/staff/cases/<aid>/save/<any(person,documents,biometrics):section>",
    "/staff/cases/<aid>/sign",
    "/staff/review/<aid>/decide",
    "/staff/review/<aid>/take",
)


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
