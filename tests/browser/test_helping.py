"""Somebody helps another person with their account, each in a browser of their own."""

import itertools
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import PATIENCE_MS
from tests.browser.visits import TWO_MANNERS, Manner, Visitor, operated, visitor
from tests.chromium import Browsers
from tests.live import LiveServer, MovableClock
from tests.protocol.driver import Person
from tests.protocol.provider import Provider

pytestmark = pytest.mark.browser

HELP = "Help with an account"
LOOK, STOP, CORRECT = "See the recorded details", "See the services", "Propose corrections"
GONE = "This page does not exist"
# A part for those who do not see where a link stands is a box of its own: a space comes before it.
NOW, END = "Help now : Kadiatu Oldperson", "End this : Mohamed Carer"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def provider(live_server: LiveServer) -> Iterator[Provider]:
    """The provider and its operator."""
    with operated(live_server) as provider:
        yield provider


@pytest.fixture
def helped(provider: Provider, test_clock: MovableClock, worker: str) -> Person:
    """Somebody who wants help."""
    return provider.enrol(f"{worker}helped{next(_numbers)}", name="Kadiatu Oldperson", birthdate="1941-02-03")


@pytest.fixture
def carer(provider: Provider, test_clock: MovableClock, worker: str) -> Person:
    """Somebody who would help."""
    return provider.enrol(f"{worker}carer{next(_numbers)}", name="Mohamed Carer")


@pytest.mark.parametrize("manner", TWO_MANNERS)
def test_a_carer_is_asked_acts_is_limited_and_is_ended(
    provider: Provider, browsers: Browsers, helped: Person, carer: Person, manner: Manner
) -> None:
    """Code, two times yes, looking and proposing, no more than that; the person reads who did what, and ends it."""
    theirs, carers = visitor(browsers, manner, provider.live), visitor(browsers, manner, provider.live)
    agree(theirs, helped, carers, carer)
    act(carers)

    theirs.opens("/account/history")
    theirs.reads("Somebody who helps you looked at your details", "Somebody who helps you proposed a correction")
    theirs.reads("Help with an account was agreed to by both", "A correction was proposed in your name")
    theirs.never_reads("You proposed a correction")
    theirs.opens("/account/details")
    theirs.reads("Waiting for the registry")
    carers.opens("/account/history")
    carers.never_reads("looked at your details")

    carers.opens("/account/helping")
    carers.hands.follow(NOW)
    carers.at("Helping Kadiatu Oldperson")
    theirs.opens("/account/helping")
    theirs.hands.follow(END)
    theirs.at("End the help of Mohamed Carer?")
    theirs.hands.follow("Keep it")
    theirs.at(HELP)
    theirs.hands.follow(END)
    theirs.at("End the help of Mohamed Carer?")
    theirs.hands.press("End it now")
    theirs.at(HELP)
    theirs.reads("The help has ended", "Ended by you")

    # The page that the carer has open still shows the way in.
    carers.hands.follow("Recorded details")
    carers.at(HELP)
    carers.reads("This has changed in the meantime", "Ended by the other person")
    carers.never_reads("1941")
    expect(carers.page.get_by_role("link", name="Help now")).to_have_count(0)


def agree(theirs: Visitor, helped: Person, carers: Visitor, carer: Person) -> None:
    """The person makes a code, the carer enters it and says yes, the person says yes to that carer."""
    theirs.opens("/account")
    theirs.signs_in(helped)
    theirs.at("Your account")
    theirs.hands.follow(HELP)
    theirs.at(HELP)
    theirs.hands.follow("Ask somebody to help you")
    theirs.at("What may somebody do for you?")
    theirs.hands.press("Make a code to hand over")
    theirs.reads("Choose at least one thing")
    theirs.hands.tick(LOOK)
    theirs.hands.tick(CORRECT)
    theirs.hands.pick("3 months")
    theirs.hands.press("Make a code to hand over")
    theirs.at("Hand this code over")
    theirs.reads(LOOK, CORRECT, "3 months")
    code = theirs.page.locator("p.code").inner_text()

    carers.opens("/account/helping")
    carers.signs_in(carer)
    carers.at(HELP)
    carers.hands.follow("Enter a code")
    carers.at("Enter the code you were given")
    carers.hands.fill("Code", code.replace("-", " ").lower())
    carers.hands.press("Show the offer")
    carers.at("Help Kadiatu Oldperson?")
    carers.reads(LOOK, CORRECT, "Never included")
    carers.never_reads(STOP)
    carers.hands.press("Yes, agree")
    carers.at(HELP)
    carers.reads("Now the other person has to say yes, too", "Waits for the other person")

    theirs.hands.follow("I have the code")
    theirs.at(HELP)
    theirs.reads("Mohamed Carer", "Waits for your yes or no")
    theirs.hands.press("Yes, agree")
    theirs.at(HELP)
    theirs.reads("It is agreed, and holds from now on")


def act(carers: Visitor) -> None:
    """The carer looks and proposes; what was not agreed to is neither offered nor there."""
    carers.opens("/account/helping")
    carers.hands.follow(NOW)
    carers.at("Helping Kadiatu Oldperson")
    here = carers.page.url
    expect(carers.page.get_by_role("link", name="Services")).to_have_count(0)
    carers.hands.follow("Recorded details")
    carers.at("Recorded details of Kadiatu Oldperson")
    carers.reads("3 February 1941", "That you looked stands in the history of Kadiatu Oldperson")
    carers.hands.follow("Kadiatu Oldperson")
    carers.at("Helping Kadiatu Oldperson")
    carers.hands.follow("Date of birth")
    carers.reads("Kadiatu Oldperson")
    carers.hands.fill("The right date", "1941-03-02")
    carers.hands.fill("How do you know?", "So says her birth certificate.")
    carers.hands.press("Send this correction")
    carers.at("Helping Kadiatu Oldperson")
    carers.reads("The correction was sent")

    for path in (f"{here}/services", f"{here}/correct/email", f"{here}/close"):
        carers.opens(path)
        carers.at(GONE)
        carers.never_reads("Kadiatu")
    carers.hands.follow("Go to the start page")
    expect(carers.page).not_to_have_url(re.compile("helping"), timeout=PATIENCE_MS)
