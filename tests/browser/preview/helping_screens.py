"""The pages of help with an account, with fixed values."""

import datetime as dt
from typing import Any

from tests.browser.preview.record_screens import SERVICES
from tests.browser.preview.screen import Screen

__all__ = ["HELPING_SCREENS"]

MADE = dt.datetime(2026, 10, 3, 9, 30, tzinfo=dt.UTC)
ENDS = dt.datetime(2027, 1, 1, 9, 30, tzinfo=dt.UTC)
POWERS = ["corrections", "services", "view"]
ID = "0197f2c4-0000-4000-8000-000000000001"


def _mandate(person: str | None, state: str, **more: Any) -> dict[str, Any]:
    return {
        "person": person,
        "powers": POWERS,
        "state": state,
        "awaits_me": False,
        "created_at": MADE,
        "expires_at": ENDS,
        "ended_at": None,
        "ended_by_me": False,
        "act_url": None,
        "end_url": "/preview/helping-end",
        "confirm_action": "/preview/post",
        "decline_action": "/preview/post",
        "side": "represented",
        **more,
    }


FULL: dict[str, Any] = {
    "carers": [
        _mandate("Fatmata Madeup", "proposed", awaits_me=True),
        _mandate("Ibrahim Example", "active"),
        _mandate(None, "ended", ended_at=MADE, ended_by_me=True),
    ],
    "people": [_mandate("Aminata Example", "active", act_url="/preview/acting"), _mandate("Musa Sample", "over")],
    "said": "",
}
OFFER: dict[str, Any] = {
    "side": "represented",
    "chosen": {},
    "powers": ["view", "services", "corrections"],
    "lengths": (30, 90, 365),
    "errors": [],
    "action": "/preview/post",
    "stay_url": "/preview/helping",
}
AGREE: dict[str, Any] = {
    "person": "Aminata Example",
    "side": "carer",
    "powers": POWERS,
    "days": 90,
    "code": "7KQ2-M4XP-9BTC",
    "action": "/preview/post",
    "stay_url": "/preview/helping",
    "errors": [],
}
ENTER = {"typed": "", "errors": [], "action": "/preview/post", "stay_url": "/preview/helping"}
ACTING: dict[str, Any] = {
    "person": "Aminata Example",
    "mandate_id": ID,
    "powers": POWERS,
    "expires_at": ENDS,
    "end_url": "/preview/helping-end",
    "said": "proposed",
}
RECORDED = [
    {"claim": "name", "value": "Aminata Example"},
    {"claim": "birthdate", "value": dt.date(1961, 2, 3)},
    {"claim": "address", "value": ["12 Made-up Street", "Freetown"]},
]
STOPPABLE = [{**service, "stop_action": "/preview/post"} for service in SERVICES]

HELPING_SCREENS: dict[str, Screen] = {
    "helping": Screen("account/helping.html", FULL),
    "helping-empty": Screen("account/helping.html", {"carers": [], "people": [], "said": "end"}),
    "helping-offer": Screen("account/helping_offer.html", OFFER),
    "helping-offer-empty": Screen(
        "account/helping_offer.html", {**OFFER, "side": "carer", "errors": [("powers-view", "mandate.powers")]}, 400
    ),
    "helping-code": Screen(
        "account/helping_code.html",
        {
            "code": "7KQ2-M4XP-9BTC",
            "until": ENDS,
            "side": "represented",
            "powers": POWERS,
            "days": 30,
            "helping_url": "/preview/helping",
        },
    ),
    "helping-enter": Screen("account/helping_enter.html", ENTER),
    "helping-enter-wrong": Screen(
        "account/helping_enter.html",
        {**ENTER, "typed": "7KQ2-M4XP-9BTC", "errors": [("code", "mandate.invitation")]},
        400,
    ),
    "helping-agree": Screen("account/helping_agree.html", AGREE),
    "helping-agree-carer": Screen("account/helping_agree.html", {**AGREE, "side": "represented"}),
    "helping-end": Screen(
        "account/helping_end.html",
        {
            "mandate": _mandate("Ibrahim Example", "active"),
            "action": "/preview/post",
            "stay_url": "/preview/helping",
        },
    ),
    "acting": Screen("account/acting.html", ACTING),
    "acting-details": Screen(
        "account/acting_details.html", {"person": "Aminata Example", "rows": RECORDED, "up_url": "/preview/acting"}
    ),
    "acting-services": Screen(
        "account/acting_services.html",
        {"person": "Aminata Example", "services": STOPPABLE, "up_url": "/preview/acting"},
    ),
    "acting-correct": Screen(
        "account/correct.html",
        {
            "claim": "birthdate",
            "recorded": None,
            "typed": {},
            "errors": [],
            "helped": "Aminata Example",
            "action": "/preview/post",
            "stay_url": "/preview/acting",
        },
    ),
}
