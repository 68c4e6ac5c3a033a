"""One person with several roles: a role that reaches further lends its reach to no other role's work."""

import re

import pytest

from enrollment.cases import Section
from enrollment.centres import Role
from tests.factories.floor import Floor, Member

pytestmark = pytest.mark.integration

READING = (
    "/staff/cases/{aid}", "/staff/cases/{aid}/preview", "/staff/cases/{aid}/sign", "/staff/cases/{aid}/receipt",
    "/staff/cases/{aid}/capture/face", "/staff/cases/{aid}/capture/fingers", "/staff/review/{aid}",
)  # fmt: skip
WRITING: tuple[tuple[str, dict[str, str]], ...] = (
    ("/staff/cases/{aid}/save/person", {"given_names": "Taken"}),
    ("/staff/cases/{aid}/save/documents", {"document_1.type": "passport", "document_1.number": "X"}),
    ("/staff/cases/{aid}/consent", {"how": "signed"}),
    ("/staff/cases/{aid}/consent/withdraw", {}),
    ("/staff/cases/{aid}/flag", {"section": "person", "reason": "doubtful"}),
    ("/staff/cases/{aid}/exceptions", {"position": "face", "why": "missing"}),
    ("/staff/cases/{aid}/exceptions/face/remove", {}),
    ("/staff/cases/{aid}/exceptions/face/grant", {}),
    ("/staff/cases/{aid}/capture/compare", {}),
    ("/staff/cases/{aid}/capture/again", {"position": "face"}),
    ("/staff/cases/{aid}/preview", {"answer": "right", "seen": "0"}),
)


@pytest.fixture(scope="module")
def aid(floor: Floor) -> str:
    """An application of the centre, as far as signing."""
    officer = floor.member(Role.OFFICER)
    made = officer.open()
    floor.fill(officer, made)
    return made


@pytest.fixture(scope="module", params=[Role.REGISTRAR, Role.ADJUDICATOR], ids=str)
def stranger(request: pytest.FixtureRequest, floor: Floor) -> Member:
    """An officer and supervisor of another centre with one role more, whose work is in the whole country."""
    return floor.member(Role.OFFICER, Role.SUPERVISOR, request.param, centre=floor.elsewhere)


def test_another_centres_application_is_not_read(floor: Floor, stranger: Member, aid: str) -> None:
    """AC-095: a second role opens no page of another centre's officers and supervisors; audited, and nobody read it."""
    before, read = len(floor.audited("enrolment.refused")), len(floor.audited("enrolment.read"))
    answers = {address: stranger.get(address.format(aid=aid)).status_code for address in READING}
    assert answers == dict.fromkeys(READING, 404)
    assert len(floor.audited("enrolment.refused")) == before + len(READING)
    assert len(floor.audited("enrolment.read")) == read


def test_another_centres_application_is_not_written(floor: Floor, stranger: Member, aid: str) -> None:
    """AC-095: nothing typed, captured, agreed to or confirmed in another centre's application, whatever the role."""
    held = [floor.content(aid, section) for section in (Section.PERSON, Section.DOCUMENTS, Section.PREVIEW)]
    for address, form in WRITING:
        assert stranger.send(address.format(aid=aid), **form).status_code == 404, address
    assert held == [floor.content(aid, section) for section in (Section.PERSON, Section.DOCUMENTS, Section.PREVIEW)]


def test_registrar_reads_no_living_persons_capture(floor: Floor, aid: str) -> None:
    """AC-095: a registrar of the same centre who is no officer sees where an application stands, and nothing in it."""
    registrar = floor.member(Role.REGISTRAR)
    page = registrar.get(f"/staff/appeals/{aid}")
    assert page.status_code == 200
    assert "Testa" not in page.text
    assert registrar.get(f"/staff/cases/{aid}/preview").status_code == 403


def test_every_place_once_and_no_more_than_a_line_at_once(floor: Floor) -> None:
    """Somebody of one role sees all of their places; of many, six, and the others behind one line."""
    many = floor.member(*(role for role in Role if role is not Role.INTRODUCER)).get("/staff").text
    few = floor.member(Role.REGISTRAR).get("/staff").text
    places = {"/staff", "/staff/life", "/staff/roles", "/adjudicate", "/staff/statistics", "/counter", "/staff/imports"}
    for page, folded in ((many, 11), (few, 0)):
        bar = page.partition('<nav aria-label="Work"')[2].partition("</nav>")[0]
        links = re.findall(r'href="([^"]+)"', bar)
        assert len(links) == len(set(links))
        assert len(re.findall("href", bar.partition("<details")[2])) == folded
        assert bar.count('aria-current="page"') == 1
        assert (places <= set(links)) == (page is many)
