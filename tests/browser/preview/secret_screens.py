"""The pages of passwords and of face and finger in their states."""

from datetime import UTC, datetime
from typing import Any

from tests.browser.preview.screen import Screen

__all__ = ["SECRET_SCREENS"]

UNTIL = datetime(2026, 11, 26, 18, 5, tzinfo=UTC)
LOCKED: dict[str, Any] = {"until": UNTIL, "home_url": "/preview/home", "recover_url": "/preview/start"}
SET: dict[str, Any] = {
    "action": "/preview/post",
    "methods_url": "/preview/methods",
    "username": "aminata",
    "changes": True,
    "shortest": 15,
    "others": True,
    "keeps_others": False,
    "advised": None,
}
STEP: dict[str, Any] = {
    "client": {"name": "Tax filing", "logo_url": None, "home_url": "https://tax.example/"},
    "back_url": "https://tax.example/",
    "action": "/preview/post",
    "challenge": "00",
    "ways_url": "/preview/choose",
    "restart_action": "/preview/post",
    "account": "aminata",
    "way": "face",
}
FACE = {
    "modality": "face",
    "locked": False,
    "lock_action": "/preview/post",
    "unlock_url": "/preview/biometrics-unlock",
}
FINGER = {**FACE, "modality": "finger", "locked": True}
BODY: dict[str, Any] = {"methods_url": "/preview/methods", "held": [FACE, FINGER]}

SECRET_SCREENS: dict[str, Screen] = {
    "account-password": Screen("account/password.html", SET),
    "account-password-first": Screen(
        "account/password.html", {**SET, "changes": False, "shortest": 8, "others": False}
    ),
    "account-password-weak": Screen(
        "account/password.html",
        {**SET, "advised": "known", "keeps_others": True, "errors": [("password", "password_common")]},
        400,
    ),
    "account-password-locked": Screen("account/password.html", {**SET, "held_until": UNTIL}),
    "account-password-locked-wrong": Screen(
        "account/password.html", {**SET, "held_until": UNTIL, "errors": [("present", "password_present")]}, 400
    ),
    "locked": Screen("account/locked.html", {**LOCKED, "password_url": None}, 403),
    "locked-password": Screen("account/locked.html", {**LOCKED, "password_url": "/preview/account-password"}, 403),
    "longer-password": Screen(
        "account/longer_password.html",
        {"shortest": 15, "password_url": "/preview/account-password", "methods_url": "/preview/methods"},
        409,
    ),
    "face": Screen("signin/biometric.html", STEP),
    "face-again": Screen("signin/biometric.html", {**STEP, "errors": [("sample", "capture_too-dark")]}, 400),
    "finger": Screen("signin/biometric.html", {**STEP, "way": "finger"}),
    "biometrics": Screen("account/biometrics.html", BODY),
    "biometrics-none": Screen("account/biometrics.html", {**BODY, "held": []}),
    "biometrics-locked": Screen("account/biometrics.html", {**BODY, "done": "locked"}),
    "biometrics-unlock": Screen(
        "account/biometrics_unlock.html",
        {"modality": "face", "action": "/preview/post", "biometrics_url": "/preview/biometrics"},
    ),
}
