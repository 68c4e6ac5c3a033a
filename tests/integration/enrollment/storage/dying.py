"""A worker that stores objects for one transaction and is killed before it commits: run as a program by a test.

Arguments: database, S3 address, access key, secret key, prefix, key file, owner, how many objects.
"""

import os
import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from enrollment.storage import Kind, Vault
from enrollment.storage.objects import S3Objects
from idp.entropy import Entropy
from idp.keys import Purpose, PurposeKeys, Sealer
from tests.factories.moments import StillClock


def main() -> None:
    """Store, say so, and wait to be killed."""
    database, endpoint, access, secret, prefix, keys, owner, count = sys.argv[1:]
    key = Path(keys).read_bytes()
    sealer = Sealer(PurposeKeys({(purpose, 1): key for purpose in Purpose}), os.urandom)
    clock = StillClock()
    store = S3Objects(endpoint, access, secret, prefix=prefix)
    with Session(create_engine(database)) as session:
        vault = Vault(session, store, sealer, clock, Entropy(clock))
        for number in range(int(count)):
            vault.put(UUID(owner), Kind.FINGER_IMAGE, f"content {number}".encode())
        sys.stdout.write("stored\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
