"""Pictures and pages of a case are for whoever decides it, and for nobody else; each look and each no is audited."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from enrollment.centres import Role
from enrollment.storage import Kind
from tests.factories.court import Court, court
from tests.factories.floor import Floor
from tests.stack import Stack

pytestmark = pytest.mark.integration

PAGES = ("", "/result", "/papers", "/papers/1", "/picture/0/face", "/picture/1/right_thumb")
FORMS = ("/look", "/vote")


@pytest.fixture(scope="module")
def bench(floor: Floor, stack: Stack, worker: str) -> Iterator[Court]:
    """The floor with cases to decide."""
    with court(floor, stack, worker) as held:
        yield held


@pytest.fixture(scope="module")
def other(bench: Court) -> str:
    """The application of somebody who is found."""
    return bench.application()


@pytest.fixture(scope="module")
def path(bench: Court, other: str) -> str:
    """The path of a case that nobody decides."""
    return bench.case_of(bench.referred(other))


def test_picture_is_png_that_nobody_keeps_and_the_look_is_audited(bench: Court, path: str) -> None:
    """PNG, `no-store`, nothing else in it; the audit row names the case and the part of the body."""
    member = bench.adjudicator()
    before = len(bench.floor.audited("adjudication.looked"))
    answer = member.get(f"{path}/picture/1/right_thumb")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.data.startswith(b"\x89PNG")
    looked = bench.floor.audited("adjudication.looked")
    assert len(looked) == before + 1
    assert (looked[-1]["rank"], looked[-1]["what"]) == (1, "right_thumb")


def test_nothing_but_what_is_in_the_case_can_be_seen(bench: Court, path: str) -> None:
    """A part that nobody captured, a candidate who is not there, papers where samples are compared: 404."""
    member = bench.adjudicator()
    for address in (
        f"{path}/picture/0/left_thumb", f"{path}/picture/2/face", f"{path}/papers", f"{path}/papers/1",
        f"/adjudicate/{uuid4()}", f"/adjudicate/{uuid4()}/picture/0/face", f"{path}/picture/0/ear",
        f"{path}/picture/-1/face", f"{path}/picture/100/face", "/adjudicate/1",
    ):  # fmt: skip
        assert member.get(address).status_code == 404, address


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADJUDICATOR])
def test_other_roles_see_nothing(bench: Court, path: str, role: Role) -> None:
    """403 at every address, with an audit row for each (AC-113: no officer gets at a list of who is alike)."""
    member = bench.floor.member(role, posted=role in {Role.OFFICER, Role.SUPERVISOR})
    token = member.token
    before = len(bench.floor.audited("staff.refused"))
    asked = ["/adjudicate", *(f"{path}{page}" for page in PAGES)]
    for address in asked:
        assert member.get(address).status_code == 403, address
    for form in FORMS:
        assert member.post(f"{path}{form}", follow=False, csrf_token=token).status_code == 403, form
    assert len(bench.floor.audited("staff.refused")) == before + len(asked) + len(FORMS)


def test_adjudicator_of_the_same_centre_sees_nothing(bench: Court, path: str) -> None:
    """Design section 1: never a case of one's own centre; 409 `ENR-FOUREYES`, audited, and not in the list."""
    member = bench.adjudicator(posted=True)
    assert path not in member.get("/adjudicate").text
    before = len(bench.floor.audited("enrolment.refused"))
    for page in PAGES:
        refused = member.get(f"{path}{page}")
        assert refused.status_code == 409, page
        assert "ENR-FOUREYES" in refused.text
    for form in FORMS:
        assert member.send(f"{path}{form}").status_code == 409, form
    assert len(bench.floor.audited("enrolment.refused")) == before + len(PAGES) + len(FORMS)


def test_without_a_session_there_is_a_sign_in_that_comes_back(bench: Court, path: str) -> None:
    """Neither page nor picture; and a form of another site does nothing."""
    guest = bench.floor.site.visitor()
    for page in ("", "/result", "/picture/0/face"):
        assert "/signin/" in guest.get(f"{path}{page}", follow=False).location
    assert bench.adjudicator().post(f"{path}/vote", follow=False, key="x").status_code == 400


def test_damaged_objects_are_told_and_the_case_can_still_be_decided(bench: Court, other: str) -> None:
    """AC-111 for people's eyes: what is not as it was stored is never shown; the page stands without points."""
    aid = bench.referred(other)
    path = bench.case_of(aid)
    bench.damage(aid, Kind.MINUTIAE)
    member = bench.adjudicator()
    member.get(path)
    token = member.token
    page = member.post(f"{path}/look", csrf_token=token, show="position:right_thumb", rank="1").text
    assert page.count("The ridge points cannot be drawn") == 1
    assert page.count('class="points"') == 1
    bench.damage(aid, Kind.FINGER_IMAGE)
    refused = member.get(f"{path}/picture/0/right_thumb")
    assert (refused.status_code, "ENR-OBJECT" in refused.text) == (422, True)
    assert bench.floor.audited("object.damaged")[-1]["kind"] == "finger-image"
    assert member.get(f"{path}/picture/1/right_thumb").status_code == 200


def test_whoever_voted_may_look_again_and_others_after_the_decision_not(bench: Court, other: str) -> None:
    """Decided by two others, the case is closed to everybody who had no vote in it."""
    path = bench.case_of(bench.referred(other))
    voters = [bench.adjudicator(), bench.adjudicator()]
    late = bench.adjudicator()
    assert late.get(f"{path}/picture/0/face").status_code == 200
    for voter in voters:
        voter.get(path)
        form = {
            "csrf_token": voter.token,
            "choice-1": "different",
            "key": str(bench.floor.site.services.entropy.uuid()),
        }
        assert voter.post(f"{path}/vote", follow=False, **form).status_code == 303
    assert voters[0].get(f"{path}/picture/0/face").status_code == 200
    assert voters[0].get(path).request.path.endswith("/result")
    assert late.get(f"{path}/picture/0/face").status_code in {404, 409}
    assert late.get(path).status_code in {404, 409}
