import re

import pytest
from sqlalchemy import select

from idp.audit.models import AuditRow
from idp.web.extensions import db
from tests.factories.mail import letters
from tests.factories.visitors import Visitor
from tests.integration.web.conftest import Person, Site, authorize_address

pytestmark = pytest.mark.integration

HELPING = "/account/helping"
ALL = ["view", "services", "corrections"]


def at(site: Site, person: Person, path: str = HELPING) -> Visitor:
    """A browser of a person who signed in a moment ago."""
    visitor = site.visitor()
    visitor.get(path)
    site.sign_in(visitor, person)
    assert visitor.path == path, visitor.title
    return visitor


def offered(visitor: Visitor, side: str = "represented", powers: list[str] | None = None) -> str:
    """Make an offer; its code."""
    visitor.get(f"{HELPING}/offer/{side}")
    visitor.submit(f"/offer/{side}", powers=ALL if powers is None else powers, days="30")
    found = re.search(r">([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})<", visitor.page.text)
    assert found, visitor.page.text
    return found[1]


def accept(visitor: Visitor, code: str) -> None:
    """Enter a code and say yes."""
    visitor.get(f"{HELPING}/code")
    visitor.submit("/code", code=code)
    visitor.submit("/agree", decision="agree")


def agreed(site: Site, powers: list[str] | None = None) -> tuple[Visitor, Visitor, Person]:
    """The represented person's and the carer's browsers, and the represented person."""
    represented = site.person(birthdate="1961-02-03", email="old@mail.example", email_verified=True)
    theirs, carers = at(site, represented), at(site, site.person())
    accept(carers, offered(theirs, powers=powers))
    theirs.get(HELPING)
    theirs.submit("/confirm")
    assert "It is agreed" in theirs.page.text
    carers.get(HELPING)
    return theirs, carers, represented


def acting_address(carers: Visitor) -> str:
    """Where the carer helps."""
    found = [link for link in carers.links() if re.fullmatch(rf"{HELPING}/[0-9a-f-]{{36}}", link)]
    assert found, carers.links()
    return found[0]


def test_a_carer_acts_is_limited_and_is_ended(site: Site) -> None:
    """The whole way: offer, code, both say yes, the carer looks and proposes, the person sees it and ends it."""
    theirs, carers, _ = agreed(site, ["view", "corrections"])
    here = acting_address(carers)
    carers.get(f"{here}/details")
    assert "3 February 1961" in carers.page.text
    carers.get(f"{here}/correct/birthdate")
    carers.submit("/correct/birthdate", value="1961-03-02", reason="Her birth certificate")
    assert "The correction was sent" in carers.page.text
    assert carers.get(f"{here}/services").status_code == 404
    theirs.get("/account/history")
    assert "Somebody who helps you looked at your details" in theirs.page.text
    assert theirs.page.text.count("<b>Somebody who helps you proposed a correction</b>") == 1
    assert "<b>A correction was proposed in your name</b>" in theirs.page.text
    assert "<b>You proposed a correction</b>" not in theirs.page.text
    theirs.get(HELPING)
    (ending,) = [link for link in theirs.links() if link.endswith("/end")]
    theirs.get(ending)
    theirs.submit("/end")
    assert "The help has ended" in theirs.page.text
    carers.get(f"{here}/details")
    assert carers.path == HELPING
    assert "3 February 1961" not in carers.page.text


def test_the_carer_stops_a_service(site: Site) -> None:
    """With that power a carer takes back a consent, and the service is refused from then on."""
    represented = site.person()
    client_id = site.service()
    theirs = site.visitor()
    theirs.get(authorize_address(client_id))
    site.sign_in(theirs, represented)
    theirs.submit(decision="allow")
    carers = at(site, site.person())
    accept(carers, offered(theirs))
    theirs.get(HELPING)
    theirs.submit("/confirm")
    carers.get(HELPING)
    carers.get(f"{acting_address(carers)}/services")
    assert "Market Stall Permits" in carers.page.text
    carers.submit("/stop")
    assert "may no longer see" in carers.page.text
    theirs.get("/account/services")
    assert "Market Stall Permits" not in theirs.page.text.partition("<main")[2]
    theirs.get("/account/history")
    assert "<b>Sharing with Market Stall Permits was stopped in your name</b>" in theirs.page.text
    assert "You stopped sharing" not in theirs.page.text


def test_a_form_that_is_only_opened_is_no_correction(site: Site) -> None:
    """The history says that what is recorded was looked at, where the form showed it, and otherwise nothing."""
    for powers, looked in ((["corrections"], 0), (["view", "corrections"], 1)):
        theirs, carers, _ = agreed(site, powers)
        carers.get(f"{acting_address(carers)}/correct/birthdate")
        assert ("3 February 1961" in carers.page.text) is bool(looked)
        theirs.get("/account/history")
        assert "proposed a correction" not in theirs.page.text
        assert theirs.page.text.count("<b>Somebody who helps you looked at your details</b>") == looked


def test_nobody_else_gets_anywhere(site: Site) -> None:
    """AC-090: for a third person, and for the represented one, the carer's addresses are not there."""
    theirs, carers, _ = agreed(site)
    here = acting_address(carers)
    others = at(site, site.person())
    for visitor in (theirs, others):
        for page in ("", "/details", "/services", "/correct/name"):
            assert visitor.get(here + page).status_code == 404, page
    for answer in ("confirm", "decline", "end"):
        others.get(HELPING + "/code")
        token = others.form("/code").partition('name="csrf_token" value="')[2].partition('"')[0]
        assert others.post(f"{here}/{answer}", csrf_token=token).status_code == 404
    carers.get(HELPING)
    assert acting_address(carers) == here


def test_an_acceptance_alone_opens_nothing(site: Site) -> None:
    """Whoever came by the code sees nothing of the person before they said yes to that very helper."""
    represented = site.person(birthdate="1961-02-03")
    theirs, strangers = at(site, represented), at(site, site.person(name="Somebody Else"))
    accept(strangers, offered(theirs))
    strangers.get(HELPING)
    assert "Waits for the other person" in strangers.page.text
    assert not [link for link in strangers.links() if re.fullmatch(rf"{HELPING}/[0-9a-f-]{{36}}", link)]
    theirs.get(HELPING)
    assert "Somebody Else" in theirs.page.text
    theirs.submit("/decline")
    strangers.get(HELPING)
    assert "Declined" in strangers.page.text


def test_codes_are_explained(site: Site) -> None:
    """A wrong, an empty and one's own code get words of their own, and the typed one is kept."""
    visitor = at(site, site.person())
    own = offered(visitor)
    for typed, words in (("", "Enter the code"), ("7KQ2-M4XP-9BTC", "no offer with this code"), (own, "your own code")):
        visitor.get(f"{HELPING}/code")
        assert visitor.submit("/code", code=typed).status_code == 400
        assert words in visitor.page.text
        assert visitor.title.startswith("Error:")
        assert not typed or f'value="{typed}"' in visitor.page.text


def test_an_empty_offer_is_explained(site: Site) -> None:
    """Nothing ticked, or a length that is not offered, makes no code."""
    visitor = at(site, site.person())
    for form in ({"days": "30"}, {"powers": ["view"], "days": "36500"}, {"powers": ["everything"], "days": "30"}):
        visitor.get(f"{HELPING}/offer/represented")
        assert visitor.submit("/offer/represented", **form).status_code == 400
        assert "Choose at least one thing" in visitor.page.text


def test_an_old_session_proves_itself_first(site: Site) -> None:
    """An offer, a yes and every look ask for a sign-in of the last ten minutes; ending does not."""
    theirs, carers, _ = agreed(site)
    here = acting_address(carers)
    site.clock.advance(11 * 60)
    for visitor, address in ((theirs, f"{HELPING}/offer/represented"), (carers, f"{here}/details")):
        visitor.get(address)
        assert visitor.path.startswith("/signin/")
    theirs.get(HELPING)
    (ending,) = [link for link in theirs.links() if link.endswith("/end")]
    theirs.get(ending)
    theirs.submit("/end")
    assert "The help has ended" in theirs.page.text


def test_both_are_told(site: Site) -> None:
    """Whoever invited is told of the acceptance, and the other one of the end."""
    _, carers, represented = agreed(site)
    carers.get(HELPING)
    (ending,) = [link for link in carers.links() if link.endswith("/end")]
    carers.get(ending)
    carers.submit("/end")
    with site.app.app_context():
        told = [letter["notice"] for letter in letters(site.services, db.session(), represented.id)]
        rows = db.session.scalars(select(AuditRow.event).where(AuditRow.subscriber_id == represented.id)).all()
    assert {"mandate_proposed", "mandate_ended"} <= set(told)
    assert {"mandate.proposed", "mandate.confirmed", "mandate.ended"} <= set(rows)


def test_history_names_who_helped(site: Site) -> None:
    """Not "somebody": the carer, by name."""
    theirs, carers, _ = agreed(site)
    carers.get(f"{acting_address(carers)}/details")
    text = theirs.get("/account/history").text
    looked = text.partition("<b>Somebody who helps you looked at your details")[2].partition("</li>")[0]
    assert re.search(r"<dd>Testa \d+, who helps you</dd>", looked), looked


def test_contacts_are_not_shown_to_a_carer(site: Site) -> None:
    """What the offer promises: neither e-mail address nor number stands among the recorded details."""
    _, carers, _ = agreed(site)
    address = acting_address(carers)
    page = carers.get(f"{address}/details").text
    assert "3 February 1961" in page
    assert "old@mail.example" not in page
