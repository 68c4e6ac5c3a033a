"""`python -m enrollment.devices.simulator --port 4501 --faces FOLDER --fault NAME`: devices that need no devices."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from enrollment.devices.client import PORTS
from enrollment.devices.signing import jwk_of, signer
from enrollment.devices.simulator.device import Device
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.simulator.samples import Faces, Fingers, Person, Shown
from enrollment.devices.simulator.service import Service
from enrollment.devices.simulator.station import Station
from enrollment.devices.vocabulary import Environment, Modality, Purpose
from idp.clock import SystemClock
from idp.entropy import Entropy

__all__ = ["main"]


def main() -> int:
    """Serve until stopped. The first line says in JSON where, under which code, and the public key to register."""
    parser = _parser()
    options = parser.parse_args()
    if options.port not in PORTS:
        parser.error(f"the port is one of {PORTS[0]} to {PORTS[-1]}")
    key = _key(options.key)
    if options.public_key:
        sys.stdout.write(f"{json.dumps(jwk_of(key))}\n")
        return 0
    shown = Shown(Person(options.seed, options.impression, options.face))
    station = Station(_devices(options, key, shown), shown)
    try:
        service = Service(options.port, station, frozenset(options.origin))
    except OSError:
        parser.error(f"port {options.port} is in use")
    # `stop` waits for `serve_forever`, which is what the signal interrupts.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: Thread(target=service.stop).start())
    told = {"port": service.server_address[1], "code": options.code, "jwk": jwk_of(key), **station.setup.document}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()
    service.serve_forever(poll_interval=0.2)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m enrollment.devices.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=PORTS[0], help=f"{PORTS[0]} to {PORTS[-1]}")
    parser.add_argument("--seed", type=int, default=1, help="who the person is: the same seed has the same fingers")
    parser.add_argument("--impression", type=int, default=0, help="which visit: each has other impressions")
    parser.add_argument("--faces", type=Path, help="a folder of pictures; NAME_1.jpg and NAME_2.jpg are one person")
    parser.add_argument("--face", default="", help="the name of the picture, if not the one that falls to the seed")
    parser.add_argument("--fault", choices=list(Fault), default=Fault.NONE, type=Fault)
    parser.add_argument("--code", default="SIMULATOR", help="the code under which the devices are registered")
    parser.add_argument("--key", type=Path, help="private key (PEM, P-256); made where there is none; else a fresh one")
    parser.add_argument("--public-key", action="store_true", help="print the public key of --key to register, and end")
    parser.add_argument("--domain-key", type=Path, help="public key (PEM, RSA) for which verifications are sealed")
    parser.add_argument("--environment", choices=list(Environment), default=Environment.DEVELOPER, type=Environment)
    parser.add_argument("--purpose", choices=list(Purpose), default=Purpose.ENROL, type=Purpose)
    parser.add_argument("--origin", action="append", default=[], help="origin of pages that may ask; repeatable")
    parser.add_argument("--keep", type=Path, help="a folder for drawn fingers, so that the next start is quick")
    return parser


def _devices(options: argparse.Namespace, key: ec.EllipticCurvePrivateKey, shown: Shown) -> list[Device]:
    clock = SystemClock()
    entropy = Entropy(clock)
    prints, faces, domain = Fingers(options.keep), Faces(options.faces), _domain(options.domain_key)
    return [
        Device(
            modality,
            options.code,
            signer(key),
            shown,
            prints,
            faces,
            clock,
            entropy,
            options.environment,
            options.purpose,
            domain,
            options.fault,
        )
        for modality in (Modality.FINGER, Modality.FACE)
    ]


def _key(path: Path | None) -> ec.EllipticCurvePrivateKey:
    if path is None:
        return ec.generate_private_key(ec.SECP256R1())
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        path.touch(mode=0o600)
        path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made
    held = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(held, ec.EllipticCurvePrivateKey) or not isinstance(held.curve, ec.SECP256R1):
        raise SystemExit(f"{path} holds no private key on P-256")
    return held


def _domain(path: Path | None) -> rsa.RSAPublicKey | None:
    if path is None:
        return None
    held = load_pem_public_key(path.read_bytes())
    if not isinstance(held, rsa.RSAPublicKey):
        raise SystemExit(f"{path} holds no public RSA key")
    return held


if __name__ == "__main__":
    sys.exit(main())
