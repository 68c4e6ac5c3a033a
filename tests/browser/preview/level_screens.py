"""The pages of choosing, stepping up and being told what is missing, in their states."""

from typing import Any

from tests.browser.preview.screen import Screen

__all__ = ["LEVEL_SCREENS"]

CLIENT: dict[str, Any] = {
    "name": "Land registry",
    "logo_url": None,
    "home_url": "https://land.example/",
    "policy_url": None,
    "terms_url": None,
}
ASKED = {"client": CLIENT, "back_url": "https://land.example/"}
CHOICE = {
    **ASKED,
    "action": "/preview/post",
    "restart_action": "/preview/post",
    "methods": ["passkey", "totp", "sms", "recovery-code", "email"],
    "chosen": "passkey",
    "codes_left": 9,
    "recover_url": "/preview/post",
}
UNMET = {**ASKED, "action": "/preview/post", "level": 2, "again_url": None}

LEVEL_SCREENS: dict[str, Screen] = {
    "choose": Screen("signin/choose.html", CHOICE),
    "choose-step-up": Screen("signin/choose.html", {**CHOICE, "skip_action": "/preview/post"}),
    "choose-paper": Screen(
        "signin/choose.html",
        {**CHOICE, "methods": ["recovery-code"], "chosen": None, "codes_left": 9, "paper_best": True},
    ),
    "choose-body": Screen("signin/choose.html", {**CHOICE, "methods": ["totp", "face", "finger"], "chosen": "totp"}),
    "choose-body-left": Screen(
        "signin/choose.html",
        {**CHOICE, "methods": ["face"], "chosen": "face", "body_left": True, "skip_action": "/preview/post"},
    ),
    "choose-wrong": Screen("signin/choose.html", {**CHOICE, "errors": [("method-passkey", "choice_missing")]}, 400),
    "choose-none": Screen("signin/choose.html", {**CHOICE, "methods": [], "chosen": None}),
    "unmet-proofing": Screen("signin/unmet.html", {**UNMET, "missing": "proofing"}, 403),
    "unmet-factors": Screen("signin/unmet.html", {**UNMET, "missing": "factors", "again_url": "/preview/choose"}, 403),
    "unmet-account": Screen(
        "signin/unmet.html",
        {"missing": "factors", "again_url": "/preview/choose", "action": None, "level": 3, "client": None},
        403,
    ),
    "passkey-needed": Screen("signin/passkey_needed.html", {**ASKED, "reference": "4f8a-91c2"}, 403),
    "activation": Screen("signin/activation.html", {"good": True, "action": "/preview/post"}),
    "activation-over": Screen("signin/activation.html", {"good": False}, 404),
}
