"""Good requests to the machine endpoints, and ones whose token was never issued."""

from __future__ import annotations

import base64
from random import Random
from urllib.parse import quote_plus

from tests.fuzz.shots import Draft, Pairs
from tests.fuzz.tokens import forged_secret, forged_token
from tests.fuzz.world import LEDGER, ORIGIN, RECORDS, VERIFIER, Actor, World
from tests.protocol.driver import RelyingParty

__all__ = ["BUILDERS"]

FORGED = 0.35


def _prove(draft: Draft, party: RelyingParty) -> Draft:
    """Authenticate as registered."""
    if party.method == "client_secret_basic":
        text = f"{quote_plus(party.client_id)}:{quote_plus(party.secret or '')}"
        draft.headers.append(("Authorization", "Basic " + base64.b64encode(text.encode()).decode()))
    elif draft.form is not None:
        draft.form.append(("client_id", party.client_id))
        if party.secret:
            draft.form.append(("client_secret", party.secret))
    return draft


def _caller(dice: Random, world: World, *names: str) -> RelyingParty:
    """Mostly the first of these parties, at times any party there is."""
    if dice.random() < 0.85:
        return world.parties[dice.choice(names)]
    return dice.choice(list(world.parties.values()))


def token(dice: Random, world: World) -> Draft:
    """The token endpoint: each grant, and grants that are not offered."""
    actor = dice.choice(world.actors)
    values = actor.values
    roll = dice.random()
    form: Pairs
    forged = ""
    party = _caller(dice, world, "tax")
    if roll < 0.4:
        code = values["code"]
        if dice.random() < FORGED:
            code, forged = forged_secret(dice, code), "code"
        form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", world.tax.redirect_uri),
            ("code_verifier", VERIFIER),
        ]
    elif roll < 0.65:
        refresh = values["refresh"]
        if dice.random() < FORGED * 2:
            refresh, forged = forged_secret(dice, refresh), "refresh token"
        form = [("grant_type", "refresh_token"), ("refresh_token", refresh)]
        if dice.random() < 0.3:
            form.append(("scope", dice.choice(("openid", "openid email", "openid admin", "profile"))))
    elif roll < 0.9:
        party = _caller(dice, world, "machine")
        form = [("grant_type", "client_credentials")]
        if dice.random() < 0.5:
            form.append(
                ("scope", dice.choice(("records.read", "records.write records.read", "openid", "records.admin")))
            )
    else:
        grant = dice.choice(
            (
                "password",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "implicit",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
            )
        )
        form = [
            ("grant_type", grant),
            ("username", values["username"]),
            ("password", values["password"]),
            ("assertion", values["id_token"]),
        ]
    if dice.random() < 0.3:
        form.append(("resource", dice.choice((RECORDS, LEDGER, world.issuer, "urn:x"))))
    draft = Draft("/oauth/token", "POST", "/oauth/token", form=form, forged=forged, actor=actor.number)
    if dice.random() < 0.2:
        draft.headers.append(("Origin", ORIGIN))
    return _prove(draft, party)


def _offered(dice: Random, world: World, actor: Actor, *, also_good: float = 0.5) -> tuple[str, str]:
    """A token to introspect or revoke, and what is forged about it."""
    values = actor.values
    name = dice.choice(("access", "access", "refresh", "id_token", "code", "machine"))
    held = world.machine_token if name == "machine" else values[name]
    if dice.random() < also_good:
        return held, ""
    return forged_token(dice, held, values["id_token" if name == "access" else "access"]), name


def introspect(dice: Random, world: World) -> Draft:
    """Introspection by whom the token is for, and by others."""
    actor = dice.choice(world.actors)
    text, forged = _offered(dice, world, actor)
    form: Pairs = [("token", text)]
    if dice.random() < 0.3:
        form.append(("token_type_hint", dice.choice(("access_token", "refresh_token", "id_token", "x"))))
    draft = Draft("/oauth/introspect", "POST", "/oauth/introspect", form=form, forged=forged)
    return _prove(draft, _caller(dice, world, "tax", "machine", "guardian"))


def revoke(dice: Random, world: World) -> Draft:
    """Revocation, seldom of something that is still good."""
    actor = dice.choice(world.actors)
    text, forged = _offered(dice, world, actor, also_good=0.06)
    form: Pairs = [("token", text)]
    if dice.random() < 0.3:
        form.append(("token_type_hint", dice.choice(("access_token", "refresh_token", "id_token", "x"))))
    draft = Draft("/oauth/revoke", "POST", "/oauth/revoke", form=form, forged=forged)
    return _prove(draft, _caller(dice, world, "tax", "clinic", "app"))


def events(dice: Random, world: World) -> Draft:
    """What happened to people's records, asked for and acknowledged with values that nearly fit."""
    form: Pairs = []
    if dice.random() < 0.7:
        form.append(("max", dice.choice(("1", "50", "100", "0", "101", "-1", "x", "9" * 40, "\u0665"))))
    if dice.random() < 0.7:
        named = ("01a208e2-6e0d-7adf-933f-78b371a7e529", "x", "", "{}", "0" * 32, "%00")
        form.append(("ack", " ".join(dice.choice(named) for _ in range(dice.choice((1, 2, 101))))))
    draft = Draft("/oauth/events", "POST", "/oauth/events", form=form, forged="")
    return _prove(draft, _caller(dice, world, "tax", "clinic", "app"))


def userinfo(dice: Random, world: World) -> Draft:
    """Userinfo with the token in the header or in the body."""
    actor = dice.choice(world.actors)
    held = dice.choice((actor.values["access"], actor.values["access"], world.machine_token))
    forged = ""
    if dice.random() < FORGED * 2:
        held, forged = forged_token(dice, held, actor.values["id_token"]), "access token"
    draft = Draft("/oauth/userinfo", dice.choice(("GET", "GET", "POST")), "/oauth/userinfo", forged=forged)
    if draft.method == "POST" and dice.random() < 0.5:
        draft.form = [("access_token", held)]
    else:
        draft.headers.append(("Authorization", f"Bearer {held}"))
    if dice.random() < 0.3:
        draft.headers.append(("Origin", ORIGIN))
    return draft


def _document(path: str, dice: Random, world: World) -> Draft:
    draft = Draft(path, dice.choice(("GET", "GET", "HEAD")), path)
    if dice.random() < 0.3:
        draft.query = [(dice.choice(("x", "kid", "callback", "lang")), dice.choice(("1", "<script>", "fr")))]
    if dice.random() < 0.4:
        draft.headers.append(("If-None-Match", dice.choice((world.etag, f"W/{world.etag}", "*", '"x"'))))
    if dice.random() < 0.3:
        draft.headers.append(("Origin", ORIGIN))
    return draft


def jwks(dice: Random, world: World) -> Draft:
    """The published keys."""
    return _document("/oauth/jwks", dice, world)


def discovery(dice: Random, world: World) -> Draft:
    """OpenID Connect's metadata."""
    return _document("/.well-known/openid-configuration", dice, world)


def server_metadata(dice: Random, world: World) -> Draft:
    """OAuth's metadata."""
    return _document("/.well-known/oauth-authorization-server", dice, world)


def related_origins(dice: Random, world: World) -> Draft:
    """The origins that passkeys may be used at."""
    return _document("/.well-known/webauthn", dice, world)


# Address -> how often it is asked (of all routes), and what makes a request to it.
BUILDERS = {
    "/oauth/token": (16.0, token),
    "/oauth/introspect": (9.0, introspect),
    "/oauth/revoke": (5.0, revoke),
    "/oauth/events": (2.0, events),
    "/oauth/userinfo": (10.0, userinfo),
    "/oauth/jwks": (3.0, jwks),
    "/.well-known/openid-configuration": (2.0, discovery),
    "/.well-known/oauth-authorization-server": (1.5, server_metadata),
    "/.well-known/webauthn": (0.5, related_origins),
}
