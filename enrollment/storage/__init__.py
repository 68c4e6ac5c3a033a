"""Sealed objects: samples, templates and documents in the S3 store, each known to PostgreSQL by digest and version.

Public names: `Bucket`, `Facts`, `Fault`, `Kind`, `ObjectStore`, `Record`, `StoredObject`, `Swept`, `Vault`. The S3
client itself (`enrollment.storage.objects.S3Objects`) is imported where the application is put together.
"""

from enrollment.storage.cbeff import Facts, Record
from enrollment.storage.kinds import Bucket, Kind
from enrollment.storage.store import ObjectStore
from enrollment.storage.sweeping import Swept
from enrollment.storage.vault import Fault, StoredObject, Vault

__all__ = ["Bucket", "Facts", "Fault", "Kind", "ObjectStore", "Record", "StoredObject", "Swept", "Vault"]
