"""Nothing but a signed S3 request reads a byte of the embedded object store."""

import io
import json
import os
import secrets
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from minio import Minio
from minio.error import S3Error

from embedded.authority import Authority
from embedded.folder import new_ports, new_secrets
from embedded.process import plain_environment
from embedded.state import EmbeddedState, ObjectPorts
from tests.integration.embedded.prying import Listening, Prying, answers_grpc, listening
from tests.stack import OBJECTS, Stack

pytestmark = pytest.mark.integration

CONTENT = b"the bytes that nobody may have " * 8
KEY = "folder/object"
UNASKED = "a-name-nobody-asked-for"


@dataclass(frozen=True)
class Target:
    """A running server with one object in it."""

    state: EmbeddedState
    places: Listening
    bucket: str
    file_number: str

    @property
    def ports(self) -> list[int]:
        """The ports it listens on."""
        return sorted(port for _, port in self.places.addresses)

    @property
    def sockets(self) -> list[Path]:
        """The named sockets it listens on; relative ones lie in its folder."""
        return [self.state.home / "objects" / name for name in sorted(self.places.sockets)]

    def prying(self) -> Prying:
        """An attempt on the object."""
        return Prying(self.ports, self.sockets, self.bucket, KEY, self.file_number)


def client(ports: ObjectPorts, access_key: str, secret_key: str) -> Minio:
    """The S3 client with these credentials."""
    pool = urllib3.PoolManager(timeout=5, retries=False)
    return Minio(
        f"127.0.0.1:{ports.s3}", access_key=access_key, secret_key=secret_key, secure=False, region="us-east-1",
        http_client=pool,
    )  # fmt: skip


def file_number(ports: ObjectPorts, bucket: str, environment: dict[str, str]) -> str:
    """The store's inner number of the object, asked with its own tool and our certificate."""
    shell = subprocess.run(
        [
            Path(sysconfig.get_path("scripts")) / "weed", "-logtostderr=true", "shell",
            f"-master=127.0.0.1:{ports.master}.{ports.master_grpc}",
            f"-filer=127.0.0.1:{ports.filer}.{ports.filer_grpc}",
        ],
        input=f"fs.meta.cat /buckets/{bucket}/{KEY}\n", env=environment, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    document, _ = json.JSONDecoder().raw_decode(shell.stdout[shell.stdout.index("{") :])
    number = document["chunks"][0]["fileId"]
    assert isinstance(number, str)
    return number


@pytest.fixture(scope="module")
def target(stack: Stack, worker: str) -> Target:
    """The run's object store, with an object."""
    stack.wait_for(OBJECTS)
    state = stack.state
    bucket = f"closed-{worker}"
    s3 = client(state.ports.objects, state.s3_access_key, state.s3_secret_key)
    s3.make_bucket(bucket)
    for name in (KEY, UNASKED):
        s3.put_object(bucket, name, io.BytesIO(CONTENT), len(CONTENT))
    folder = state.home / "objects"
    rows = json.loads((stack.folder / "processes.json").read_text(encoding="utf-8"))
    pid = next(row["pid"] for row in rows if row["name"] == "objects")
    environment = plain_environment(folder) | {
        "WEED_GRPC_CA": str(folder / "authority.pem"),
        "WEED_GRPC_CLIENT_CERT": str(folder / "grpc.pem"),
        "WEED_GRPC_CLIENT_KEY": str(folder / "grpc.key"),
    }
    return Target(state, listening(pid), bucket, file_number(state.ports.objects, bucket, environment))


def test_every_place_it_listens_is_known(target: Target) -> None:
    """It listens on its eight ports of the loopback address and on nothing else."""
    ports = target.state.ports.objects
    assert {address for address, _ in target.places.addresses} == {"0100007F"}
    assert target.ports == sorted(getattr(ports, name) for name in ports.__slots__)
    assert len(target.sockets) == 6


def test_the_owner_reads_the_object(target: Target) -> None:
    """A signed request gets the bytes; else the other tests would prove nothing."""
    s3 = client(target.state.ports.objects, target.state.s3_access_key, target.state.s3_secret_key)
    with s3.get_object(target.bucket, KEY) as answer:
        assert answer.data == CONTENT


@pytest.mark.parametrize("stolen", ["nothing", "access key", "empty secret"])
def test_a_wrong_signature_is_refused(target: Target, stolen: str) -> None:
    """Neither foreign credentials nor the right access key alone open anything."""
    access = target.state.s3_access_key if stolen != "nothing" else secrets.token_hex(10)
    s3 = client(target.state.ports.objects, access, "x" * 64 if stolen != "empty secret" else "0")
    with pytest.raises(S3Error) as error:
        s3.get_object(target.bucket, KEY)
    assert error.value.code in {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"}
    with pytest.raises(S3Error):
        list(s3.list_objects(target.bucket, recursive=True))


def test_nobody_reads_a_byte_without_a_signature(target: Target) -> None:
    """On no port and no socket does anybody get the bytes, the object's name or a permit."""
    prying = target.prying()
    prying.pry()
    assert CONTENT[:31] not in prying.seen
    assert UNASKED.encode() not in prying.seen
    assert not prying.permits


def test_nobody_speaks_to_the_inner_servers(target: Target, tmp_path: Path) -> None:
    """The inner gRPC answers neither plainly nor over TLS without a certificate, nor to a foreign authority's."""
    ports = target.state.ports.objects
    folder = target.state.home / "objects-authority"
    ours = Authority(folder, "unused").issue("grpc")
    foreign = Authority(tmp_path, "WanGov embedded object store").issue("grpc")
    inner = [ports.master_grpc, ports.volume_grpc, ports.filer_grpc, ports.s3_grpc]
    places: list[int | Path] = [*inner, *(path for path in target.sockets if "-grpc-" in path.name)]
    assert len(places) == 8
    for place in places:
        assert answers_grpc(place, tls=True, certificate=ours)
        assert not answers_grpc(place)
        assert not answers_grpc(place, tls=True)
        assert not answers_grpc(place, tls=True, certificate=foreign)


@pytest.fixture(params=["as it comes", "with permits asked for"])
def open_target(stack: Stack, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Target]:
    """The same server with S3 credentials, but open inside; or with permits, which its master hands to anybody."""
    permits = {f"WEED_JWT_{name}SIGNING_{kind}KEY" for name in ("", "FILER_") for kind in ("", "READ_")}
    guarded = request.param == "with permits asked for"
    environment = plain_environment(tmp_path) | (dict.fromkeys(permits, "secret") if guarded else {})
    ports, keys = new_ports(set()).objects, new_secrets()
    identities = {
        "identities": [
            {
                "name": "a",
                "credentials": [{"accessKey": keys.s3_access_key, "secretKey": keys.s3_secret_key}],
                "actions": ["Admin"],
            }
        ]
    }
    (tmp_path / "s3.json").write_text(json.dumps(identities), encoding="utf-8")
    numbers = [
        f"-{option}={getattr(ports, name)}"
        for option, name in (
            ("master.port", "master"), ("master.port.grpc", "master_grpc"), ("volume.port", "volume"),
            ("volume.port.grpc", "volume_grpc"), ("filer.port", "filer"), ("filer.port.grpc", "filer_grpc"),
            ("s3.port", "s3"), ("s3.port.grpc", "s3_grpc"),
        )
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                Path(sysconfig.get_path("scripts")) / "weed", "-logtostderr=true", "server", f"-dir={tmp_path}",
                "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-filer", "-s3",
                f"-s3.config={tmp_path / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0",
                "-filer.localSocket=./filer.sock", "-s3.localSocket=./s3.sock", "-master.volumeSizeLimitMB=64",
                "-volume.max=20", *numbers, *(["-filer.disableHttp"] if guarded else []),
            ],
            cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        s3 = client(ports, keys.s3_access_key, keys.s3_secret_key)
        store(s3)
        number = file_number(ports, "opened", plain_environment(tmp_path))
        yield Target(stack.state, listening(server.pid), "opened", number)
    finally:
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        for part in ("master", "volume", "filer", "s3"):
            Path(f"/tmp/seaweedfs-{part}-grpc-{getattr(ports, part + '_grpc')}.sock").unlink(missing_ok=True)


def store(s3: Minio) -> None:
    """Store the object as soon as the server takes it."""
    deadline = time.monotonic() + 60
    while True:
        try:
            if not s3.bucket_exists("opened"):
                s3.make_bucket("opened")
            for name in (KEY, UNASKED):
                s3.put_object("opened", name, io.BytesIO(CONTENT), len(CONTENT))
        except (S3Error, urllib3.exceptions.HTTPError):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_the_attempt_succeeds_where_a_door_is_open(open_target: Target) -> None:
    """The same attempt gets the bytes from a server that is less closed: it does try the right doors."""
    prying = open_target.prying()
    prying.pry()
    assert CONTENT in prying.seen
