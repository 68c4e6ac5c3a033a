"""The S3 server, SeaweedFS from its wheel, closed on every side but signed S3 requests.

Out of the box its inner servers hand every object to whoever asks. Here the filer and the master answer no
HTTP (the master would sign read and write permits for anybody), the volume server wants a permit that only we
can sign, and all gRPC wants a certificate of our own authority.
`tests/integration/embedded/test_objects.py` holds it to that.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from embedded.account import Account, own_folder
from embedded.authority import Authority
from embedded.errors import StartError
from embedded.process import Command, plain_environment
from embedded.state import ObjectPorts, StoreSecrets

__all__ = ["Objects", "ObjectsSettings"]

_ANSWER_SECONDS = 3.0
_PROBE = "wangov-ready"
_GRPC_PARTS = ("MASTER", "VOLUME", "FILER", "S3", "CLIENT")


@dataclass(frozen=True, slots=True, repr=False)
class ObjectsSettings:
    """One server: its home, its eight ports, its keys and the bucket that must exist."""

    home: Path
    ports: ObjectPorts
    secrets: StoreSecrets
    bucket: str
    account: Account | None


class Objects:
    """The embedded S3 server. It ignores SIGTERM, and a kill at any moment does it no harm."""

    name = "objects"
    title = "SeaweedFS"

    def __init__(self, settings: ObjectsSettings) -> None:
        self._settings = settings
        self._folder = settings.home / "objects"
        self._pool = urllib3.PoolManager(timeout=_ANSWER_SECONDS, retries=False)

    def progress(self) -> str:
        """The line shown when it starts."""
        return "SeaweedFS (S3): starting (about 3 s) ..."

    def prepare(self) -> Command | None:
        """Make its folders, the identity file and the certificates."""
        self.clean_up()
        own_folder(self._folder, self._settings.account)
        own_folder(self._folder / "data", self._settings.account)
        identity = {
            "name": "wangov",
            "credentials": [
                {
                    "accessKey": self._settings.secrets.s3_access_key,
                    "secretKey": self._settings.secrets.s3_secret_key,
                }
            ],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        self._give("identities.json", json.dumps({"identities": [identity]}).encode())
        authority = Authority(self._settings.home / "objects-authority", "WanGov embedded object store")
        files = authority.issue("grpc")
        self._give("authority.pem", authority.certificate.read_bytes())
        self._give("grpc.pem", files.certificate.read_bytes())
        self._give("grpc.key", files.key.read_bytes())
        return None

    def command(self) -> Command:
        """The server: master, volume, filer and S3 parts in one process."""
        program = Path(sysconfig.get_path("scripts")) / "weed"
        if not program.is_file():
            raise StartError("SeaweedFS is missing from the environment: run `make environment` and try again")
        return Command(
            argv=(str(program), "-logtostderr=true", "server", *self._options()),
            environment=self._environment(),
            directory=self._folder,
            account=self._settings.account,
            stop_signal=signal.SIGKILL,
            death_signal=signal.SIGKILL,
        )

    def problem(self) -> str | None:
        """None once a stored object comes back; makes the bucket at the first start."""
        client = Minio(
            f"127.0.0.1:{self._settings.ports.s3}", access_key=self._settings.secrets.s3_access_key,
            secret_key=self._settings.secrets.s3_secret_key, secure=False, region="us-east-1",
            http_client=self._pool,
        )  # fmt: skip
        bucket = self._settings.bucket
        content = os.urandom(16)
        try:
            if not client.bucket_exists(bucket):
                client.make_bucket(bucket)
            client.put_object(bucket, _PROBE, io.BytesIO(content), len(content))
            answer = client.get_object(bucket, _PROBE)
            try:
                same = answer.read() == content
            finally:
                answer.close()
                answer.release_conn()
                client.remove_object(bucket, _PROBE)
        except (MinioException, HTTPError) as error:
            return str(error)
        return None if same else "it answered with other bytes than were stored"

    def shows(self, line: str) -> bool:
        """Errors only. At every start its parts look for each other for a while, which it calls warnings."""
        return line[:1] in {"E", "F"} and line[1:5].isdigit()

    def clean_up(self) -> None:
        """Close our connections and remove the sockets it leaves behind in the temporary folder."""
        self._pool.clear()
        ports = self._settings.ports
        grpc = {
            "master": ports.master_grpc,
            "volume": ports.volume_grpc,
            "filer": ports.filer_grpc,
            "s3": ports.s3_grpc,
        }
        for part, port in grpc.items():
            with contextlib.suppress(OSError):
                Path(f"/tmp/seaweedfs-{part}-grpc-{port}.sock").unlink(missing_ok=True)  # noqa: S108 - its own choice

    def _options(self) -> list[str]:
        ports = self._settings.ports
        return [
            f"-dir={self._folder / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-disableHttp",
            f"-master.port={ports.master}",
            f"-master.port.grpc={ports.master_grpc}",
            "-master.telemetry=false",
            # It is alone, so there is nobody to wait for: with the default a later start takes 17 s, not 2.
            "-master.electionTimeout=500ms",
            "-master.volumeSizeLimitMB=1024",
            f"-volume.port={ports.volume}",
            f"-volume.port.grpc={ports.volume_grpc}",
            # Each bucket has volumes of its own; what is not used takes no room.
            "-volume.max=1000",
            "-volume.minFreeSpace=64MiB",
            "-filer",
            "-filer.disableHttp",
            f"-filer.port={ports.filer}",
            f"-filer.port.grpc={ports.filer_grpc}",
            # Relative: a path below a deep folder would be longer than a socket's name may be.
            "-filer.localSocket=./filer.sock",
            "-s3",
            f"-s3.port={ports.s3}",
            f"-s3.port.grpc={ports.s3_grpc}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.localSocket=./s3.sock",
            f"-s3.config={self._folder / 'identities.json'}",
            "-s3.iam=false",
        ]

    def _environment(self) -> dict[str, str]:
        secrets = self._settings.secrets
        variables = plain_environment(self._folder) | {
            "WEED_JWT_SIGNING_KEY": secrets.objects_write_key,
            "WEED_JWT_SIGNING_READ_KEY": secrets.objects_read_key,
            "WEED_JWT_FILER_SIGNING_KEY": secrets.objects_filer_write_key,
            "WEED_JWT_FILER_SIGNING_READ_KEY": secrets.objects_filer_read_key,
            "WEED_S3_SSE_KEK": secrets.objects_encryption_key,
            # One volume file a bucket at first, not seven.
            "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1",
            "WEED_GRPC_CA": str(self._folder / "authority.pem"),
        }
        for part in _GRPC_PARTS:
            variables[f"WEED_GRPC_{part}_CERT"] = str(self._folder / "grpc.pem")
            variables[f"WEED_GRPC_{part}_KEY"] = str(self._folder / "grpc.key")
        return variables

    def _give(self, name: str, content: bytes) -> None:
        """Write a file that only the server's account reads."""
        path = self._folder / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - a descriptor: the mode must hold from the start
            stream.write(content)
        if (account := self._settings.account) is not None:
            os.chown(path, account.uid, account.gid)
