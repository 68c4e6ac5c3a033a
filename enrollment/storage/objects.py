"""The one door to S3.

Buckets are `<prefix>-raw`, `-templates`, `-documents` and `-erasures`. A put is a presigned request with
`If-None-Match: *`: the client's own call would overwrite what is there. With object lock the bucket keeps versions: we
read the one that we wrote, so an overwrite changes nothing, and a legal hold keeps it from being removed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from enrollment.storage.kinds import Bucket
from enrollment.storage.store import Listed
from idp.errors import StoreUnavailableError

__all__ = ["S3Objects"]

_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"})
_NO_LOCK = frozenset({"NotImplemented", "InvalidRequest", "ObjectLockConfigurationNotFoundError", "MalformedXML"})
_PUT_LIFE = timedelta(minutes=5)
# How a store without versions calls the one it has.
_NO_VERSION = "null"


class _Found(Protocol):
    """What the client says of a listed object."""

    object_name: str | None
    version_id: str | None
    is_delete_marker: bool


class S3Objects:
    """A store behind the S3 interface at `endpoint` (http(s)://host:port). Thread-safe; connects when first used.

    The first put or list of a process makes the buckets that are missing. `timeout_seconds` bounds connecting and each
    wait for bytes.
    """

    def __init__(
        self, endpoint: str, access_key: str, secret_key: str, *, prefix: str, timeout_seconds: float = 10.0
    ) -> None:
        place = urlsplit(endpoint)
        self._prefix = prefix
        self._pool = urllib3.PoolManager(
            maxsize=16, retries=False, timeout=urllib3.Timeout(connect=timeout_seconds, read=timeout_seconds)
        )
        self._prepared = False
        # A region that is named is not asked for: the first call is the one that was meant.
        self._client = Minio(
            place.netloc, access_key=access_key, secret_key=secret_key, secure=place.scheme == "https",
            region="us-east-1", http_client=self._pool,
        )  # fmt: skip

    def bucket(self, bucket: Bucket) -> str:
        """The bucket's name at the server."""
        return f"{self._prefix}-{bucket.value}"

    def prepare(self) -> None:
        """Make the buckets that are missing, with object lock where the server has it."""
        with _answering():
            for bucket in Bucket:
                if not self._client.bucket_exists(self.bucket(bucket)):
                    self._make(self.bucket(bucket))
        self._prepared = True

    def put(self, bucket: Bucket, name: str, content: bytes) -> str:
        """Store under a name that is free, and only then; the store's version. `FileExistsError` where it is not."""
        self._ensure()
        with _answering():
            address = self._client.presigned_put_object(self.bucket(bucket), name, expires=_PUT_LIFE)
            answer = self._pool.request("PUT", address, body=content, headers={"If-None-Match": "*"})
        if answer.status == 412:
            raise FileExistsError(name)
        if answer.status != 200:
            message = f"the object store answered {answer.status} to a put"
            raise StoreUnavailableError(message)
        return answer.headers.get("x-amz-version-id", "") or ""

    def get(self, bucket: Bucket, name: str, version: str, most: int) -> bytes | None:
        """The first `most` bytes; None when there is no such object."""
        with _answering():
            try:
                answer = self._client.get_object(self.bucket(bucket), name, version_id=version or None)
            except S3Error as error:
                if error.code in _GONE:
                    return None
                raise
            try:
                return answer.read(most)
            finally:
                answer.close()
                answer.release_conn()

    def remove(self, bucket: Bucket, name: str, version: str) -> None:
        """Remove that version, a hold on it too. Nothing happens where there is none."""
        with _answering():
            if version:
                self._release(bucket, name, version)
            self._client.remove_object(self.bucket(bucket), name, version_id=version or None)

    def hold(self, bucket: Bucket, name: str, version: str) -> bool:
        """Let nobody remove that version until `remove`; False where the server cannot."""
        if not version:
            return False
        with _answering():
            try:
                self._client.enable_object_legal_hold(self.bucket(bucket), name, version_id=version)
            except S3Error as error:
                if error.code in _NO_LOCK | _GONE:
                    return False
                raise
        return True

    def listed(self, bucket: Bucket, after: str, most: int) -> Sequence[Listed]:
        """At most `most` objects, every version of them, whose names follow `after`, by name."""
        self._ensure()
        with _answering():
            found = self._client.list_objects(
                self.bucket(bucket), recursive=True, start_after=after or None, include_version=True
            )
            return [
                Listed(item.object_name or "", _version(item), item.last_modified)
                for item in itertools.islice(found, most)
                if item.last_modified is not None
            ]

    def _ensure(self) -> None:
        if not self._prepared:
            self.prepare()

    def _make(self, name: str) -> None:
        try:
            self._client.make_bucket(name, object_lock=True)
        except S3Error as error:
            if error.code in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                return
            if error.code not in _NO_LOCK:
                raise
            self._client.make_bucket(name)

    def _release(self, bucket: Bucket, name: str, version: str) -> None:
        try:
            self._client.disable_object_legal_hold(self.bucket(bucket), name, version_id=version)
        except S3Error as error:
            if error.code not in _NO_LOCK | _GONE:
                raise


def _version(item: _Found) -> str:
    return "" if item.version_id in {None, _NO_VERSION} else str(item.version_id)


@contextmanager
def _answering() -> Iterator[None]:
    """Whatever keeps the store from answering is one thing to the callers; its words stay here."""
    try:
        yield
    except (MinioException, HTTPError, OSError) as error:
        message = f"the object store did not answer: {type(error).__name__}"
        raise StoreUnavailableError(message) from error
