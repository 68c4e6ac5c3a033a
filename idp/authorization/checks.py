"""The checks of an authorization request, each small and named, in the one order that is safe.

Client and redirect URI come first, alone: any check that ran before them would have to answer somewhere, and the only
address at hand would be the attacker's (RFC 9700 4.11.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from idp.authorization.levels import NO_LEVELS, essential_acr, level_of_scopes, wished_acr
from idp.authorization.request import AuthorizationRequest, Fail, Parameters, Stop
from idp.clients.client import Client
from idp.clients.registry import ClientRegistry
from idp.errors import Refusal
from idp.keys import Keyring
from idp.subscribers.claims import STANDARD_CLAIMS, ClaimsRequest, claims_for_scopes
from idp.tokens.id_token import read_id_token_hint

__all__ = ["RequestChecker", "requested_claims"]

MAX_STATE_CHARS = 2048
MAX_NONCE_CHARS = 512
MAX_HINT_CHARS = 256
MAX_RESOURCES = 8
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}\Z")


@dataclass(slots=True)
class _Draft:
    """What the checks have established so far."""

    parameters: Parameters
    client: Client
    redirect_uri: str
    response_mode: str
    state: str | None = None
    scope: tuple[str, ...] = ()
    nonce: str | None = None
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    hinted_subject: str | None = None
    code_challenge: str | None = None
    audience: tuple[str, ...] = ()
    claims: ClaimsRequest | None = None

    def fail(self, error: str, description: str) -> Fail:
        return Fail(error, description, self.redirect_uri, self.response_mode, self.state)


class RequestChecker:
    """Turns parameters into an `AuthorizationRequest`, or says why not.

    `scope_levels` is the least level, 1 to 3, of scopes that are not for everybody.
    """

    def __init__(
        self,
        registry: ClientRegistry,
        keyring: Callable[[], Keyring],
        issuer: str,
        scope_levels: Mapping[str, int] = NO_LEVELS,
    ) -> None:
        self._registry = registry
        self.scope_levels = scope_levels
        self._keyring = keyring
        self._issuer = issuer
        # Order matters: see the module's text.
        self._checks: tuple[Callable[[_Draft], Fail | None], ...] = (
            self._state,
            self._response_mode,
            self._no_request_object,
            self._response_type,
            self._grant_type,
            self._scope,
            self._challenge,
            self._nonce,
            self._prompt,
            self._max_age,
            self._claims,
            self._resources,
            self._id_token_hint,
            self._named_subject,
        )

    def check(self, parameters: Parameters) -> AuthorizationRequest | Stop | Fail:
        """Run every check in order; the first no is the answer."""
        draft = self._client_and_redirect(parameters)
        if isinstance(draft, Stop):
            return draft
        for check in self._checks:
            failure = check(draft)
            if failure is not None:
                return failure
        claims = draft.claims or ClaimsRequest()
        return AuthorizationRequest(
            client=draft.client,
            redirect_uri=draft.redirect_uri,
            response_mode=draft.response_mode,
            state=draft.state,
            scope=draft.scope,
            nonce=draft.nonce,
            prompt=draft.prompt,
            max_age=draft.max_age,
            login_hint=(parameters.get("login_hint") or "")[:MAX_HINT_CHARS] or None,
            ui_locales=tuple(parameters.words("ui_locales")[:10]),
            acr_values=wished_acr(parameters.words("acr_values"), claims, draft.client),
            essential_acr=essential_acr(claims),
            scope_level=level_of_scopes(self.scope_levels, draft.scope),
            hinted_subject=draft.hinted_subject,
            code_challenge=draft.code_challenge,
            audience=draft.audience,
            claims=claims,
            raw=parameters,
        )

    def _client_and_redirect(self, parameters: Parameters) -> _Draft | Stop:
        client_id = parameters.get("client_id")
        if client_id is None:
            return Stop("client_missing")
        client = self._registry.get(client_id)
        if client is None or not client.enabled:
            return Stop("client_unknown", "unknown or disabled client")
        redirect_uri = parameters.get("redirect_uri")
        if redirect_uri is None:
            return Stop("redirect_missing")
        if not client.accepts_redirect_uri(redirect_uri):
            return Stop("redirect_mismatch", "redirect_uri is not registered", redirect_mismatch=True)
        # Known before the first refusal, so that even that one travels in a mode the client registered.
        mode = "query" if "query" in client.response_modes else "form_post"
        return _Draft(parameters, client, redirect_uri, mode)

    def _state(self, draft: _Draft) -> Fail | None:
        state = draft.parameters.get("state")
        if state is not None and len(state) > MAX_STATE_CHARS:
            return draft.fail("invalid_request", "state is too long")
        draft.state = state
        return None

    def _response_mode(self, draft: _Draft) -> Fail | None:
        asked = draft.parameters.get("response_mode")
        if asked is None:
            return None
        if asked not in draft.client.response_modes:
            return draft.fail("invalid_request", "response_mode is not available to this client")
        draft.response_mode = asked
        return None

    def _no_request_object(self, draft: _Draft) -> Fail | None:
        # OpenID Connect Core 6: not supported here, and said so in discovery.
        if draft.parameters.get("request") is not None:
            return draft.fail("request_not_supported", "request objects are not supported")
        if draft.parameters.get("request_uri") is not None:
            return draft.fail("request_uri_not_supported", "request_uri is not supported")
        return None

    def _response_type(self, draft: _Draft) -> Fail | None:
        asked = draft.parameters.get("response_type")
        if asked is None:
            return draft.fail("invalid_request", "response_type is missing")
        return None if asked == "code" else draft.fail("unsupported_response_type", "only the code flow is supported")

    def _grant_type(self, draft: _Draft) -> Fail | None:
        if "authorization_code" in draft.client.grant_types:
            return None
        return draft.fail("unauthorized_client", "this client may not use the code flow")

    def _scope(self, draft: _Draft) -> Fail | None:
        scope = draft.parameters.words("scope")
        if not scope or not all(_SCOPE.match(word) for word in scope):
            return draft.fail("invalid_scope", "scope is missing or malformed")
        if not draft.client.scopes.issuperset(scope):
            return draft.fail("invalid_scope", "a scope is not allowed for this client")
        draft.scope = tuple(scope)
        return None

    def _challenge(self, draft: _Draft) -> Fail | None:
        # RFC 7636 4.3: a challenge without a method would mean "plain", which nobody may use here.
        challenge = draft.parameters.get("code_challenge")
        method = draft.parameters.get("code_challenge_method")
        if challenge is None:
            if method is not None:
                return draft.fail("invalid_request", "code_challenge_method without code_challenge")
            return draft.fail("invalid_request", "code_challenge is required") if draft.client.require_pkce else None
        if method != "S256":
            return draft.fail("invalid_request", "code_challenge_method must be S256")
        if not _CHALLENGE.match(challenge):
            return draft.fail("invalid_request", "code_challenge is malformed")
        draft.code_challenge = challenge
        return None

    def _nonce(self, draft: _Draft) -> Fail | None:
        nonce = draft.parameters.get("nonce")
        if nonce is not None and len(nonce) > MAX_NONCE_CHARS:
            return draft.fail("invalid_request", "nonce is too long")
        draft.nonce = nonce
        return None

    def _prompt(self, draft: _Draft) -> Fail | None:
        prompt = frozenset(draft.parameters.words("prompt"))
        if not prompt <= PROMPTS:
            return draft.fail("invalid_request", "prompt has an unknown value")
        if "none" in prompt and len(prompt) > 1:
            return draft.fail("invalid_request", "prompt none stands alone")
        draft.prompt = prompt
        return None

    def _max_age(self, draft: _Draft) -> Fail | None:
        text = draft.parameters.get("max_age")
        if text is None:
            draft.max_age = draft.client.default_max_age
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 10:
            return draft.fail("invalid_request", "max_age is not a number of seconds")
        draft.max_age = int(text)
        return None

    def _claims(self, draft: _Draft) -> Fail | None:
        text = draft.parameters.get("claims")
        if text is None:
            return None
        claims = ClaimsRequest.parse(text)
        if isinstance(claims, Refusal):
            return draft.fail("invalid_request", "the claims parameter is malformed")
        draft.claims = claims
        return None

    def _resources(self, draft: _Draft) -> Fail | None:
        asked = draft.parameters.all("resource")
        if len(asked) > MAX_RESOURCES or any(one not in draft.client.resources for one in asked):
            return draft.fail("invalid_target", "a resource is unknown or not allowed for this client")
        audience = list(dict.fromkeys(asked or draft.client.resources))
        if "openid" in draft.scope or not audience:
            audience.append(self._issuer)  # the provider itself is the resource behind userinfo
        draft.audience = tuple(audience)
        return None

    def _id_token_hint(self, draft: _Draft) -> Fail | None:
        hint = draft.parameters.get("id_token_hint")
        if hint is None:
            return None
        claims = read_id_token_hint(self._keyring(), hint, self._issuer)
        if isinstance(claims, Refusal) or claims.get("aud") != draft.client.client_id:
            return draft.fail("invalid_request", "id_token_hint is not an ID token of this client")
        draft.hinted_subject = claims["sub"]
        return None

    def _named_subject(self, draft: _Draft) -> Fail | None:
        # OpenID Connect Core 3.1.2.2: a `sub` asked for by value binds the answer to that person as a hint does.
        asked = draft.claims.id_token.get("sub") if draft.claims else None
        if asked is None or asked.value is None:
            return None
        if not isinstance(asked.value, str) or draft.hinted_subject not in {None, asked.value}:
            return draft.fail("invalid_request", "the sub asked for is not one that a hint could name as well")
        draft.hinted_subject = asked.value
        return None


def requested_claims(request: AuthorizationRequest) -> tuple[frozenset[str], frozenset[str]]:
    """The personal claims a request asks for: (for the ID token, for userinfo). Consent then narrows them.

    Scopes release their claims at userinfo (OpenID Connect Core 5.4); a client registered with `claims_in_id_token`
    gets them in the ID token as well.
    """
    if "openid" not in request.scope:
        return frozenset(), frozenset()  # there is no place to give claims at
    by_scope = claims_for_scopes(request.scope)
    userinfo = by_scope | _known(request.claims.userinfo)
    in_id_token = _known(request.claims.id_token)
    if request.client.claims_in_id_token:
        in_id_token |= by_scope
    return in_id_token, userinfo


def _known(names: Iterable[str]) -> frozenset[str]:
    return frozenset(STANDARD_CLAIMS).intersection(names)
