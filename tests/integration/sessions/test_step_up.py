import uuid

import pytest

from idp.sessions import Session, SessionStart
from tests.factories.signin import Desk

pytestmark = pytest.mark.integration
MORE = ("pwd", "otp", "mfa")


def start(desk: Desk, person: uuid.UUID) -> tuple[Session, str]:
    """A session of level 1."""
    started = desk.sessions.start(SessionStart(person, ("pwd",), 1, None))
    return started.session, started.secret


def test_step_up_changes_the_secret_and_not_the_end(desk: Desk) -> None:
    """AC-066: same session, new secret, worth more; its last moment stays where it was."""
    person = desk.person("testa")
    session, secret = start(desk, person)
    desk.clock.advance(minutes=20)
    raised = desk.sessions.step_up(session.id, SessionStart(person, MORE, 2, None))
    assert raised is not None
    assert (raised.session.id, raised.session.aal, raised.session.amr) == (session.id, 2, MORE)
    assert raised.session.expires_at == session.expires_at
    assert raised.session.authenticated_at == desk.clock.now()
    assert desk.sessions.find(secret) is None
    assert desk.sessions.find(raised.secret) == raised.session


@pytest.mark.parametrize("over", ["ended", "too old", "somebody else's"])
def test_a_session_that_is_over_is_not_raised(desk: Desk, over: str) -> None:
    """What it proved is gone with it."""
    person = desk.person("testa")
    session, _ = start(desk, person)
    whose = person
    if over == "ended":
        desk.sessions.end(session.id, "signed_out")
    elif over == "too old":
        desk.clock.advance(hours=12)
    else:
        whose = desk.person("testb")
    assert desk.sessions.step_up(session.id, SessionStart(whose, MORE, 2, None)) is None
