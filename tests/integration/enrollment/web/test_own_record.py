"""What somebody sees of their own record: versions, events, numbers that stand for theirs, and a copy of everything."""

import json
import re
from uuid import UUID

import pytest

from enrollment.centres import Role
from enrollment.register import AliasKind
from enrollment.web.standing_rooms import aliases
from idp.cli.selfservice_tasks import make_export
from idp.web.extensions import db
from idp.web.selfservice_rooms import exports, gathering
from tests.factories.floor import Floor
from tests.factories.records import Citizen, amended, citizen, signed_in, suspended

pytestmark = pytest.mark.integration

_NUMBER = re.compile(r'<h3 class="code">([\d ]{19})</h3>')


@pytest.fixture
def one(floor: Floor) -> Citizen:
    """Somebody with a number and an account."""
    return citizen(floor)


def test_versions_and_what_changed_are_shown_to_their_owner(floor: Floor, one: Citizen) -> None:
    """What is recorded now, what it was before, the number, and what happened to the record."""
    amended(floor, one, family_name="Newname", phone="+232 00 000 002")
    page = signed_in(floor, one).get("/account/record")
    assert page.status_code == 200
    plain = re.sub(r"<[^>]+>|\s+", " ", page.text)
    assert f"{one.nin[:3]} {one.nin[3:7]} {one.nin[7:]}" in page.text
    assert "Newname" in plain
    assert re.search(r"Family name: +was +Sampleton +→ +is now +Newname", plain)
    assert "Level 3 of 3" in plain
    assert str(one.person_id) not in page.text


def test_a_suspension_is_in_the_record_once_it_is_over(floor: Floor, one: Citizen) -> None:
    """Since when, why, and why it was given back."""
    registrar, colleague = floor.member(Role.REGISTRAR), floor.member(Role.REGISTRAR)
    _, _, address = suspended(floor, registrar, one, "legal_order")
    registrar.send(address, decision="ask", why="order_lifted")
    colleague.send(address, decision="approve")
    page = signed_in(floor, one).get("/account/record").text
    assert "A court or authority ordered it" in page
    assert "The order was lifted" in page


def test_a_number_for_one_use_is_made_used_and_gone(floor: Floor, one: Citizen) -> None:
    """It leads to its owner once, and they see that it did."""
    browser = signed_in(floor, one)
    browser.get("/account/aliases")
    browser.submit("/account/aliases", kind="once", days="7")
    made = _NUMBER.findall(browser.page.text)
    assert len(made) == 1
    with floor.site.app.test_request_context():
        found = aliases().use(made[0])
        db.session.commit()
    assert getattr(found, "person_id", None) == one.person_id
    assert _NUMBER.findall(browser.get("/account/aliases").text) == []
    history = browser.get("/account/history").text
    assert "An alias of your number was made" in history


def test_a_number_is_taken_back_by_its_owner_alone(floor: Floor, one: Citizen) -> None:
    """AC-090: 404 for a stranger's; taken back, it stands for nobody, and twice is once."""
    browser, stranger = signed_in(floor, one), signed_in(floor, citizen(floor))
    browser.get("/account/aliases")
    browser.submit("/account/aliases", kind="perpetual")
    taking = re.search(r'action="(/account/aliases/[^"]+/back)"', browser.page.text)
    assert taking is not None
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/account/aliases").text)
    assert token is not None
    assert stranger.post(taking[1], csrf_token=token[1], follow=False).status_code == 404
    browser.submit("/back")
    assert "The number is taken back" in browser.page.text
    assert _NUMBER.findall(browser.page.text) == []


@pytest.mark.parametrize(
    ("kind", "days", "said"),
    [
        ("", "7", "Choose how long"),
        ("temporary", "0", "from 1 to 90"),
        ("temporary", "91", "from 1 to 90"),
        ("temporary", "seven", "from 1 to 90"),
        ("for ever", "7", "Choose how long"),
    ],
)
def test_what_does_not_fit_is_said_on_the_form(floor: Floor, one: Citizen, kind: str, days: str, said: str) -> None:
    """400, in words, and nothing is made."""
    browser = signed_in(floor, one)
    browser.get("/account/aliases")
    browser.submit("/account/aliases", kind=kind, days=days)
    assert browser.page.status_code == 400
    assert said in browser.page.text


def test_ten_at_a_time(floor: Floor, one: Citizen) -> None:
    """The eleventh is refused, with what to do."""
    with floor.site.app.test_request_context():
        for _ in range(10):
            aliases().make(one.person_id, AliasKind.PERPETUAL)
        db.session.commit()
    browser = signed_in(floor, one)
    browser.get("/account/aliases")
    browser.submit("/account/aliases", kind="once")
    assert "You have ten such numbers" in browser.page.text


def test_a_copy_of_everything_has_the_register_in_it(floor: Floor, one: Citizen) -> None:
    """Versions, number, aliases and events, for whoever is proven to hold the record, and for nobody else."""
    amended(floor, one, family_name="Newname")
    linked = citizen(floor, proven=False)
    with floor.site.app.test_request_context():
        aliases().make(one.person_id, AliasKind.PERPETUAL)
        copy = json.loads(gathering().document(one.id))
        assert json.loads(gathering().document(linked.id))["register"] is None
    held = copy["register"]
    assert held["national_number"].replace(" ", "") == one.nin
    assert [version["number"] for version in held["versions"]] == [2, 1]
    assert held["versions"][0]["changed"] == {"family_name": {"was": "Sampleton", "is": "Newname"}}
    assert len(held["aliases"]) == 1
    assert str(one.person_id) not in json.dumps(copy)


def test_the_copy_is_printed_with_it(floor: Floor, one: Citizen) -> None:
    """The worker makes both forms; moments and words of the register's part go through the printer."""
    with floor.site.app.test_request_context():
        export_id = exports().ask(one.id)
        assert isinstance(export_id, UUID)
        db.session.commit()
        make_export(str(export_id))
        latest = exports().latest(one.id)
        assert latest is not None
        assert latest.state == "ready"
