"""Keys: sealing of stored secrets under a root key, and the ring of signing keys behind JWKS.

Public names: `FileRootKey`, `Keyring`, `PersonKey`, `Purpose`, `PurposeKeys`, `RootKey`, `Sealer`, `TokenType`.
"""

from idp.keys.jose import TokenType
from idp.keys.keyring import Keyring
from idp.keys.sealing import FileRootKey, PersonKey, Purpose, PurposeKeys, RootKey, Sealer

__all__ = ["FileRootKey", "Keyring", "PersonKey", "Purpose", "PurposeKeys", "RootKey", "Sealer", "TokenType"]
