"""The rooms of capture that only its pages need, over the session of a request; the view commits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from enrollment.capture.captures import Captures
from enrollment.capture.overview import Overview
from enrollment.capture.showing import Showing
from enrollment.centres import Stations
from enrollment.devices.chain import BlockCheck, KnownDevice, Standing
from enrollment.devices.replays import RememberedBlocks
from enrollment.devices.vocabulary import Environment, Modality
from enrollment.errors import Refusal
from enrollment.web.rooms import examiner, extraction, stations, vault
from idp.web.extensions import db, services

__all__ = ["CentreDevices", "block_check", "close_captures", "device_environment", "overview", "showing"]

_ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType(
    {"production": Environment.PRODUCTION, "staging": Environment.STAGING}
)


class CentreDevices:
    """Fulfils `chain.Devices`: the stations of one centre, by their codes. Another centre's are nobody's here."""

    def __init__(self, stations: Stations, centre_id: UUID | None) -> None:
        self._stations = stations
        self._centre_id = centre_id

    def known(self, code: str) -> KnownDevice | None:
        """The station, also when it was revoked: then it says so."""
        found = self._stations.with_code(code)
        if isinstance(found, Refusal) or found.centre_id != self._centre_id:
            return None
        standing = Standing.ACTIVE if found.active else Standing.REVOKED
        return KnownDevice(code, found.key.jwk, standing, frozenset({Modality.FINGER, Modality.FACE}))


def block_check(centre_id: UUID | None) -> BlockCheck:
    """The check of signed captures from the devices of a centre."""
    shared = services()
    return BlockCheck(CentreDevices(stations(), centre_id), RememberedBlocks(shared.ephemeral), shared.clock)


def device_environment() -> Environment:
    """What devices must have been registered for: one for trials never counts in production."""
    return _ENVIRONMENTS.get(services().options.environment, Environment.DEVELOPER)


def overview() -> Overview:
    """What is captured."""
    return Overview(db.session())


def showing() -> Showing | None:
    """Pictures of samples; None without an object store."""
    held = vault()
    return None if held is None else Showing(held, examiner(), overview())


def close_captures(aid: str) -> None:
    """At signing: drop every try but the best, and have a worker make the templates. Bears repeating."""
    held, templates, shared = vault(), extraction(), services()
    if held is None or templates is None:
        return
    Captures(db.session(), held, examiner(), shared.purpose_keys, shared.clock, shared.entropy).settle(aid)
    templates.ask(aid)
