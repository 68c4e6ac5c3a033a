"""Subscribers: the directory of people, the life of an account, standard claims, what clients call people.

Public names: `ClaimsRequest`, `Directory`, `Identity`, `Lifecycle`, `MoveReason`, `NewSubscriber`,
`Requested`, `SCOPE_CLAIMS`, `STANDARD_CLAIMS`, `SessionEnder`, `State`, `Subjects`, `Subscriber`,
`checked_claims`, `claims_for_scopes`, `display_name`, `fold_username`, `open_identity`, `open_profile`.
"""

from idp.subscribers.claim_values import checked_claims
from idp.subscribers.claims import SCOPE_CLAIMS, STANDARD_CLAIMS, ClaimsRequest, Requested, claims_for_scopes
from idp.subscribers.directory import Directory, NewSubscriber, Subscriber
from idp.subscribers.lifecycle import Lifecycle, MoveReason, SessionEnder, State
from idp.subscribers.profile import Identity, display_name, open_identity, open_profile
from idp.subscribers.subject import Subjects
from idp.subscribers.usernames import fold_username

__all__ = [
    "SCOPE_CLAIMS",
    "STANDARD_CLAIMS",
    "ClaimsRequest",
    "Directory",
    "Identity",
    "Lifecycle",
    "MoveReason",
    "NewSubscriber",
    "Requested",
    "SessionEnder",
    "State",
    "Subjects",
    "Subscriber",
    "checked_claims",
    "claims_for_scopes",
    "display_name",
    "fold_username",
    "open_identity",
    "open_profile",
]
