"""Basic and Form Post Basic: who is asked again, who is not, and the hints for the pages."""

from __future__ import annotations

from tests.conformance.runner import ModuleRun
from tests.protocol.driver import shown


def test_oidcc_prompt_login(basic: ModuleRun) -> None:
    """`prompt=login` asks for the password although a session is there; `auth_time` moves on, `sub` stays."""
    before = basic.sign_in().id_claims
    basic.clock.advance(2)
    request = basic.ask(prompt="login")
    page = shown(basic.browser.open(request.url))
    assert page.offers("password")
    after = basic.redeemed(request, basic.answered(request, page)).id_claims
    assert after["sub"] == before["sub"]
    assert after["auth_time"] >= before["auth_time"] + 2


def test_oidcc_prompt_none_not_logged_in(basic: ModuleRun) -> None:
    """`prompt=none` without a session is `login_required` at the client, never a page."""
    request = basic.ask(prompt="none")
    basic.told(request, basic.browser.open(request.url), "login_required")


def test_oidcc_prompt_none_logged_in(basic: ModuleRun) -> None:
    """`prompt=none` with a session succeeds without a page; `sub` and `auth_time` stay."""
    before = basic.sign_in().id_claims
    basic.clock.advance(2)
    after = basic.at_once(prompt="none").id_claims
    assert after["sub"] == before["sub"]
    assert after["auth_time"] == before["auth_time"]
    assert after["iat"] > before["iat"]


def test_oidcc_max_age_1(basic: ModuleRun) -> None:
    """A second after the sign-in `max_age=1` asks for the password again; `auth_time` is there and new."""
    before = basic.sign_in().id_claims
    basic.clock.advance(1)
    request = basic.ask(max_age="1")
    page = shown(basic.browser.open(request.url))
    assert page.offers("password")
    after = basic.redeemed(request, basic.answered(request, page)).id_claims
    assert after["sub"] == before["sub"]
    assert after["auth_time"] > before["auth_time"]
    assert after["iat"] - after["auth_time"] <= 10


def test_oidcc_max_age_10000(basic: ModuleRun) -> None:
    """A session younger than `max_age=10000` is used without a page; `auth_time` is there and unchanged."""
    before = basic.sign_in(max_age="15000").id_claims
    basic.clock.advance(2)
    after = basic.at_once(max_age="10000").id_claims
    assert after["sub"] == before["sub"]
    assert after["auth_time"] == before["auth_time"]


def test_oidcc_id_token_hint(basic: ModuleRun) -> None:
    """`prompt=none` with the person's own `id_token_hint` succeeds without a page, for the same `sub`."""
    before = basic.sign_in()
    basic.clock.advance(2)
    after = basic.at_once(prompt="none", id_token_hint=before.id_token).id_claims
    assert after["sub"] == before.id_claims["sub"]
    assert after["auth_time"] == before.id_claims["auth_time"]


def test_oidcc_login_hint(basic: ModuleRun) -> None:
    """`login_hint` fills in the name, and the person may sign in as somebody else."""
    request = basic.ask(login_hint="buffy@first.example")
    page = shown(basic.browser.open(request.url))
    assert dict(page.form("identifier").held)["identifier"] == "buffy@first.example"
    basic.redeemed(request, basic.answered(request, page))


def test_oidcc_ui_locales(basic: ModuleRun) -> None:
    """The first of `ui_locales` that there is speaks from the page; one that there is not does no harm."""
    languages = basic.provider.discovery["ui_locales_supported"]
    assert "fr" in languages
    assert "se" not in languages
    assert shown(basic.browser.open(basic.ask(ui_locales="se").url)).language == "en"
    request = basic.ask(ui_locales="se fr-CA en")
    page = shown(basic.browser.open(request.url))
    assert page.language == "fr"
    assert page.headers["Content-Language"] == "fr"
    basic.redeemed(request, basic.answered(request, page))


def test_oidcc_claims_locales(basic: ModuleRun) -> None:
    """`claims_locales` is accepted, whether we have claims in that language or not."""
    basic.sign_in(claims_locales="se")


def test_oidcc_display_page(basic: ModuleRun) -> None:
    """`display=page` is accepted."""
    basic.sign_in(display="page")


def test_oidcc_display_popup(basic: ModuleRun) -> None:
    """`display=popup` is accepted; the page is the usual one."""
    basic.sign_in(display="popup")


def test_oidcc_ensure_request_with_acr_values_succeeds(basic: ModuleRun) -> None:
    """`acr_values` is accepted, and the level that was reached is one of them."""
    offered = basic.provider.discovery["acr_values_supported"]
    assert basic.sign_in(acr_values=" ".join(offered)).id_claims["acr"] in offered
