"""Whoever is asked to sign in first comes back to the page that they wanted (AC-069: by its name, on this site)."""

import pytest

from idp.web.signin.pages import account_url
from tests.factories.floor import Floor

pytestmark = pytest.mark.integration

STAFF = ("/adjudicate", "/counter", "/staff")
# A sign-in for nothing in particular, and one with another way of signing in.
ELSEWHERE = {"/signin": "/account", "/staff/again": "/staff"}


def wanting_a_sign_in(floor: Floor) -> dict[str, tuple[str, str]]:
    """The pages whose address names nothing and that ask a stranger to sign in; the sign-in of each, and its page."""
    rules = floor.site.app.url_map.iter_rules()
    begun = {}
    for path in sorted({rule.rule for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments}):
        visitor = floor.site.visitor()
        answer = visitor.get(path, follow=False)
        if "/signin/" in (answer.location or ""):
            begun[path] = answer.location.rpartition("/")[2], visitor.get(answer.location).text
    return begun


def test_every_page_is_come_back_to(floor: Floor) -> None:
    """Pages of the account, of people at the centre, and of the staff, who are offered the passkey first."""
    begun = wanting_a_sign_in(floor)
    assert {"/account", "/book/begin", "/staff", "/staff/life", "/staff/imports", "/counter", "/adjudicate"} <= set(
        begun
    )
    for path, (transaction_id, page) in begun.items():
        parked = floor.site.services.transactions.parked(transaction_id)
        assert parked is not None
        with floor.site.app.test_request_context():
            assert account_url(parked) == ELSEWHERE.get(path, path)
        passkey, password = page.find("Sign in with a passkey"), page.find('name="password"')
        assert (passkey < password) is path.startswith(STAFF), path
