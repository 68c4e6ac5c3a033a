"""Pages of cards: a person's own, an officer's print, and the check that anybody makes."""

import json
import re
from html import unescape

import pytest
from sqlalchemy import update

from enrollment.card import Asked, Card
from enrollment.card.envelope import Envelope, unwrapped
from enrollment.cases import grouped
from enrollment.centres import Role
from enrollment.register.models import PersonRow
from enrollment.web.card_rooms import cards
from idp.web.extensions import db
from tests.factories.cards import Forger
from tests.factories.claims import Claimant, bound
from tests.factories.floor import Floor, Member

pytestmark = pytest.mark.integration

GOOD = "This card is good"


@pytest.fixture
def one(floor: Floor) -> Claimant:
    """Somebody with a number and an account."""
    return bound(floor)


def owner(floor: Floor, one: Claimant, aal: int = 2) -> Member:
    """Their browser, signed in a moment ago."""
    member = Member(floor, one.subscriber_id)
    floor.sign_in(member, ("pwd", "otp"), aal)
    return member


def made(floor: Floor, one: Claimant, *, new: bool = False) -> Card:
    """Their card, made behind the pages."""
    with floor.site.app.test_request_context():
        card = cards().issue(one.person_id, Asked(one.subscriber_id, new=new))
        db.session.commit()
    assert isinstance(card, Card), card
    return card


def verdict(floor: Floor, text: str) -> str:
    """What the page says to somebody without a script who checks this."""
    visitor = floor.site.visitor()
    visitor.get("/verify")
    visitor.submit("/verify", card=text)
    found = re.search(r'id="verdict-title"[^>]*>([^<]*)<', visitor.page.text)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize("path", ["/", "/help"])
def test_everybody_finds_the_check(floor: Floor, path: str) -> None:
    """From the first page and from the help, without an account."""
    visitor = floor.site.visitor()
    assert 'href="/verify"' in visitor.get(path).text
    assert visitor.get("/verify").status_code == 200


def test_a_person_makes_prints_and_ends_their_card(floor: Floor, one: Claimant) -> None:
    """Made by one button, printed on three papers, ended by one button; each stands in their history."""
    person = owner(floor, one)
    person.get("/account/card")
    person.submit("/account/card")
    assert "Your card is ready" in person.page.text
    for paper in ("a4", "card", "roll", "nonsense"):
        person.get(f"/account/card/print?paper={paper}")
        assert person.page.status_code == 200
        assert "Testa Binta Sampleton" in person.page.text
        assert one.nin not in person.page.text.replace(" ", "")
    person.get("/account/card/lost")
    person.submit("/account/card/end")
    assert "Your card is worthless now" in person.page.text
    assert person.client.get("/account/card/print").status_code == 303
    person.get("/account/history")
    assert "A card was made for you" in person.page.text
    assert "Your card was taken back" in person.page.text


def test_a_lost_card_is_replaced(floor: Floor, one: Claimant) -> None:
    """The new one is good, the old one is not, to anybody who checks."""
    old = made(floor, one)
    assert verdict(floor, old.text) == GOOD
    person = owner(floor, one)
    person.get("/account/card/lost")
    person.submit("/account/card")
    assert "Your card is ready" in person.page.text
    assert verdict(floor, old.text) == "This card was taken back"


def test_somebody_with_a_password_alone_makes_no_card(floor: Floor, one: Claimant) -> None:
    """Making and printing ask for what the person has proven; an old session is asked again."""
    assert floor.site.visitor().client.get("/account/card").status_code == 303
    person = owner(floor, one)
    made(floor, one)
    floor.site.clock.advance(11 * 60)
    assert person.client.get("/account/card/print").status_code == 303
    assert person.client.get("/account/card").status_code == 200


def test_who_is_not_in_the_register_has_no_card(floor: Floor) -> None:
    """The page says why, and nothing is made."""
    person = floor.member(posted=False)
    person.get("/account/card")
    assert "belongs to nobody in the register" in person.page.text
    assert "/account/card/print" not in person.page.text


def test_an_officer_prints_the_card_of_who_stands_there(floor: Floor, one: Claimant) -> None:
    """At any centre, compared, and the citizen sees who printed it; without the tick nothing is made."""
    officer = floor.member(Role.OFFICER, centre=floor.elsewhere)
    before = floor.audited("card.issued")
    officer.get(f"/staff/cards?number={grouped(one.aid)}")
    officer.submit("/card")
    assert officer.page.status_code == 400
    assert floor.audited("card.issued") == before
    officer.get(f"/staff/cases/{one.aid}/card")
    officer.submit("/card", compared="yes", paper="card")
    assert officer.title.startswith("Card to print"), officer.title
    assert one.nin not in officer.page.text.replace(" ", "")
    assert [body["aid"] for body in floor.audited("card.shown") if body["aid"] == one.aid] == [one.aid] * 4
    person = owner(floor, one)
    person.get("/account/history")
    assert "An officer opened your card to print it" in person.page.text


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.ADJUDICATOR, Role.REGISTRAR])
def test_only_officers_print_cards(floor: Floor, one: Claimant, role: Role) -> None:
    """403 for every other role, for the pages and the form."""
    other = floor.member(role)
    assert other.get(f"/staff/cases/{one.aid}/card").status_code == 403
    assert other.get("/staff/cards").status_code == 403


def test_nobody_prints_their_own_or_one_without_a_number(floor: Floor) -> None:
    """An officer's own card is printed by another; an application under way has none."""
    officer = floor.member(Role.OFFICER)
    own = bound(floor, officer.id)
    assert officer.get(f"/staff/cases/{own.aid}/card").status_code == 403
    aid = officer.open()
    assert officer.get(f"/staff/cases/{aid}/card").status_code in {403, 404, 409}
    assert officer.get("/staff/cases/NONSENSE/card").status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [("suspended", "This card is not good at present"), ("deceased", "This card is no longer good")],
)
def test_the_card_of_somebody_who_is_gone_is_refused(floor: Floor, one: Claimant, status: str, words: str) -> None:
    """By the page at once; the person's own page offers none, and an officer prints none."""
    card = made(floor, one)
    with floor.site.app.app_context():
        db.session.execute(update(PersonRow).where(PersonRow.id == one.person_id).values(status=status))
        db.session.commit()
    assert verdict(floor, card.text) == words
    officer = floor.member(Role.OFFICER)
    assert officer.get(f"/staff/cases/{one.aid}/card").status_code == 409


def test_forgeries_and_nonsense_are_refused(floor: Floor, one: Claimant) -> None:
    """Another key, a changed text, no code, markup: each with its words, and no name of anybody is shown."""
    card = made(floor, one)
    assert verdict(floor, Forger().text(fullName="<b>Mallory</b>")) == "This card was not made by us"
    assert verdict(floor, card.text[:-4]) == "This is not the code of a card"
    assert verdict(floor, "<script>alert(1)</script>") == "This is not the code of a card"
    visitor = floor.site.visitor()
    visitor.get("/verify")
    visitor.submit("/verify", card=Forger().text(fullName="Mallory"))
    assert "Mallory" not in visitor.page.text
    visitor.submit("/verify", card="")
    assert visitor.page.status_code == 400


def test_keys_and_list_are_public_and_cacheable(floor: Floor, one: Claimant) -> None:
    """For whoever checks off the network; the list is signed, asked for by its tag; no private half is given out."""
    card = made(floor, one)
    visitor = floor.site.visitor()
    answer = visitor.get("/verify/keys")
    keys = json.loads(answer.text)["keys"]
    assert card.key_id in {one["kid"] for one in keys}
    assert not any("d" in one for one in keys)
    listed = visitor.client.get("/verify/list")
    assert listed.mimetype == "application/cwt"
    assert listed.headers["Cache-Control"].startswith("public, max-age=")
    assert isinstance(unwrapped(listed.data), Envelope)
    again = visitor.client.get("/verify/list", headers={"If-None-Match": listed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_checked_is_written_down_nowhere(
    floor: Floor, one: Claimant, capfd: pytest.CaptureFixture[str]
) -> None:
    """No audit row, no log line, no address holds what was checked."""
    card = made(floor, one)
    assert card.said.claims is not None
    before = len(floor.audited("card.shown"))
    assert verdict(floor, card.text) == GOOD
    assert len(floor.audited("card.shown")) == before
    said = "".join(capfd.readouterr())
    assert card.text[:40] not in said
    assert card.said.claims["id"] not in said
