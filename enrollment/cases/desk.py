"""The services of this room over one session, put together once: the edges and the rooms above take them from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enrollment.cases.access import Access, Eyes, Kin
from enrollment.cases.casefile import CaseFile
from enrollment.cases.consents import Consents
from enrollment.cases.contents import Sections
from enrollment.cases.demographics import Divisions
from enrollment.cases.exceptions import Exceptions
from enrollment.cases.guards import Check, Guards
from enrollment.cases.in_hand import InHand
from enrollment.cases.introducers import Introducers
from enrollment.cases.lifecycle import Lifecycle
from enrollment.cases.material import Materials
from enrollment.cases.packets import Packets
from enrollment.cases.people import People
from enrollment.cases.policy import CasePolicy
from enrollment.cases.stepping import Stepper
from enrollment.cases.transitions import Guard
from idp.audit import Trail
from idp.clock import Clock
from idp.database import Session
from idp.entropy import Entropy
from idp.keys import Sealer
from idp.keys.person_keys import PersonKeys

__all__ = ["Cases", "Joints", "cases"]


@dataclass(frozen=True, slots=True)
class Joints:
    """What other rooms answer: kinship in the register, divisions, and the conditions that are theirs.

    `eyes` None: accounts are compared, not people.
    """

    kin: Kin | None = None
    divisions: Divisions | None = None
    checks: Mapping[Guard, Check] = field(default_factory=dict)
    eyes: Eyes | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """Every service of this room, over one session."""

    lifecycle: Lifecycle
    sections: Sections
    consents: Consents
    exceptions: Exceptions
    introducers: Introducers
    files: CaseFile
    in_hand: InHand
    access: Access


def cases(
    session: Session,
    sealer: Sealer,
    clock: Clock,
    entropy: Entropy,
    trail: Trail,
    joints: Joints | None = None,
    policy: CasePolicy | None = None,
) -> Cases:
    """Put the services together. A condition that `joints` leaves out refuses the transitions that ask for it."""
    joints, policy = joints or Joints(), policy or CasePolicy()
    materials = Materials(session, PersonKeys(session, sealer, clock), sealer)
    access, people = Access(session, trail, joints.kin), People(joints.eyes)
    sections = Sections(session, materials, access, clock, trail, divisions=joints.divisions, policy=policy)
    packets = Packets(session)
    guards = Guards(access, sections, packets, clock, policy, joints.checks, joints.eyes)
    stepper = Stepper(session, access, guards, packets, clock, entropy, trail, policy)
    lifecycle = Lifecycle(stepper)
    return Cases(
        lifecycle,
        sections,
        Consents(session, sections, clock, entropy, trail),
        Exceptions(session, access, people, sections, clock, trail),
        Introducers(session, access, people, sections, clock, trail, policy),
        CaseFile(session, access, sections, materials, clock, trail),
        InHand(session, lifecycle),
        access,
    )
