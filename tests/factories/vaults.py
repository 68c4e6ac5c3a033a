"""A vault on the run's object store, and hands that reach into the store past it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from minio import Minio
from sqlalchemy.orm import Session

from enrollment.storage import Bucket, Vault
from enrollment.storage.objects import S3Objects
from idp.entropy import Entropy
from idp.keys import PurposeKeys, Sealer
from tests.factories.keys import purpose_keys, sealer
from tests.factories.moments import StillClock
from tests.stack import OBJECTS, Stack

_numbers = itertools.count(1)


@dataclass
class Cellar:
    """Buckets of one test, with everything a vault needs; `client` reaches past the door."""

    store: S3Objects
    client: Minio
    clock: StillClock = field(default_factory=StillClock)
    keys: PurposeKeys = field(default_factory=purpose_keys)

    @property
    def sealer(self) -> Sealer:
        """The sealer under this cellar's keys."""
        return sealer(self.keys)

    @property
    def entropy(self) -> Entropy:
        """Identifiers by this cellar's clock."""
        return Entropy(self.clock)

    def vault(self, session: Session) -> Vault:
        """A vault in this session's transaction."""
        return Vault(session, self.store, self.sealer, self.clock, self.entropy)

    def names(self, bucket: Bucket) -> list[str]:
        """What lies in a bucket, by name, one for each version."""
        return [item.name for item in self.store.listed(bucket, "", 1000)]

    def all_names(self) -> list[str]:
        """What lies in all buckets."""
        return [name for bucket in Bucket for name in self.names(bucket)]

    def dump(self) -> bytes:
        """Every byte and every name in all buckets."""
        parts = []
        for bucket in Bucket:
            for item in self.store.listed(bucket, "", 10_000):
                parts += [item.name.encode(), self.store.get(bucket, item.name, item.version, 1 << 30) or b""]
        return b"\n".join(parts)

    def bytes_of(self, bucket: Bucket, object_id: UUID, version: int = 1) -> bytes:
        """The newest sealed bytes under an object's name."""
        found = self.store.get(bucket, f"{object_id}.{version}", "", 1 << 30)
        assert found is not None
        return found


@contextmanager
def cellar(stack: Stack, worker: str) -> Iterator[Cellar]:
    """Fresh buckets on the run's object store."""
    stack.wait_for(OBJECTS)
    state = stack.state
    store = S3Objects(
        state.s3_endpoint, state.s3_access_key, state.s3_secret_key, prefix=f"vault-{worker}-{next(_numbers)}"
    )
    client = Minio(
        state.s3_endpoint.removeprefix("http://"), access_key=state.s3_access_key, secret_key=state.s3_secret_key,
        secure=False, region="us-east-1",
    )  # fmt: skip
    store.prepare()
    yield Cellar(store, client)
