"""Addresses as pages show them: enough for their owner to know which one is meant."""

from __future__ import annotations

from idp.outbox import Channel

__all__ = ["masked"]


def masked(channel: Channel, address: str) -> str:
    """`t***@people.example` of a mail address, the last two digits of a telephone number."""
    if channel is Channel.EMAIL:
        local, _, domain = address.rpartition("@")
        return f"{local[:1]}***@{domain}"
    return "".join(sign for sign in address if sign.isdigit())[-2:]
