"""The page of all ways to sign in: what there is, what each is worth, and what is missing."""

from __future__ import annotations

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from idp.authenticators.losses import missing
from idp.authenticators.masked import masked
from idp.authenticators.methods import Method
from idp.authenticators.numbers import Doubt, Numbers
from idp.authenticators.overview import Way
from idp.authenticators.recovery_codes import COUNT, FEW
from idp.authenticators.totp_enrolment import MAX_GENERATORS
from idp.notices import verified_contacts
from idp.outbox import Channel
from idp.sessions import Session
from idp.web.account.blueprint import account
from idp.web.account.guard import signed_in
from idp.web.code_rooms import overview
from idp.web.extensions import db, services
from idp.web.rooms import directory
from idp.web.rooms import methods as holdings

__all__: list[str] = []

_DONE = frozenset({"password_changed", "password_set", "totp_added", "totp_removed", "codes_kept", "codes_removed"})


@account.get("/account/methods")
def methods() -> Response:
    """How one can sign in."""
    session = signed_in()
    if isinstance(session, Response):
        return session
    done = request.args.get("done")
    held = overview().of(session.subscriber_id)
    generators = [way for way in held if way.method is Method.TOTP]
    page = render_template(
        "account/methods.html",
        password=next((way for way in held if way.method is Method.PASSWORD), None),
        passkeys=[way for way in held if way.method is Method.PASSKEY],
        generators=[_generator(way) for way in generators],
        recovery=next((way for way in held if way.method is Method.RECOVERY_CODE), None),
        contacts=_contacts(session),
        bodies=_has_bodies(session),
        gaps={loss.value for loss in missing(holdings().held_by(session.subscriber_id))},
        few=FEW,
        all_codes=COUNT,
        add_totp_url=url_for("account.new_totp") if len(generators) < MAX_GENERATORS else None,
        codes_url=url_for("account.recovery_codes"),
        done=done if done in _DONE else None,
    )
    return make_response(page)


def _generator(way: Way) -> dict[str, object]:
    return {
        "name": way.name,
        "added_at": way.added_at,
        "used_at": way.used_at,
        "remove_url": url_for("account.confirm_totp_removal", generator_id=way.id),
    }


def _has_bodies(session: Session) -> bool:
    verifier = services().biometric_verifier
    return verifier is not None and bool(verifier.enrolled(session.subscriber_id))


def _contacts(session: Session) -> dict[str, str]:
    """The proven contact points, masked: the page may be left open on a table. `doubt`: why the number counts not."""
    people = directory()
    claims = people.profile(session.subscriber_id)
    found = {contact.channel: contact.address for contact in verified_contacts(claims)}
    shown = {channel.value: masked(channel, found[channel]) for channel in Channel if channel in found}
    number = found.get(Channel.SMS)
    doubt = number and Numbers(db.session(), people, services().clock).doubt(session.subscriber_id, number)
    return shown | ({"doubt": doubt.value} if isinstance(doubt, Doubt) else {})
