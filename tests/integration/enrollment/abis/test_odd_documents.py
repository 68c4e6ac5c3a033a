"""Requests that are right and unusual, and references that an engine of the past made."""

import json
from typing import Any

import pytest
from sqlalchemy import select, update

from enrollment.abis.models import AbisJobRow, AbisReferenceRow, AbisTemplateRow
from enrollment.abis.standing import Standing, standing
from enrollment.capture import Position
from enrollment.gallery.local import ENGINES
from idp.web.extensions import db
from tests.factories.abis import System, record
from tests.integration.enrollment.abis.test_interface import flags, gallery
from tests.unit.enrollment.abis.test_messages import ROOT, fits, published

pytestmark = pytest.mark.integration


def identified(system: System, **more: Any) -> dict[str, Any]:
    """The answer to an identification, held against the published schemas where they are at hand."""
    answer = system.ask("identify", **more)
    schema = "IdentifyErrorResponseSchema" if "failureReason" in answer else "IdentifyResponseSchema"
    assert ROOT is None or fits(published(schema), answer)
    return answer


def found(system: System, **more: Any) -> list[str]:
    """Whom an identification named."""
    return system.named(identified(system, **more))


def test_extreme_flags_are_answered(system: System) -> None:
    """Every rate from always to never, as many results as can be asked for, and flags that say nothing."""
    for reference_id, body, impression in (("a", 11, 0), ("b", 11, 1), ("c", 12, 0)):
        assert system.insert(reference_id, body, impression)["returnValue"] == "1"
    assert found(system, referenceId="a", flags=flags("1000", "0")) == ["b"]
    assert found(system, referenceId="a", flags=flags("9999", "999")) == []
    assert found(system, referenceId="a", flags=flags("", "")) == ["b"]
    assert found(system, referenceId="a", flags={}) == ["b"]
    for refused in (flags("0", "30"), flags("10", "1000"), flags("10", "-1"), flags("10", "3.5")):
        assert identified(system, referenceId="a", flags=refused)["failureReason"] == "4"


def test_unusual_probes_are_answered(system: System) -> None:
    """One part of a body alone; a reference beside a record counts; galleries of nobody, of oneself, of many."""
    for reference_id, body, impression in (("a", 11, 0), ("b", 11, 1), ("c", 12, 0)):
        system.insert(reference_id, body, impression)
    for position in (Position.FACE, Position.RIGHT_INDEX):
        url = system.share.put(record(12, 1, (position,)))
        assert found(system, referenceId="", referenceURL=url) == ["c"]
    url = system.share.put(record(12, 1))
    assert found(system, referenceId="a", referenceURL=url) == ["b"]
    assert system.ask("identify", referenceId="nobody", referenceURL=url)["failureReason"] == "12"
    assert found(system, referenceId="", referenceUrl=url, gallery=gallery("a", "b")) == []
    assert found(system, referenceId="", referenceUrl=url, gallery=gallery("c")) == ["c"]
    many = gallery(*(f"{number:036}" for number in range(999)), "b")
    assert found(system, referenceId="a", gallery=many) == ["b"]
    assert system.ask("identify", referenceId="a", gallery=gallery(*["b"] * 1001))["failureReason"] == "4"


@pytest.mark.parametrize("request_id", ["a/b", "a%2Fb", "a?b=c#d", "<a>&'", "a\\b"])
def test_answer_is_where_it_was_said_to_be(system: System, request_id: str) -> None:
    """AC-117: an answer can be fetched under every number that a request may have, and names it."""
    document = {**system.request("identify", referenceId="x"), "requestId": request_id}
    location = system.send(document).headers["Location"]
    system.work()
    answer = system.get(location.removeprefix("/abis/v1"))
    assert (answer.status_code, answer.get_json()["requestId"]) == (200, request_id)


@pytest.mark.parametrize("request_id", ["..", ".", "a/../b", "a//b", "/a", "a/"])
def test_numbers_that_no_address_can_hold(system: System, request_id: str) -> None:
    """What every client would write otherwise than it was given is refused before anything is done."""
    answer = system.send({**system.request("identify", referenceId="x"), "requestId": request_id})
    assert (answer.status_code, answer.get_json()["failureReason"]) == (200, "4")


def test_address_is_not_kept(system: System) -> None:
    """AC-025: once a request is answered nothing is left of the address that it named, sealed or not."""
    system.insert("a", 11)
    with system.site.app.app_context():
        kept = db.session.scalars(select(AbisJobRow.asked).filter_by(client_id=system.client_id)).all()
    assert kept == [b""]
    document = system.request("insert", referenceId="b", referenceURL=system.share.put(record(12)))
    system.send(document)
    system.work()
    assert system.send(document).get_json()["returnValue"] == "1"


def test_another_engine_is_never_compared_with(system: System) -> None:
    """AC-104: whoever asks about or among its references is told that it cannot be done; inserted again, it can."""
    for reference_id, impression in (("old", 0), ("new", 1), ("other", 2)):
        system.insert(reference_id, 11, impression)
    with system.site.app.app_context():
        subject = select(AbisReferenceRow.subject_id).filter_by(client_id=system.client_id, reference_id="old")
        strange = update(AbisTemplateRow).where(AbisTemplateRow.subject_id == subject.scalar_subquery())
        db.session.execute(strange.values(engine="finger-of-the-past"))
        db.session.commit()
        assert Standing(system.client_id, 3, 1) in standing(db.session(), ENGINES)
    for asked in ({"referenceId": "new"}, {"referenceId": "new", "gallery": gallery("old")}, {"referenceId": "old"}):
        assert identified(system, **asked)["failureReason"] == "3"
    assert found(system, referenceId="new", gallery=gallery("other")) == ["other"]
    assert system.insert("old", 11)["failureReason"] == "10"
    assert system.ask("delete", referenceId="old")["returnValue"] == "1"
    assert system.insert("old", 11)["returnValue"] == "1"
    assert sorted(found(system, referenceId="new")) == ["old", "other"]
    with system.site.app.app_context():
        assert Standing(system.client_id, 3, 0) in standing(db.session(), ENGINES)


def test_other_encodings_of_a_document(system: System) -> None:
    """JSON says in which encoding it comes; the type may name one too."""
    sent = system.request("ping")
    assert system.post("", json.dumps(sent).encode("utf-16")).get_json()["requestId"] == sent["requestId"]
    named = {"Content-Type": "application/json; charset=utf-8"}
    assert system.post("", json.dumps(sent).encode(), **named).get_json()["returnValue"] == "1"
