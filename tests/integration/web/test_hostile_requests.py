"""Requests that no browser sends."""

import pytest

from tests.integration.web.conftest import Site, authorize_address

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("host", ["a" * 64 + ".gov", "a b", "evil.example/x", "x" * 300, "\x7f"])
def test_a_host_that_is_none_gets_a_plain_no(site: Site, host: str) -> None:
    """AC-119: nothing fails deep inside, and the answer repeats nothing."""
    answer = site.visitor().client.get("/signin", headers={"Host": host})
    assert answer.status_code == 400
    assert answer.content_type.startswith("text/plain")
    assert host not in answer.text


def test_a_mount_point_in_a_header_is_refused(site: Site) -> None:
    """AC-127: SCRIPT_NAME would move every address that we build."""
    answer = site.visitor().client.get("/signin", environ_overrides={"SCRIPT_NAME": "//evil.example"})
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/oauth//logout", "/oauth//authorize", "/account//"])
def test_doubled_slashes_lead_nowhere(site: Site, path: str) -> None:
    """AC-093: the router builds no redirect from the caller's Host."""
    answer = site.visitor().client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "Location" not in answer.headers
    assert site.visitor().client.get(path).status_code == 404


def test_only_known_parameters_are_kept(site: Site) -> None:
    """Whoever is not signed in cannot fill the store with parameters of his own."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), padding="x" * 4000))
    transaction_id = visitor.path.rpartition("/")[2]
    parked = site.services.transactions.parked(transaction_id)
    assert parked is not None
    assert parked.request is not None
    assert "padding" not in dict(parked.request["raw"])
    assert "state" in dict(parked.request["raw"])


def test_requests_are_measured_in_bytes(site: Site) -> None:
    """A character of four bytes counts four times."""
    visitor = site.visitor()
    visitor.get(authorize_address(site.service(), padding="\N{GRINNING FACE}" * 4100))
    assert visitor.page.status_code == 400
