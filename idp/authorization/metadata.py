"""What this provider says of itself: OpenID Connect Discovery 1.0 section 3 and RFC 8414 section 2 in one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from idp.authorization.request import PERSONAL_SCOPES
from idp.keys.jose import Algorithm
from idp.subscribers.claims import STANDARD_CLAIMS

__all__ = ["metadata"]


def metadata(
    issuer: str, *, id_token_algorithms: Sequence[Algorithm], languages: Sequence[str], scopes: Sequence[str] = ()
) -> dict[str, Any]:
    """The document. `scopes` are those of registered resource servers, beside the standard ones."""
    authentication = ["client_secret_basic", "client_secret_post", "none"]
    confidential = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth/authorize",
        "token_endpoint": f"{issuer}/oauth/token",
        "userinfo_endpoint": f"{issuer}/oauth/userinfo",
        "jwks_uri": f"{issuer}/oauth/jwks",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "end_session_endpoint": f"{issuer}/oauth/logout",
        "scopes_supported": ["openid", *sorted(PERSONAL_SCOPES - {"openid"}), *scopes],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "acr_values_supported": ["nid:1", "nid:2", "nid:3"],
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": [algorithm.value for algorithm in id_token_algorithms],
        "token_endpoint_auth_methods_supported": authentication,
        "introspection_endpoint_auth_methods_supported": confidential,
        "revocation_endpoint_auth_methods_supported": authentication,
        "display_values_supported": ["page"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "sid",
            *STANDARD_CLAIMS,
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "require_request_uri_registration": False,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": list(languages),
        "service_documentation": f"{issuer}/help",
    }
