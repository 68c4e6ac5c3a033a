"""Relying parties and resource servers: what they may register, who they are, and how they prove it.

Public names: `AuthMethod`, `Client`, `ClientAuthentication`, `ClientMetadata`, `ClientRegistration`,
`ClientRegistry`, `DatabaseLoader`, `GrantType`, `Registered`, `RegistrationPolicy`, `ResourceServer`,
`ResourceServers`, `ResponseMode`, `SubjectType`.
"""

from idp.clients.authentication import ClientAuthentication
from idp.clients.client import Client, ResourceServer
from idp.clients.loader import DatabaseLoader
from idp.clients.metadata import AuthMethod, ClientMetadata, GrantType, ResponseMode, SubjectType
from idp.clients.registration import ClientRegistration, Registered
from idp.clients.registry import ClientRegistry
from idp.clients.resources import ResourceServers
from idp.clients.rules import RegistrationPolicy

__all__ = [
    "AuthMethod",
    "Client",
    "ClientAuthentication",
    "ClientMetadata",
    "ClientRegistration",
    "ClientRegistry",
    "DatabaseLoader",
    "GrantType",
    "Registered",
    "RegistrationPolicy",
    "ResourceServer",
    "ResourceServers",
    "ResponseMode",
    "SubjectType",
]
