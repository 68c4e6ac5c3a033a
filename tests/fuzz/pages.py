"""Good requests to the pages: what a person's browser sends, with the cookies of one of the actors."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.fuzz.claims import claims_text
from tests.fuzz.shots import Draft, Pairs
from tests.fuzz.tokens import forged_secret, forged_token
from tests.fuzz.world import CHALLENGE, LEDGER, RECORDS, Actor, World

__all__ = ["BUILDERS", "NOBODY", "TRANSACTION", "as_browser", "at_transaction", "visited"]

TRANSACTION = "<transaction_id>"
CONSENT = "<uuid:consent_id>"
STATES = ("signing", "coding", "consenting")
NOBODY = "wt_" + "A" * 43
_PLAIN = ("/", "/help", "/privacy", "/accessibility", "/text-size", "/signed-out", "/health/live", "/health/ready")
ADDRESSES = (
    "/oauth/par", "/oauth/register", "/oauth/device", "/oauth/token/", "/oauth", "//oauth/token", "/oauth//token",
    "/OAUTH/TOKEN", "/.well-known/webfinger", "/.git/config", "/favicon.ico", "/robots.txt", "/admin", "/console",
    "/server-status", "/wsgi.py", "/.env", "/%2e%2e/", "/signin/", "/consent/", "/account/", "*", "/health",
    "/metrics/",
    "/account/services/x/withdraw", "/static", "http://evil.example/oauth/token", "/;/oauth/token", "/oauth/token;x=y",
    "/oauth/token%00", "/oauth%2ftoken", "/?x=1",
)  # fmt: skip
SCOPES = ("openid", "openid profile email", "openid offline_access", "openid profile email offline_access")
_LANGUAGES = ("en", "fr", "zz", "")


def as_browser(actor: Actor, draft: Draft, *, signed_in: bool = True) -> Draft:
    """With the cookies of an actor's browser."""
    names = ("browser", "session", "device") if signed_in else ("browser", "device")
    draft.cookies = [(f"wangov_{name}", actor.values[name]) for name in names]
    draft.actor = actor.number
    return draft


def visited(route: str, dice: Random, world: World, *, path: str | None = None, actor: Actor | None = None) -> Draft:
    """A page, mostly by a browser that is signed in."""
    actor = actor or dice.choice(world.actors)
    draft = Draft(route, "GET" if dice.random() < 0.95 else "HEAD", path or route)
    if dice.random() < 0.2:
        draft.query = [("lang", dice.choice(_LANGUAGES))]
    return as_browser(actor, draft, signed_in=dice.random() < 0.8)


def _form(route: str, dice: Random, actor: Actor, path: str, fields: Pairs) -> Draft:
    return as_browser(
        actor,
        Draft(route, "POST", path, form=[("csrf_token", actor.values["csrf"]), *fields]),
        signed_in=dice.random() < 0.9,
    )


def authorize(dice: Random, world: World) -> Draft:
    """An authorization request of one of the services, in query or body."""
    actor = dice.choice(world.actors)
    party = (
        world.tax if dice.random() < 0.6 else world.parties[dice.choice(("clinic", "app", "old", "machine", "closed"))]
    )
    pairs: Pairs = [
        ("response_type", "code"), ("client_id", party.client_id),
        ("redirect_uri", party.redirect_uri or "https://tax.example/callback"),
        ("scope", dice.choice(SCOPES)),
        ("state", dice.choice(("xyz", "a b&c=d", "é"))), ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]  # fmt: skip
    for name, chance, value in _OPTIONAL:
        if dice.random() < chance:
            pairs.append((name, value(dice, world, actor)))
    draft = Draft("/oauth/authorize", "GET", "/oauth/authorize", query=pairs)
    if dice.random() < 0.3:
        draft.method, draft.query, draft.form = "POST", [], pairs
    return as_browser(actor, draft, signed_in=dice.random() < 0.75)


def _hint(dice: Random, world: World, actor: Actor) -> str:
    held = actor.values["id_token"]
    return held if dice.random() < 0.3 else forged_token(dice, held, world.bystander.id_token)


_OPTIONAL: tuple[tuple[str, float, Callable[[Random, World, Actor], str]], ...] = (
    ("nonce", 0.4, lambda dice, _world, _actor: dice.choice(("n-1", "é", "n" * 513))),
    (
        "prompt",
        0.35,
        lambda dice, _world, _actor: dice.choice(
            ("none", "none", "login", "consent", "select_account", "login consent")
        ),
    ),
    ("max_age", 0.15, lambda dice, _world, _actor: dice.choice(("0", "1", "3600", "99999999999"))),
    ("claims", 0.25, lambda dice, _world, actor: claims_text(dice, actor.values["subject"])),
    ("id_token_hint", 0.2, _hint),
    ("acr_values", 0.1, lambda dice, _world, _actor: dice.choice(("nid:1", "nid:2 nid:3", "x"))),
    ("login_hint", 0.15, lambda dice, _world, actor: dice.choice((actor.values["username"], "<b>", "x" * 300))),
    ("ui_locales", 0.1, lambda dice, _world, _actor: dice.choice(("fr en", "fr-CA", "x" * 900, "zz " * 40))),
    ("response_mode", 0.15, lambda dice, _world, _actor: dice.choice(("query", "form_post", "form_post", "fragment"))),
    ("resource", 0.1, lambda dice, _world, _actor: dice.choice((RECORDS, LEDGER, "urn:x"))),
    ("display", 0.05, lambda dice, _world, _actor: dice.choice(("page", "popup", "wap"))),
    ("request", 0.02, lambda _dice, _world, actor: actor.values["id_token"]),
    ("request_uri", 0.02, lambda _dice, _world, _actor: "urn:ietf:params:oauth:request_uri:x"),
    ("lang", 0.05, lambda dice, _world, _actor: dice.choice(_LANGUAGES)),
)


def logout(dice: Random, world: World) -> Draft:
    """An end-session request, mostly without a hint that holds: one that does ends the session."""
    actor = dice.choice(world.actors)
    good = dice.random() < 0.05
    hint = actor.values["id_token"] if good else forged_token(dice, actor.values["id_token"], world.bystander.id_token)
    pairs: Pairs = [
        ("post_logout_redirect_uri", world.tax.registered["post_logout_redirect_uris"][0]),
        ("state", "left"),
    ]
    if dice.random() < 0.8:
        pairs.append(("id_token_hint", hint))
    if dice.random() < 0.5:
        pairs.append(("client_id", dice.choice(list(world.parties.values())).client_id))
    draft = Draft("/oauth/logout", "GET", "/oauth/logout", query=pairs, forged="" if good else "hint")
    if dice.random() < 0.4:
        draft.method, draft.query, draft.form = "POST", [], pairs
    return as_browser(actor, draft)


def confirm(dice: Random, world: World) -> Draft:
    """The button of the page that asks before signing out; pressed in earnest one time in five."""
    draft = _form("/oauth/logout/confirm", dice, dice.choice(world.actors), "/oauth/logout/confirm", [])
    draft.query = [("client_id", dice.choice(list(world.parties.values())).client_id)]
    return _in_vain(dice, draft)


def sign_out(dice: Random, world: World) -> Draft:
    """The button that signs out; pressed in earnest one time in five."""
    return _in_vain(dice, _form("/signout", dice, dice.choice(world.actors), "/signout", []))


def _in_vain(dice: Random, draft: Draft) -> Draft:
    if dice.random() < 0.8 and draft.form:
        draft.form[0] = ("csrf_token", forged_secret(dice, str(draft.form[0][1])))
    return draft


def account(dice: Random, world: World) -> Draft:
    """The account page, often with a session that nobody has."""
    draft = visited("/account", dice, world)
    draft.query = [("withdrawn", dice.choice((world.tax.client_id, "x", "<i>")))] if dice.random() < 0.3 else []
    if dice.random() < 0.5:
        draft.cookies = [
            (name, forged_secret(dice, str(value)) if name == "wangov_session" else value)
            for name, value in draft.cookies
        ]
        draft.forged = "session"
    return draft


def _consent_id(dice: Random, world: World) -> str:
    """One's own, somebody else's, nobody's."""
    return dice.choice(
        (*(actor.values["consent_id"] for actor in world.actors), world.foreign, "00000000-0000-4000-8000-000000000000")
    )


def withdrawal(dice: Random, world: World) -> Draft:
    """The page that asks before a consent is taken back."""
    route = f"/account/services/{CONSENT}/withdraw"
    return visited(route, dice, world, path=route.replace(CONSENT, _consent_id(dice, world)))


def withdraw(dice: Random, world: World) -> Draft:
    """Taking a consent back."""
    route = f"/account/services/{CONSENT}/withdraw"
    decision = dice.choice(("withdraw", "withdraw", "allow", ""))
    path = route.replace(CONSENT, _consent_id(dice, world))
    return _form(route, dice, dice.choice(world.actors), path, [("decision", decision)])


def at_transaction(route: str, dice: Random, world: World, actor: Actor, *slots: str) -> str:
    """The address of a transaction: mostly one of the actor's in one of these states, at times any or nobody's."""
    roll = dice.random()
    if roll < 0.08:
        held = forged_secret(dice, actor.values.get("signing", NOBODY))
    elif roll < 0.2:
        held = dice.choice(world.actors).values.get(dice.choice(STATES), NOBODY)
    else:
        held = actor.values.get(dice.choice(slots), NOBODY)
    return route.replace(TRANSACTION, held)


def _step(route: str, *slots: str) -> Callable[[Random, World], Draft]:
    def make(dice: Random, world: World) -> Draft:
        actor = dice.choice(world.actors)
        return visited(route, dice, world, path=at_transaction(route, dice, world, actor, *slots), actor=actor)

    return make


def password(dice: Random, world: World) -> Draft:
    """User name and password, seldom the right ones."""
    route = f"/signin/{TRANSACTION}/password"
    actor = dice.choice(world.actors)
    name = dice.choice((actor.values["username"], "bystander", "nobody"))
    secret = actor.values["password"] if dice.random() < 0.15 else "wrong password"
    path = at_transaction(route, dice, world, actor, "signing")
    return _form(route, dice, actor, path, [("identifier", name), ("password", secret)])


def code(dice: Random, world: World) -> Draft:
    """A one-time code, seldom the right one."""
    route = f"/signin/{TRANSACTION}/code"
    actor = dice.choice(world.actors)
    typed = (
        actor.values["otp"]
        if dice.random() < 0.05
        else dice.choice(("000000", "123 456", "1", "\uff11\uff12\uff13\uff14\uff15\uff16", "12345a", ""))
    )
    return _form(route, dice, actor, at_transaction(route, dice, world, actor, "coding"), [("code", typed)])


def restart(dice: Random, world: World) -> Draft:
    """Back to the first page."""
    route = f"/signin/{TRANSACTION}/restart"
    actor = dice.choice(world.actors)
    return _form(route, dice, actor, at_transaction(route, dice, world, actor, "coding", "consenting"), [])


def decide(dice: Random, world: World) -> Draft:
    """A decision about what a service may see."""
    route = f"/consent/{TRANSACTION}"
    actor = dice.choice(world.actors)
    fields: Pairs = [
        ("field", name) for name in ("name", "email", "offline_access", "national_number") if dice.random() < 0.5
    ]
    fields.append(("decision", dice.choice(("allow", "allow", "deny", "x", ""))))
    return _form(route, dice, actor, at_transaction(route, dice, world, actor, "consenting"), fields)


def static(dice: Random, world: World) -> Draft:
    """A file, and files that are none."""
    path = dice.choice(
        (
            *world.sheets,
            "/static/x",
            "/static/",
            "/static/../wsgi.py",
            "/static/%2e%2e/wsgi.py",
            "/static/..%5cwsgi.py",
            "/static//etc/passwd",
        )
    )
    where, _, query = path.partition("?")
    return Draft("/static/<path:filename>", "GET", where, query=[("v", query.removeprefix("v="))] if query else [])


def nowhere(dice: Random, world: World) -> Draft:
    """Addresses that are not ours, or not yet."""
    path = dice.choice(ADDRESSES)
    return as_browser(dice.choice(world.actors), Draft("*", dice.choice(("GET", "GET", "POST", "OPTIONS")), path))


def metrics(dice: Random, world: World) -> Draft:
    """The figures, for whoever has the token and for who has not."""
    draft = visited("/metrics", dice, world)
    held = world.metrics_token
    if held and dice.random() < 0.5:
        draft.headers.append(("Authorization", f"Bearer {held}"))
    elif held:
        draft.headers.append(("Authorization", f"Bearer {forged_secret(dice, held)}"))
        draft.forged = "metrics token"
    return draft


def _plain(route: str) -> Callable[[Random, World], Draft]:
    def make(dice: Random, world: World) -> Draft:
        return visited(route, dice, world)

    return make


_WEIGHTS = dict(zip(_PLAIN, (0.8, 0.5, 0.4, 0.4, 0.5, 0.5, 0.5, 0.6), strict=True))

# Address and method -> how often it is asked (of all routes), and what makes a request to it.
BUILDERS: dict[str, tuple[float, Callable[[Random, World], Draft]]] = {
    "/oauth/authorize": (16.0, authorize),
    "/oauth/logout": (5.0, logout),
    "/oauth/logout/confirm": (1.2, confirm),
    f"/oauth/resume/{TRANSACTION}": (2.0, _step(f"/oauth/resume/{TRANSACTION}", "signing", "consenting")),
    f"/oauth/leave/{TRANSACTION}": (0.7, _step(f"/oauth/leave/{TRANSACTION}", "coding")),
    "/signin": (0.8, _plain("/signin")),
    f"/signin/{TRANSACTION}": (2.0, _step(f"/signin/{TRANSACTION}", "signing", "coding")),
    f"/signin/{TRANSACTION}/password": (0.4, _step(f"/signin/{TRANSACTION}/password", "signing")),
    f"/signin/{TRANSACTION}/code": (0.4, _step(f"/signin/{TRANSACTION}/code", "coding")),
    f"POST /signin/{TRANSACTION}/password": (2.0, password),
    f"POST /signin/{TRANSACTION}/code": (2.0, code),
    f"/signin/{TRANSACTION}/restart": (0.8, restart),
    f"/consent/{TRANSACTION}": (1.5, _step(f"/consent/{TRANSACTION}", "consenting")),
    f"POST /consent/{TRANSACTION}": (2.5, decide),
    "/account": (2.5, account),
    f"/account/services/{CONSENT}/withdraw": (1.0, withdrawal),
    f"POST /account/services/{CONSENT}/withdraw": (1.2, withdraw),
    "/signout": (1.2, sign_out),
    "/static/<path:filename>": (1.2, static),
    "*": (2.0, nowhere),
    **{route: (weight, _plain(route)) for route, weight in _WEIGHTS.items()},
    "/metrics": (0.7, metrics),
}
