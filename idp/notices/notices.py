"""Tells people what happened to their account, at every address that is proven to be theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from idp.clock import Clock
from idp.errors import Refusal
from idp.notices.catalogue import CODES, Notice
from idp.outbox import Channel, Message, Outbox
from idp.subscribers import Directory

__all__ = ["Contact", "Notices", "Told", "verified_contacts"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody is reached."""

    channel: Channel
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """The messages that were queued, and why others were not."""

    messages: tuple[UUID, ...]
    refused: tuple[Refusal, ...] = ()


class Notices:
    """Notices to people, in the caller's transaction. Never commits."""

    def __init__(self, outbox: Outbox, directory: Directory, clock: Clock) -> None:
        self._outbox = outbox
        self._directory = directory
        self._clock = clock

    def tell(
        self,
        subscriber_id: UUID,
        notice: Notice,
        parameters: Mapping[str, str] = _NOTHING,
        except_address: str | None = None,
        *,
        also: Iterable[Contact] = (),
    ) -> Told:
        """Tell the person at every verified contact point, in their language.

        `except_address` is left out (it proved itself a moment ago), `also` are addresses that are theirs no
        longer. Where a text message is refused for its cost, the others still go out. Somebody without any contact
        point is told nothing, which is no refusal: the history of the account holds it.
        """
        person = self._directory.get(subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        contacts = dict.fromkeys([*([] if identity is None else verified_contacts(identity.claims)), *also])
        locale = None if person is None else person.locale
        outcomes = [
            self.write(contact, notice, parameters, locale=locale, subscriber_id=subscriber_id)
            for contact in contacts
            if contact.address != except_address
        ]
        return Told(
            tuple(outcome for outcome in outcomes if isinstance(outcome, UUID)),
            tuple(outcome for outcome in outcomes if isinstance(outcome, Refusal)),
        )

    def tell_last(self, subscriber_id: UUID, notice: Notice, parameters: Mapping[str, str] = _NOTHING) -> Told:
        """Tell somebody of whom nothing is left after this transaction: as `tell`, under the key of the house.

        The message goes out although the account is gone, and is forgotten once it was sent or given up.
        """
        person = self._directory.get(subscriber_id)
        identity = None if person is None else self._directory.identity(person)
        if person is None or identity is None:
            return Told(())
        told = {"at": self._clock.now().isoformat(), **parameters}
        outcomes = [
            self._outbox.queue(Message(None, one.channel, one.address, notice.value, person.locale, told, secret=True))
            for one in verified_contacts(identity.claims)
        ]
        return Told(
            tuple(outcome for outcome in outcomes if isinstance(outcome, UUID)),
            tuple(outcome for outcome in outcomes if isinstance(outcome, Refusal)),
        )

    def write(
        self,
        contact: Contact,
        notice: Notice,
        parameters: Mapping[str, str] = _NOTHING,
        *,
        locale: str | None = None,
        subscriber_id: UUID | None = None,
        expires_at: datetime | None = None,
    ) -> UUID | Refusal:
        """Write one notice to one address; for addresses nobody has proven yet, and for people without an account.

        Refused: as `Outbox.queue`.
        """
        told = {"at": self._clock.now().isoformat(), **parameters}
        return self._outbox.queue(
            Message(
                subscriber_id=subscriber_id,
                channel=contact.channel,
                to=contact.address,
                notice=notice.value,
                locale=locale,
                parameters=told,
                expires_at=expires_at,
                secret=notice in CODES,
            )
        )


def verified_contacts(claims: Mapping[str, Any]) -> list[Contact]:
    """The contact points of a record: e-mail address and telephone number, where each is verified."""
    found = []
    for channel, name in ((Channel.EMAIL, "email"), (Channel.SMS, "phone_number")):
        if claims.get(name) and claims.get(f"{name}_verified") is True:
            found.append(Contact(channel, claims[name]))
    return found
