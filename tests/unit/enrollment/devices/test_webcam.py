from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from enrollment.devices.blocks import MAX_SAMPLE, link, parse_facts
from enrollment.devices.chain import BlockCheck, KnownDevice, Standing
from enrollment.devices.messages import CaptureAnswer
from enrollment.devices.reading import written
from enrollment.devices.sealed import seal
from enrollment.devices.signing import assembled, jwk_of, read_signed, signer
from enrollment.devices.vocabulary import LEFT, Modality, Purpose
from enrollment.devices.webcam import Draft, Webcam
from enrollment.errors import Code, Refusal
from tests.factories.devices import Bench, Memory, Register, face, fingers, picture

FRAME = picture("a face")
CAMERA = Webcam("AB2C", "0197-station")
PRIVATE = ec.generate_private_key(ec.SECP256R1())
SIGN = signer(PRIVATE)


@pytest.fixture
def bench() -> Bench:
    """A clock and requests."""
    return Bench()


@pytest.fixture
def check(bench: Bench) -> BlockCheck:
    """The check of a register in which the station stands as a camera."""
    station = KnownDevice("AB2C", jwk_of(PRIVATE), Standing.ACTIVE, frozenset({Modality.FACE}))
    return BlockCheck(Register({"AB2C": station}), Memory(), bench.clock)


def identity(bench: Bench) -> str:
    """What the station signs once."""
    asked = CAMERA.identity_to_sign(bench.clock.now())
    return assembled(asked, SIGN(asked))


def test_frame_becomes_a_block_like_any_other(bench: Bench, check: BlockCheck) -> None:
    """The check takes it under the station's key, and the next frame links to it."""
    previous = ""
    for number in range(2):
        request = bench.request(face(previous))
        draft = CAMERA.draft(FRAME, identity(bench), request, bench.clock.now(), 71)
        assert isinstance(draft, Draft)
        answer = draft.signed(SIGN(draft.to_sign))
        assert isinstance(answer, CaptureAnswer)
        samples = check.check(request, answer)
        assert not isinstance(samples, Refusal), number
        (sample,) = samples
        assert (sample.content, sample.position, sample.score, sample.device.serial) == (FRAME, "", 71, "0197-station")
        assert sample.hash == link(previous, FRAME)
        previous = sample.hash


def test_another_station_cannot_sign_for_it(bench: Bench, check: BlockCheck) -> None:
    """AC-114: a frame under another key is refused."""
    request = bench.request(face())
    draft = CAMERA.draft(FRAME, identity(bench), request, bench.clock.now())
    assert isinstance(draft, Draft)
    answer = draft.signed(signer(ec.generate_private_key(ec.SECP256R1()))(draft.to_sign))
    assert isinstance(answer, CaptureAnswer)
    assert check.check(request, answer) == Refusal(Code.ENR_SIG)


def test_signature_of_another_form_is_none(bench: Bench) -> None:
    """Only 64 bytes, r and s, are a signature: DER is not."""
    draft = CAMERA.draft(FRAME, identity(bench), bench.request(face()), bench.clock.now())
    assert isinstance(draft, Draft)
    assert draft.signed(SIGN(draft.to_sign)[:-1]) == Refusal(Code.ENR_SIG)


@pytest.mark.parametrize(
    ("frame", "refusal"),
    [
        (b"\xff\xd8\xff" + bytes(MAX_SAMPLE), Refusal(Code.BIO_TOOLARGE, "frame")),
        (b"", Refusal(Code.BIO_FORMAT, "frame")),
        (b"<svg>", Refusal(Code.BIO_FORMAT, "frame")),
    ],
)
def test_frame_is_a_picture_of_some_size(bench: Bench, frame: bytes, refusal: Refusal) -> None:
    """Too large, empty or no JPEG and no PNG."""
    assert CAMERA.draft(frame, "a.b.c", bench.request(face()), bench.clock.now()) == refusal


def test_camera_answers_for_faces_and_enrolment_only(bench: Bench) -> None:
    """Fingers are no business of a camera, and a verification wants its sample sealed."""
    asked = (bench.request(fingers(LEFT[0])), bench.request(face(), purpose=Purpose.VERIFY))
    for request in asked:
        assert CAMERA.draft(FRAME, "a.b.c", request, bench.clock.now()) == Refusal(Code.ENR_SCHEMA, "purpose")


def test_sealed_sample_opens_for_us_alone(bench: Bench) -> None:
    """A verification's sample is sealed for our key: it opens, and for another key or changed it does not."""
    domain, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    bench.seal_for(domain)
    request = bench.request(fingers(LEFT[1], LEFT[2]), purpose=Purpose.VERIFY)
    answer = bench.answer(request)
    for block in answer.blocks:
        facts = parse_facts(read_signed(block.data, "data").payload)
        assert not facts.value.startswith(b"FIR\0")
    swapped = replace(answer.blocks[0], session_key=answer.blocks[1].session_key)
    mixed = CaptureAnswer((swapped, *answer.blocks[1:]))
    assert bench.check.check(request, mixed) == Refusal(Code.ENR_CHECKSUM, "sealed")
    renamed = CaptureAnswer(tuple(replace(block, thumbprint="0" * 64) for block in answer.blocks))
    assert bench.check.check(request, renamed) == Refusal(Code.ENR_CHECKSUM, "sealed")
    samples = bench.check.check(request, answer)
    assert not isinstance(samples, Refusal)
    assert all(sample.content.startswith(b"FIR\0") for sample in samples)
    for device in bench.devices:
        device.domain = other.public_key()
    again = bench.request(fingers(LEFT[1]), purpose=Purpose.VERIFY)
    assert bench.check.check(again, bench.answer(again)) == Refusal(Code.ENR_CHECKSUM, "sealed")


def test_weaker_key_seals_nothing(bench: Bench) -> None:
    """A sample under a key of 128 bits is not opened: the interface has 256."""
    domain = rsa.generate_private_key(65537, 2048)
    bench.seal_for(domain)
    request = bench.request(fingers(LEFT[1]), purpose=Purpose.VERIFY)
    (block,) = bench.answer(request).blocks
    at = written(bench.clock.now())
    value, session_key, _ = seal(domain.public_key(), bytes(16), b"sample", at, request.transaction)
    weak = replace(bench.resigned(block, value=value), session_key=session_key, hash=link("", b"sample"))
    assert bench.check.check(request, CaptureAnswer((weak,))) == Refusal(Code.ENR_CHECKSUM, "sealed")


def test_verification_for_another_house(bench: Bench) -> None:
    """A sealed sample that was made for another domain is not taken, nor is one for enrolment in its place."""
    bench.seal_for(rsa.generate_private_key(65537, 2048))
    request = bench.request(fingers(LEFT[1]), purpose=Purpose.VERIFY)
    (block,) = bench.answer(request).blocks
    for other in ({"domain": "other.example"}, {"purpose": Purpose.ENROL}):
        answer = CaptureAnswer((bench.resigned(block, **other),))
        assert bench.check.check(request, answer) == Refusal(Code.ENR_DEVICE, "purpose")


def test_device_without_our_key_says_so(bench: Bench) -> None:
    """A device that cannot seal gives nothing for a verification."""
    request = bench.request(fingers(LEFT[1]), purpose=Purpose.VERIFY)
    assert bench.check.check(request, bench.answer(request)) == Refusal(Code.ENR_DEVICE, "no_domain_key")
