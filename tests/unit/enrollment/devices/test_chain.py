import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from enrollment.devices.blocks import EMPTY_HASH, MAX_SAMPLE, link
from enrollment.devices.chain import BlockCheck, CheckedSample, KnownDevice, Standing
from enrollment.devices.codes import DeviceCode
from enrollment.devices.messages import Block, CaptureAnswer, parse_capture
from enrollment.devices.reading import MalformedError
from enrollment.devices.signing import assembled, jwk_of, signer, to_sign
from enrollment.devices.simulator.faults import Fault
from enrollment.devices.vocabulary import LEFT, RIGHT, Environment, Modality
from enrollment.errors import Code, Refusal
from idp.keys.jose import decode_segment, encode_segment
from tests.factories.devices import CODE, Bench, Memory, face, fingers

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def bench() -> Bench:
    """Simulated devices and the check."""
    return Bench()


def passed(bench: Bench) -> tuple[CheckedSample, ...]:
    """Four fingers that were captured and checked."""
    request = bench.request(fingers())
    samples = bench.check.check(request, bench.answer(request))
    assert not isinstance(samples, Refusal)
    return samples


def with_block(answer: CaptureAnswer, number: int, block: Block) -> CaptureAnswer:
    """The answer with another block in that place."""
    blocks = list(answer.blocks)
    blocks[number] = block
    return CaptureAnswer(tuple(blocks))


def test_hash_of_nothing_is_published() -> None:
    """The first previous hash is the SHA-256 of the empty text (FIPS 180-4), in upper hexadecimal."""
    assert EMPTY_HASH == "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
    assert link("", b"sample") == link(EMPTY_HASH, b"sample")


def test_link_is_the_known_one() -> None:
    """A link that was worked out apart: SHA-256 over the two hashes' bytes, not over their digits."""
    assert link("", b"abc") == "BDDBDF7E9DF02F902EE5DD61B2B513D7566A2112FF97DB7DC3B6D184A43EF0E3"


@given(st.binary(max_size=50), st.binary(max_size=50), st.binary(max_size=50))
def test_links_tell_samples_and_order_apart(first: bytes, second: bytes, third: bytes) -> None:
    """Two chains end in one hash only when they are of the same samples in the same order."""
    ends = {link(link("", one), other) for one in (first, second, third) for other in (first, second, third)}
    assert len(ends) == len({first, second, third}) ** 2


@pytest.mark.parametrize("previous", ["zz", "ab", "A" * 62, "A" * 66, "é" * 64])
def test_no_link_to_what_is_no_hash(previous: str) -> None:
    """A previous hash that is none is malformed, never a chain of its own."""
    with pytest.raises(MalformedError):
        link(previous, b"")


def test_fingers_pass_with_what_is_known_of_them(bench: Bench) -> None:
    """Each finger comes with its position, bytes, moment and device; the last hash begins the next capture."""
    samples = passed(bench)
    assert [sample.position for sample in samples] == list(LEFT[1:])
    assert all(sample.content.startswith(b"FIR\0") for sample in samples)
    assert {sample.captured_at for sample in samples} == {bench.clock.now()}
    assert {(sample.device_code, sample.device.serial) for sample in samples} == {(CODE, f"{CODE}-finger")}
    request = bench.request(fingers(*RIGHT[1:], previous=samples[-1].hash))
    assert not isinstance(bench.check.check(request, bench.answer(request)), Refusal)


def test_chain_of_another_capture_is_refused(bench: Bench) -> None:
    """AC-103: an answer that does not begin where the last one ended is refused."""
    request = bench.request(fingers())
    later = replace(request, wanted=(replace(request.wanted[0], previous_hash=link("", b"x")),))
    assert bench.check.check(later, bench.answer(request)) == Refusal(Code.ENR_CHECKSUM, "chain")


def test_blocks_in_another_order_or_left_out_break_the_chain(bench: Bench) -> None:
    """Whoever swaps two blocks or drops the first is refused."""
    request = bench.request(fingers())
    first, second, *rest = bench.answer(request).blocks
    for blocks in ((second, first, *rest), (second, *rest)):
        assert bench.check.check(request, CaptureAnswer(blocks)) == Refusal(Code.ENR_CHECKSUM, "chain")


def test_changed_sample_loses_its_signature(bench: Bench) -> None:
    """A byte of what is signed, or of the signature, or the identity, changed: refused for its signature."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    head, payload, signature = answer.blocks[0].data.split(".")
    changed = decode_segment(payload).replace(b'"qualityScore":"82"', b'"qualityScore":"99"')
    broken = bytearray(decode_segment(signature))
    broken[40] ^= 1
    for data in (f"{head}.{encode_segment(changed)}.{signature}", f"{head}.{payload}.{encode_segment(bytes(broken))}"):
        tampered = with_block(answer, 0, replace(answer.blocks[0], data=data))
        assert bench.check.check(request, tampered) == Refusal(Code.ENR_SIG)


def test_liveness_that_nobody_asked_for_is_not_read(bench: Bench) -> None:
    """AC-114: a block with a claim of liveness is refused: what the interface does not know is not looked at."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    head, payload, signature = answer.blocks[0].data.split(".")
    claimed = encode_segment(decode_segment(payload)[:-1] + b',"liveness":true}')
    tampered = with_block(answer, 0, replace(answer.blocks[0], data=f"{head}.{claimed}.{signature}"))
    assert bench.check.check(request, tampered) == Refusal(Code.ENR_SCHEMA, "data")


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none"}',
        b'{"alg":"HS256"}',
        b'{"alg":"RS256"}',
        b'{"alg":"ES256","crit":["exp"]}',
        b'{"alg":"ES256","jwk":{}}',
        b"[]",
    ],
)
def test_header_chooses_nothing(bench: Bench, header: bytes) -> None:
    """The register says which key and algorithm: another one in the header is refused, and so is a key of its own."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    _, payload, signature = answer.blocks[0].data.split(".")
    forged = with_block(answer, 0, replace(answer.blocks[0], data=f"{encode_segment(header)}.{payload}.{signature}"))
    refusal = bench.check.check(request, forged)
    assert isinstance(refusal, Refusal)
    assert refusal.code in {Code.ENR_SIG, Code.ENR_SCHEMA}


def test_signed_by_another_key(bench: Bench) -> None:
    """AC-114: a block that another key signed is refused, whatever it claims to be."""
    other = ec.generate_private_key(ec.SECP256R1())
    bench.register.devices[CODE] = KnownDevice(CODE, jwk_of(other), Standing.ACTIVE, frozenset(Modality))
    request = bench.request(fingers())
    assert bench.check.check(request, bench.answer(request)) == Refusal(Code.ENR_SIG)


@pytest.mark.parametrize("standing", [Standing.SUSPENDED, Standing.REVOKED])
def test_stolen_device_is_refused(bench: Bench, standing: Standing) -> None:
    """What a suspended or revoked device signs is not taken."""
    bench.know(standing)
    request = bench.request(fingers())
    assert bench.check.check(request, bench.answer(request)) == Refusal(Code.ENR_DEVICE, standing.value)


def test_unknown_device_is_refused(bench: Bench) -> None:
    """A device that was never registered is refused."""
    bench.register.devices.clear()
    request = bench.request(fingers())
    assert bench.check.check(request, bench.answer(request)) == Refusal(Code.ENR_DEVICE, "unknown")


def test_camera_gives_no_fingers(bench: Bench) -> None:
    """A device gives only what it is registered for."""
    bench.know(Standing.ACTIVE, Modality.FACE)
    request = bench.request(fingers())
    assert bench.check.check(request, bench.answer(request)) == Refusal(Code.ENR_DEVICE, "modality")


def test_trial_device_gives_nothing_in_production(bench: Bench) -> None:
    """A block of another environment is refused."""
    request = bench.request(fingers())
    asked = replace(request, environment=Environment.PRODUCTION)
    assert bench.check.check(asked, bench.answer(request)) == Refusal(Code.ENR_DEVICE, "environment")


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_clocks_may_be_five_minutes_apart(bench: Bench, seconds: int, *, taken: bool) -> None:
    """Design section 10: five minutes either way, no second more."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    bench.clock.advance(seconds=seconds)
    outcome = bench.check.check(request, answer)
    assert (outcome == Refusal(Code.ENR_CLOCK)) is not taken


def test_block_counts_once(bench: Bench) -> None:
    """AC-103: a capture that was taken once is a replay the second time."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    assert not isinstance(bench.check.check(request, answer), Refusal)
    assert bench.check.check(request, answer) == Refusal(Code.BIO_REPLAY, "seen")


def test_second_signature_is_no_second_block(bench: Bench) -> None:
    """AC-103: the other valid form of an ECDSA signature does not make a seen block a new one."""
    request = bench.request(fingers(LEFT[0]))
    (block,) = bench.answer(request).blocks
    head, payload, signature = block.data.split(".")
    raw = decode_segment(signature)
    other = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    assert not isinstance(bench.check.check(request, CaptureAnswer((block,))), Refusal)
    twin = CaptureAnswer((replace(block, data=f"{head}.{payload}.{encode_segment(other)}"),))
    assert bench.check.check(request, twin) == Refusal(Code.BIO_REPLAY, "seen")
    fresh = BlockCheck(bench.register, Memory(), bench.clock)
    assert not isinstance(fresh.check(request, twin), Refusal)


def test_block_of_another_capture(bench: Bench) -> None:
    """AC-103: a fresh block, never seen, that was made for another capture is a replay."""
    answer = bench.answer(bench.request(fingers()))
    assert bench.check.check(bench.request(fingers()), answer) == Refusal(Code.BIO_REPLAY, "transaction")


def test_refused_capture_is_not_marked_as_seen(bench: Bench) -> None:
    """A block that failed for another reason may come again once the reason is gone."""
    request = bench.request(fingers())
    answer = bench.answer(request)
    bench.know(Standing.SUSPENDED)
    assert isinstance(bench.check.check(request, answer), Refusal)
    bench.know(Standing.ACTIVE)
    assert not isinstance(bench.check.check(request, answer), Refusal)


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (Fault.BUSY, Refusal(Code.DEV_BUSY, "busy")),
        (Fault.NOT_READY, Refusal(Code.DEV_BUSY, "not_ready")),
        (Fault.NOT_REGISTERED, Refusal(Code.ENR_DEVICE, "not_registered")),
        (Fault.FEWER, Refusal(Code.BIO_COUNT, "too_few")),
        (Fault.BAD_SIGNATURE, Refusal(Code.ENR_SIG)),
        (Fault.BAD_CHAIN, Refusal(Code.ENR_CHECKSUM, "chain")),
        (Fault.WRONG_TIME, Refusal(Code.ENR_CLOCK)),
    ],
)
def test_fault_is_refused_by_its_code(bench: Bench, fault: Fault, refusal: Refusal) -> None:
    """Every fault that a signed block can show has its refusal."""
    bench.fault(fault)
    request = bench.request(fingers())
    assert bench.check.check(request, bench.answer(request)) == refusal


def test_low_quality_passes_here(bench: Bench) -> None:
    """A bad image is the business of the quality gate, which measures it: the device's own figure comes along."""
    bench.fault(Fault.LOW_QUALITY)
    assert {sample.score for sample in passed(bench)} == {9.0}


@pytest.mark.parametrize(("fault", "seen"), [(Fault.WRONG_HAND, "2 3 4 5"), (Fault.DUPLICATE, "7 7 7 7")])
def test_wrong_finger_under_the_right_name(bench: Bench, fault: Fault, seen: str) -> None:
    """What a person puts on the glass is not what the device calls it: only a comparison of images finds that."""
    bench.fault(fault)
    samples = passed(bench)
    assert [sample.position for sample in samples] == list(LEFT[1:])
    shown = [sample.content.partition(b"words\0")[2].split(b" ")[1].decode() for sample in samples]
    assert " ".join(shown) == seen


def test_other_hand_by_name(bench: Bench) -> None:
    """A device that says itself that it gives the other hand is refused for that."""
    request = bench.request(fingers(*LEFT[1:]))
    answer = bench.answer(replace(request, wanted=(fingers(*RIGHT[1:]),)))
    assert bench.check.check(request, answer) == Refusal(Code.BIO_WRONGHAND, "position")


def test_more_than_asked(bench: Bench) -> None:
    """Nobody gets fingers in that were not asked for."""
    request = bench.request(fingers(LEFT[1], LEFT[2], count=1))
    answer = bench.answer(replace(request, wanted=(fingers(LEFT[1], LEFT[2]),)))
    assert bench.check.check(request, answer) == Refusal(Code.BIO_COUNT, "too_many")


def test_excepted_finger_is_not_taken(bench: Bench) -> None:
    """A finger that is missing by an exception is neither asked for nor taken."""
    wanted = replace(fingers(), count=3, exceptions=(LEFT[2],))
    request = bench.request(wanted)
    samples = bench.check.check(request, bench.answer(request))
    assert not isinstance(samples, Refusal)
    assert [sample.position for sample in samples] == [LEFT[1], LEFT[3], LEFT[4]]
    every = bench.answer(replace(request, wanted=(fingers(),)))
    assert bench.check.check(request, every) == Refusal(Code.BIO_COUNT, "position")


def test_nobody_there(bench: Bench) -> None:
    """A camera that sees nobody says so in a code, not with an empty picture."""
    request = bench.request(face())
    answer = bench.answer(request)
    assert answer.blocks[0].error.number == DeviceCode.NOTHING_DETECTED
    assert bench.check.check(request, answer) == Refusal(Code.BIO_COUNT, "nothing_detected")


def test_identity_under_another_key(bench: Bench) -> None:
    """A device cannot pass for another by carrying that one's identity, or one that it made up."""
    request = bench.request(fingers(LEFT[1]))
    (block,) = bench.answer(request).blocks
    made_up = to_sign(json.dumps(bench.devices[0].identity.document).encode())
    identity = assembled(made_up, signer(ec.generate_private_key(ec.SECP256R1()))(made_up))
    answer = CaptureAnswer((bench.resigned(block, identity=identity),))
    assert bench.check.check(request, answer) == Refusal(Code.ENR_SIG)


def test_identity_of_a_camera_with_a_finger(bench: Bench) -> None:
    """What a device says that it is and what it gives go together."""
    request = bench.request(fingers(LEFT[1]))
    (block,) = bench.answer(request).blocks
    camera = to_sign(json.dumps(bench.devices[1].identity.document).encode())
    answer = CaptureAnswer((bench.resigned(block, identity=assembled(camera, signer(bench.private)(camera))),))
    assert bench.check.check(request, answer) == Refusal(Code.ENR_DEVICE, "modality")


@pytest.mark.parametrize(
    ("positions", "images", "about"),
    [((LEFT[1], LEFT[2]), (b"one", b"one"), "image"), ((LEFT[1], LEFT[1]), (b"one", b"other"), "position")],
)
def test_finger_twice(bench: Bench, positions: tuple[str, str], images: tuple[bytes, bytes], about: str) -> None:
    """One image under two names, or two images under one name, truly signed: `BIO-REPEAT`."""
    request = bench.request(fingers(LEFT[1], LEFT[2]))
    made: list[Block] = []
    for block, position, image in zip(bench.answer(request).blocks, positions, images, strict=True):
        previous = made[-1].hash if made else ""
        made.append(bench.resigned(block, previous, position=position, value=image))
    assert bench.check.check(request, CaptureAnswer(tuple(made))) == Refusal(Code.BIO_REPEAT, about)


def test_fingers_without_a_name(bench: Bench) -> None:
    """Where any finger will do, several may come without a name."""
    request = bench.request(fingers("UNKNOWN", count=2))
    made: list[Block] = []
    for block in bench.answer(replace(request, wanted=(fingers(LEFT[1], LEFT[2]),))).blocks:
        made.append(bench.resigned(block, made[-1].hash if made else "", position="UNKNOWN", value=block.hash.encode()))
    assert not isinstance(bench.check.check(request, CaptureAnswer(tuple(made))), Refusal)


def test_largest_sample_fits_through_every_limit(bench: Bench) -> None:
    """A sample of the largest size passes the reader and the check; one byte more, truly signed, is too large."""
    request = bench.request(fingers(LEFT[1]))
    (block,) = bench.answer(request).blocks
    largest, larger = (CaptureAnswer((bench.resigned(block, value=bytes(MAX_SAMPLE + more)),)) for more in (0, 1))
    read = parse_capture(largest.to_json())
    assert not isinstance(read, Refusal)
    assert not isinstance(bench.check.check(request, read), Refusal)
    assert bench.check.check(request, larger) == Refusal(Code.BIO_TOOLARGE, "bioValue")
