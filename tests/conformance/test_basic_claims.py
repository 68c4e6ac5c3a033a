"""Basic and Form Post Basic: what each scope and the claims parameter release, and where."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.answers import check_userinfo
from tests.conformance.runner import ModuleRun

PROFILE = {
    "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
}  # fmt: skip
EMAIL = {"email", "email_verified"}
ADDRESS = {"address"}
PHONE = {"phone_number", "phone_number_verified"}


def released(basic: ModuleRun, scope: str) -> dict[str, Any]:
    """What userinfo says for this scope; the ID token carries none of it, an access token being there."""
    signed_in = basic.sign_in(scope=scope)
    assert set(signed_in.tokens["scope"].split()) == set(scope.split())
    assert not (PROFILE | EMAIL | ADDRESS | PHONE) & signed_in.id_claims.keys()
    document = check_userinfo(signed_in.party.userinfo(signed_in.access_token), signed_in.id_claims["sub"])
    assert document.pop("sub")
    return document


def test_oidcc_scope_profile(basic: ModuleRun) -> None:
    """`profile` releases all its fourteen claims at userinfo and no others."""
    assert released(basic, "openid profile").keys() == PROFILE


def test_oidcc_scope_email(basic: ModuleRun) -> None:
    """`email` releases the address and whether it was verified, and nothing else."""
    assert released(basic, "openid email") == {"email": "amara@mail.example", "email_verified": True}


def test_oidcc_scope_address(basic: ModuleRun) -> None:
    """`address` releases one object of the standard members, and nothing else."""
    document = released(basic, "openid address")
    assert document.keys() == ADDRESS
    assert document["address"]["locality"] == "Freetown"
    assert document["address"]["postal_code"] == "00232"


def test_oidcc_scope_phone(basic: ModuleRun) -> None:
    """`phone` releases the number in international form and whether it was verified, and nothing else."""
    assert released(basic, "openid phone") == {"phone_number": "+23276000001", "phone_number_verified": False}


def test_oidcc_scope_all(basic: ModuleRun) -> None:
    """All scopes together release the claims of each."""
    assert released(basic, "openid profile email address phone").keys() == PROFILE | EMAIL | ADDRESS | PHONE


def test_oidcc_claims_essential(basic: ModuleRun) -> None:
    """An essential `name` asked for by the claims parameter comes at userinfo, with no scope for it."""
    signed_in = basic.sign_in(claims=json.dumps({"userinfo": {"name": {"essential": True}}}))
    document = check_userinfo(signed_in.party.userinfo(signed_in.access_token), signed_in.id_claims["sub"])
    assert document.keys() == {"sub", "name"}
    assert document["name"] == "Amara Testperson"
