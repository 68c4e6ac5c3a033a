"""The modules that a provider is tested by in these profiles, by the names of the OpenID Foundation's suite.

A test is called after its module: `oidcc-server` is `test_oidcc_server`. The table of docs/conformance.md is made from
the tests; this list says which tests there must be, so that none can be missing.
"""

from __future__ import annotations

__all__ = [
    "BASIC",
    "CONFIG",
    "EXPECTED",
    "FORM_POST",
    "MAY_BE_REFUSED",
    "PROFILES",
    "RP_INITIATED_LOGOUT",
    "module_of",
]

BASIC = "Basic"
FORM_POST = "Form Post Basic"
CONFIG = "Config"
RP_INITIATED_LOGOUT = "RP-Initiated Logout"

_CODE_FLOW = (
    "oidcc-server",
    "oidcc-server-client-secret-post",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)

_LOGOUT = (
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-no-state",
)

PROFILES: dict[str, tuple[str, ...]] = {
    BASIC: _CODE_FLOW,
    FORM_POST: _CODE_FLOW,
    CONFIG: ("oidcc-discovery-endpoint-verification",),
    RP_INITIATED_LOGOUT: _LOGOUT,
}
"""Profile -> its modules, in the order of the table."""

EXPECTED = frozenset((module, profile) for profile, modules in PROFILES.items() for module in modules)
"""Every test there must be: (module, profile)."""

MAY_BE_REFUSED: dict[str, str] = {
    "oidcc-idtoken-unsigned": "OpenID Connect Core 2: unsigned ID tokens are optional; registration says no to them",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": (
        "OpenID Connect Core 6.2: optional; answered by `request_uri_not_supported`"
    ),
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": (
        "OpenID Connect Core 6.1: optional; answered by `request_not_supported`"
    ),
    "oidcc-ensure-request-object-with-redirect-uri": (
        "OpenID Connect Core 6.1: optional; `request_not_supported`, and no address in the object is gone to"
    ),
}
"""Modules that a profile lets end in a refusal, and how we refuse."""


def module_of(test: str) -> str | None:
    """The module that a test function is called after; None for a test of something else."""
    name = test.removeprefix("test_")
    return name.replace("_", "-") if name.startswith("oidcc_") else None
