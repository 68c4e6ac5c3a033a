"""The pages of passkeys with fixed values."""

import datetime as dt
from typing import Any

from tests.browser.preview.screen import Screen

__all__ = ["PASSKEY_SCREENS"]

OFFER = {"action": "/preview/post", "options": "/preview/passkey-step"}
SIGN_IN: dict[str, Any] = {
    "client": {"name": "Tax filing", "logo_url": None, "home_url": "https://tax.example/"},
    "back_url": "https://tax.example/",
    "offer": OFFER,
}
STEP: dict[str, Any] = {
    **SIGN_IN,
    "account": "aminata",
    "ways_url": "/preview/code",
    "restart_action": "/preview/post",
}
ADDED = dt.datetime(2026, 3, 2, 9, 15, tzinfo=dt.UTC)
USED = dt.datetime(2026, 11, 3, 18, 40, tzinfo=dt.UTC)


def _held(name: str, *, synced: bool, used: bool = True) -> dict[str, Any]:
    return {
        "name": name,
        "added_at": ADDED,
        "used_at": USED if used else None,
        "synced": synced,
        "rename_url": "/preview/passkey-name",
        "remove_url": "/preview/passkey-remove",
    }


PASSKEYS = [
    _held("My phone", synced=True),
    _held("Blue key at the Directorate for Agricultural Extension, 2nd floor", synced=False, used=False),
]
LIST: dict[str, Any] = {"passkeys": PASSKEYS, "add_url": "/preview/passkey-add", "methods_url": "/preview/methods"}
REMOVE: dict[str, Any] = {"passkey": PASSKEYS[0], "action": "/preview/post", "list_url": "/preview/passkeys"}

PASSKEY_SCREENS: dict[str, Screen] = {
    "password-passkey": Screen("signin/password.html", SIGN_IN),
    "password-passkey-first": Screen("signin/password.html", {**SIGN_IN, "passkey_first": True}),
    "password-passkey-refused": Screen(
        "signin/password.html", {**SIGN_IN, "errors": [("passkey", "passkey.unknown")]}, 400
    ),
    "passkey-step": Screen("signin/passkey.html", STEP),
    "passkey-step-refused": Screen("signin/passkey.html", {**STEP, "errors": [("passkey", "passkey.refused")]}, 400),
    "passkey-step-impossible": Screen("signin/passkey.html", {**STEP, "offer": None}),
    "throttled-passkey": Screen("signin/throttled.html", {**SIGN_IN, "kind": "passkey", "minutes": 2}, 429),
    "passkeys": Screen("account/passkeys.html", LIST),
    "passkeys-none": Screen("account/passkeys.html", {**LIST, "passkeys": []}),
    "passkeys-added": Screen("account/passkeys.html", {**LIST, "done": "added"}),
    "passkeys-removed": Screen("account/passkeys.html", {**LIST, "done": "removed", "add_url": None}),
    "passkey-add": Screen("account/passkey_add.html", {"offer": OFFER, "list_url": "/preview/passkeys"}),
    "passkey-add-refused": Screen(
        "account/passkey_add.html",
        {"offer": OFFER, "list_url": "/preview/passkeys", "errors": [("passkey", "passkey.challenge")]},
        400,
    ),
    "passkey-name": Screen(
        "account/passkey_name.html",
        {"name": "Android phone", "fresh": True, "action": "/preview/post", "list_url": "/preview/passkeys"},
    ),
    "passkey-name-missing": Screen(
        "account/passkey_name.html",
        {"action": "/preview/post", "list_url": "/preview/passkeys", "errors": [("name", "passkey.name")]},
        400,
    ),
    "passkey-remove": Screen("account/passkey_remove.html", REMOVE),
    "passkey-remove-last": Screen("account/passkey_remove.html", {**REMOVE, "last": True}),
    "passkey-must-stay": Screen("account/passkey_remove.html", {**REMOVE, "last": True, "kept": True}, 409),
}
