"""The workbench over HTTP: two blind votes, figures and names in their time, pictures for nobody else."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from enrollment.adjudication.models import AdjudicationRow
from enrollment.cases import Reason, State
from enrollment.centres import Role
from idp.web.extensions import db
from tests.factories.court import Court, case_id, court
from tests.factories.floor import Floor, Member
from tests.stack import Stack

pytestmark = pytest.mark.integration

SAME = {"choice-1": "same", "ground-1": "retry"}
DIFFERENT = {"choice-1": "different"}
KEY = "01900000-0000-7000-8000-00000000000a"
FOUND = "Candidateson"
# 48.125 as a power of ten, and the likeness of the names, as the page writes them.
FIGURES = ("to the power of 20.9", "0.44")
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_VARIES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-F]{4}-[0-9A-F]{4}|nonce=\"[^\"]*\"|name=\"csrf_token\" value=\"[^\"]*\""
)


@pytest.fixture(scope="module")
def bench(floor: Floor, stack: Stack, worker: str) -> Iterator[Court]:
    """The floor with cases to decide."""
    with court(floor, stack, worker) as held:
        yield held


@pytest.fixture(scope="module")
def other(bench: Court) -> str:
    """The application of somebody who is found."""
    return bench.application(family=FOUND)


@pytest.fixture(scope="module")
def path(bench: Court, other: str) -> str:
    """The path of a case that nobody decides."""
    return bench.case_of(bench.referred(other))


def carried(member: Member) -> dict[str, str]:
    """What the form of the page carries, but for its token."""
    found = _HIDDEN.findall(member.form("/look#bench"))
    return {name: unescape(value) for name, value in found if name != "csrf_token"}


def look(member: Member, show: str, chosen: dict[str, str]) -> str:
    """Press a button of the page that looks at something else; the page that follows."""
    with_it, path = carried(member), member.path.removesuffix("/look")
    member.page = member.send(f"{path}/look", **with_it, **chosen, show=show)
    return str(member.page.text)


def give(member: Member, path: str, chosen: dict[str, str]) -> str:
    """Open a case and vote; the page that follows."""
    member.get(path)
    with_it = carried(member)
    member.page = member.send(f"{path}/vote", **{**with_it, **chosen})
    if member.page.status_code == 303:
        member.get(member.page.location)
    return str(member.page.text)


def test_two_blind_votes_decide(bench: Court, other: str) -> None:
    """Neither sees names, figures or the other's vote; figures come after one's own, names with the decision."""
    aid = bench.referred(other)
    path = bench.case_of(aid)
    first, second = bench.adjudicator(), bench.adjudicator()
    listed = first.get("/adjudicate").text
    assert path in listed
    before = first.get(path).text
    assert before.count("/picture/") == 2
    for hidden in (aid, other, FOUND, "Testa", "Person", *FIGURES):
        assert hidden not in listed
        assert hidden not in before
    page = give(first, path, SAME)
    assert "not decided yet" in page
    assert all(figure in page for figure in FIGURES)
    assert FOUND not in page
    assert path not in first.get("/adjudicate").text
    assert _VARIES.sub("", second.get(path).text) == _VARIES.sub("", before)
    page = give(second, path, SAME)
    assert "the person has a number already" in page
    assert FOUND in page
    assert FOUND in first.get(f"{path}/result").text
    assert bench.state(aid) is State.REJECTED_DUPLICATE


def test_looking_at_something_else_keeps_what_is_chosen(bench: Court, other: str) -> None:
    """Another finger, the candidate's other one, zoom, mirror, points, another candidate, a new window: it stays."""
    third = bench.application(family="Thirdson")
    path = bench.case_of(bench.referred(other, third))
    member = bench.adjudicator()
    member.get(path)
    page = look(member, "position:right_thumb", {"choice-1": "same", "ground-1": "fraud"})
    assert page.count('class="points"') == 2
    assert re.search(r'value="same" data-key="1" checked', page)
    assert '<option value="fraud" selected>' in page
    chosen = {"choice-1": "same", "ground-1": "fraud"}
    page = look(member, "against:", {**chosen, "against": "right_index"})
    assert f"{path}/picture/0/right_thumb" in page
    assert f"{path}/picture/1/right_index" in page
    assert 'class="pane zoom-2"' in look(member, "zoom:2", chosen)
    assert 'class="pane zoom-2 is-mirrored"' in look(member, "mirrored:1", chosen)
    assert 'class="points"' not in look(member, "points:", chosen)
    page = look(member, "rank:2", chosen)
    assert "candidate 2 the same person" in page
    assert "Candidate 1 of 2: Same person" in page
    assert 'value="same" data-key="1" checked' not in page
    assert "What you chose is still here" in member.get(path).text
    assert '<option value="fraud" selected>' in member.page.text
    assert "still here" not in bench.adjudicator().get(path).text


def test_unfinished_vote_is_not_counted(bench: Court, path: str) -> None:
    """Without an answer or its ground, or with a word that nobody offers: the page says so, and nothing is voted."""
    member = bench.adjudicator()
    for given in ({}, {"choice-1": "same"}, {"choice-1": "perhaps"}, {"choice-1": "same", "ground-1": "spite"}):
        page = give(member, path, given)
        assert member.page.status_code == 400
        assert "There is a problem" in page
    assert member.get(f"{path}/result").status_code == 409
    assert "You have not voted on this case" in member.page.text


def test_vote_wants_a_factor_of_these_minutes(bench: Court, other: str) -> None:
    """After ten minutes the passkey is asked for; what was chosen is there afterwards, and nothing was counted."""
    path = bench.case_of(bench.referred(other))
    member = bench.adjudicator()
    member.get(path)
    bench.floor.site.clock.advance(600)
    answer = member.send(f"{path}/vote", **{"choice-1": "different", "key": KEY})
    assert "/signin/" in answer.location
    assert member.get(f"{path}/result").status_code == 409
    page = member.get(path).text
    assert "What you chose is still here" in page
    assert re.search(r'value="different" data-key="2" checked', page)
    bench.floor.sign_in(member)
    assert "not decided yet" in give(member, path, DIFFERENT)


def test_vote_sent_twice_counts_once(bench: Court, other: str) -> None:
    """AC-099: the same form again leads to the same page; another answer of the same person is 409."""
    aid = bench.referred(other)
    path = bench.case_of(aid)
    member = bench.adjudicator()
    give(member, path, DIFFERENT)
    before = len(bench.floor.audited("adjudication.voted"))
    key = {"key": str(bench.floor.site.services.entropy.uuid())}
    assert member.send(f"{path}/vote", **DIFFERENT, **key).location.endswith("/result")
    refused = member.send(f"{path}/vote", **SAME, **key)
    assert (refused.status_code, "ENR-STATE" in refused.text) == (409, True)
    assert len(bench.floor.audited("adjudication.voted")) == before
    assert bench.state(aid) is State.ADJUDICATION


def test_lead_decides_what_two_could_not(bench: Court, other: str) -> None:
    """The third is told that two did not agree, not what they said, and must decide."""
    aid = bench.referred(other)
    path = bench.case_of(aid)
    give(bench.adjudicator(), path, {"choice-1": "same", "ground-1": "fraud"})
    give(bench.adjudicator(), path, DIFFERENT)
    lead = bench.adjudicator()
    page = lead.get(path).text
    assert "you decide" in page
    assert 'value="unsure"' not in page
    assert "the application goes on" in give(lead, path, DIFFERENT)
    assert bench.state(aid) is State.ACCEPTED


def test_known_case_looks_like_every_other(bench: Court, other: str) -> None:
    """Page, vote and result of a case whose answer is known differ in nothing but its number."""
    aid = bench.referred(other)
    path = bench.case_of(aid)
    first, second, later = bench.adjudicator(), bench.adjudicator(), bench.adjudicator()
    before = first.get(path).text
    voted = give(first, path, DIFFERENT)
    give(second, path, DIFFERENT)
    with bench.floor.site.app.app_context():
        known = {"known": True, "truth": {}, "outcome": None, "closed_at": None, "closed_by": None}
        made = db.session.get_one(AdjudicationRow, case_id(path))
        row = {column.name: getattr(made, column.name) for column in AdjudicationRow.__table__.columns} | known
        row["id"] = bench.floor.site.services.entropy.opaque_uuid()
        db.session.add(AdjudicationRow(**row))
        db.session.commit()
    again = f"/adjudicate/{row['id']}"
    assert again in later.get("/adjudicate").text
    assert _VARIES.sub("", later.get(again).text) == _VARIES.sub("", before)
    assert later.get(f"{again}/picture/1/face").status_code == 200
    assert _VARIES.sub("", give(later, again, DIFFERENT)) == _VARIES.sub("", voted)


def test_nothing_to_compare_is_decided_by_papers(bench: Court) -> None:
    """Where nothing could be compared, the details and the papers are read, and may be read then only."""
    aid = bench.referred(reason=Reason.NO_MODALITY)
    path = bench.case_of(aid)
    member = bench.adjudicator()
    assert "May this person have a number?" in member.get(path).text
    page = member.get(f"{path}/papers").text
    assert "Testa" in page
    assert member.get(f"{path}/papers/1").status_code == 404
    assert "not decided yet" in give(member, path, {"choice-0": "grant"})


def test_figures_are_for_the_auditor_alone(bench: Court, other: str) -> None:
    """Votes are counted by person; whoever votes is refused at that page, with an audit row."""
    path = bench.case_of(bench.referred(other))
    voter, auditor = bench.adjudicator(), bench.floor.member(Role.AUDITOR, posted=False)
    give(voter, path, DIFFERENT)
    page = auditor.get("/adjudicate/agreement?days=90").text
    assert str(voter.id) in page
    assert "Last 90 days</span>" in page
    before = len(bench.floor.audited("staff.refused"))
    assert voter.get("/adjudicate/agreement").status_code == 403
    assert len(bench.floor.audited("staff.refused")) == before + 1
