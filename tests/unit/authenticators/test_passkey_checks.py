import datetime as dt
import json
import os
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

from idp.authenticators.passkey import verify_assertion, verify_registration
from idp.authenticators.passkey_answers import Asserted, Registered, read_assertion, read_registration
from idp.authenticators.passkey_bytes import AuthenticatorData
from idp.authenticators.passkey_challenges import Challenge
from idp.authenticators.passkey_options import (
    PasskeyOwner,
    PasskeyParty,
    PasskeyPolicy,
    assertion_options,
    creation_options,
)
from idp.authenticators.passkey_store import NewPasskey, Passkey
from idp.errors import Code, Refusal
from tests.factories.softkey import BE, BS, EDDSA, ES256, RS256, UP, UV, Maker, SoftKey, as_bytes, as_text, attested_by

ORIGIN = "https://id.example"
PARTY = PasskeyParty("id.example", (ORIGIN, "https://id.related.example"))
HANDLE = os.urandom(32)
MODEL = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
OWNER = PasskeyOwner(uuid.UUID(int=7), "testa", "Testa Madeup")


def key(**given: Any) -> SoftKey:
    """An authenticator at our own origin."""
    return SoftKey(**{"origin": ORIGIN, **given})


def registered(answer: Mapping[str, Any]) -> Registered:
    """The answer, read."""
    read = read_registration(json.dumps(answer))
    assert isinstance(read, Registered), read
    return read


def register(
    soft: SoftKey, policy: PasskeyPolicy | None = None, challenge: bytes = b"c" * 32, **given: Any
) -> NewPasskey | Refusal:
    """A whole registration."""
    policy = policy or PasskeyPolicy()
    options = creation_options(PARTY, policy, OWNER, Challenge(b"c" * 32, HANDLE), [])
    return verify_registration(PARTY, policy, registered(soft.make(options, **given)), challenge, HANDLE)


def stored(soft: SoftKey) -> Passkey:
    """The passkey of this authenticator as the store would hold it."""
    new = register(soft)
    assert isinstance(new, NewPasskey), new
    return Passkey(
        id=uuid.UUID(int=1),
        subscriber_id=OWNER.id,
        credential_id=new.credential_id,
        user_handle=new.user_handle,
        public_key=new.public_key,
        sign_count=new.sign_count,
        aaguid=new.aaguid,
        transports=new.transports,
        attestation=new.attestation,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
        sealed_name=b"",
        created_at=NOW,
        used_at=None,
    )


def use(
    soft: SoftKey, passkey: Passkey | None = None, challenge: bytes = b"d" * 32, **given: Any
) -> AuthenticatorData | Refusal:
    """A whole assertion."""
    passkey = passkey or stored(soft)
    answer = read_assertion(json.dumps(soft.use(assertion_options(PARTY, Challenge(b"d" * 32), []), **given)))
    assert isinstance(answer, Asserted), answer
    return verify_assertion(PARTY, passkey, answer, challenge)


def code(outcome: object) -> Code:
    """Why it was refused."""
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_each_algorithm_that_is_offered_works(algorithm: int) -> None:
    """A key of each algorithm is registered and then used."""
    soft = key(algorithm=algorithm)
    assert isinstance(use(soft), AuthenticatorData)


def test_a_registration_tells_what_is_stored() -> None:
    """The identifier, the counter, the model and whether it can be backed up come from the authenticator's own data."""
    soft = key(flags=UP | UV | BE | BS, counter=7, aaguid=MODEL)
    new = register(soft)
    assert isinstance(new, NewPasskey)
    assert (new.credential_id, new.sign_count, new.aaguid) == (soft.credential_id, 7, MODEL)
    assert (new.backup_eligible, new.backed_up, new.attestation) == (True, True, "none")
    assert (new.transports, new.user_handle) == (("internal",), HANDLE)


@pytest.mark.parametrize(
    "origin",
    [
        "https://id.example.evil.example",
        "https://evil.example",
        "http://id.example",
        "https://id.example:8443",
        "https://ID.example",
        "https://id.example/",
        "https://sub.id.example",
        "null",
        "",
        "android:apk-key-hash:abc",
    ],
)
def test_another_origin_is_refused(origin: str) -> None:
    """AC-077: the origin is compared exactly, when a passkey is added and when it is used."""
    assert code(register(key(), client={"origin": origin})) is Code.PASSKEY_ORIGIN
    assert code(use(key(), client={"origin": origin})) is Code.PASSKEY_ORIGIN


def test_a_related_origin_is_as_good_as_our_own() -> None:
    """An origin that the operator named may use the same passkeys."""
    soft = key(origin="https://id.related.example")
    assert isinstance(use(soft), AuthenticatorData)


@pytest.mark.parametrize("client", [{"crossOrigin": True}, {"topOrigin": "https://evil.example"}, {"crossOrigin": 1}])
def test_a_page_inside_another_site_is_refused(client: dict[str, Any]) -> None:
    """AC-077: our pages are never framed, so an answer that comes out of a frame is not ours."""
    assert code(register(key(), client=client)) is Code.PASSKEY_ORIGIN
    assert code(use(key(), client=client)) is Code.PASSKEY_ORIGIN


@pytest.mark.parametrize("rp_id", ["evil.example", "example", "ID.EXAMPLE", "sub.id.example"])
def test_another_relying_party_is_refused(rp_id: str) -> None:
    """AC-077: the authenticator's own hash of the party must be that of our name."""
    refusal = register(key(rp_id=rp_id))
    assert refusal == Refusal(Code.PASSKEY_ORIGIN, "rp_id")
    soft = key()
    passkey = stored(soft)
    soft.rp_id = rp_id
    assert use(soft, passkey) == Refusal(Code.PASSKEY_ORIGIN, "rp_id")


@pytest.mark.parametrize("kind", ["webauthn.get", "webauthn.create", "payment.get", ""])
def test_another_type_is_refused(kind: str) -> None:
    """AC-078: an answer to one ceremony is none to the other."""
    if kind != "webauthn.create":
        assert code(register(key(), client={"type": kind})) is Code.PASSKEY_TYPE
    if kind != "webauthn.get":
        assert code(use(key(), client={"type": kind})) is Code.PASSKEY_TYPE


def test_another_challenge_is_refused_even_without_the_store() -> None:
    """AC-078: the verification compares the challenge once more, on its own."""
    assert code(register(key(), challenge=b"e" * 32)) is Code.PASSKEY_SIGNATURE
    assert code(use(key(), challenge=b"e" * 32)) is Code.PASSKEY_SIGNATURE


@pytest.mark.parametrize("flags", [UP, UV, 0, UP | BE | BS])
def test_a_person_who_was_not_there_or_not_verified_is_refused(flags: int) -> None:
    """AC-078: both flags are needed, at every ceremony."""
    assert code(register(key(flags=flags))) is Code.PASSKEY_UNVERIFIED
    soft = key()
    passkey = stored(soft)
    soft.flags = flags
    assert code(use(soft, passkey)) is Code.PASSKEY_UNVERIFIED


def test_backed_up_without_being_able_to_is_refused() -> None:
    """Section 7.1 step 18 and 7.2 step 18: the second flag cannot be without the first."""
    assert register(key(flags=UP | UV | BS)) == Refusal(Code.PASSKEY_BACKUP, "flags")
    soft = key()
    passkey = stored(soft)
    soft.flags = UP | UV | BS
    assert use(soft, passkey) == Refusal(Code.PASSKEY_BACKUP, "flags")


@pytest.mark.parametrize(("before", "after"), [(0, BE), (BE, 0), (BE | BS, 0)])
def test_whether_it_can_be_backed_up_never_changes(before: int, after: int) -> None:
    """Section 7.2 step 19: a passkey bound to its device cannot become one that travels, nor the other way round."""
    soft = key(flags=UP | UV | before)
    passkey = stored(soft)
    soft.flags = UP | UV | after
    assert use(soft, passkey) == Refusal(Code.PASSKEY_BACKUP, "changed")


def test_a_passkey_may_be_backed_up_later_and_not_any_more() -> None:
    """The state may change either way while the ability stays."""
    soft = key(flags=UP | UV | BE)
    passkey = stored(soft)
    soft.flags = UP | UV | BE | BS
    told = use(soft, passkey)
    assert isinstance(told, AuthenticatorData)
    assert told.backed_up


def test_the_signature_of_another_key_is_refused() -> None:
    """A key that is not the registered one proves nothing, whatever identifier it comes with."""
    soft, other = key(), key()
    passkey = stored(soft)
    other.credential_id, other.user_handle = soft.credential_id, HANDLE
    assert code(use(other, passkey)) is Code.PASSKEY_SIGNATURE
    assert code(use(soft, passkey, signature=b"\x30\x06\x02\x01\x00\x02\x01\x00")) is Code.PASSKEY_SIGNATURE


def test_a_key_is_used_with_the_algorithm_it_was_registered_with() -> None:
    """A signature by another algorithm under the same identifier is refused."""
    soft = key(algorithm=ES256)
    passkey = stored(soft)
    other = key(algorithm=EDDSA, credential_id=soft.credential_id, user_handle=HANDLE)
    assert code(use(other, passkey)) is Code.PASSKEY_SIGNATURE


P384 = ec.generate_private_key(ec.SECP384R1()).public_key().public_numbers()


@pytest.mark.parametrize(
    "public_key",
    [
        {1: 2, 3: -35, -1: 2, -2: P384.x.to_bytes(48, "big"), -3: P384.y.to_bytes(48, "big")},
        {1: 2, 3: ES256, -1: 2, -2: P384.x.to_bytes(48, "big"), -3: P384.y.to_bytes(48, "big")},
        {1: 3, 3: RS256, -1: b"\x99" * 128, -2: b"\x01\x00\x01"},
        {1: 3, 3: RS256, -1: b"\x99" * 1024, -2: b"\x01\x00\x01"},
        {1: 3, 3: -65535, -1: b"\x99" * 256, -2: b"\x01\x00\x01"},
        {1: 1, 3: -8, -1: 7, -2: b"\x99" * 57},
        {1: 3, 3: ES256, -1: b"\x99" * 256, -2: b"\x01\x00\x01"},
    ],
)
def test_keys_that_were_not_asked_for_are_refused(public_key: dict[int, Any]) -> None:
    """Only P-256, Ed25519 and RSA of a fit size, each with its own algorithm."""
    assert code(register(key(), public_key=public_key)) in {Code.PASSKEY_ALGORITHM, Code.PASSKEY_SIGNATURE}


def test_a_statement_that_comes_unasked_must_hold() -> None:
    """A self-attestation is verified even where none is asked for."""
    soft = key()
    new = register(soft, attest=soft.self_attested)
    assert isinstance(new, NewPasskey)
    assert new.attestation == "packed"
    other = key()
    assert code(register(key(), attest=other.self_attested)) is Code.PASSKEY_SIGNATURE


def test_an_unknown_form_of_attestation_is_refused() -> None:
    """What cannot be verified is not taken for verified."""
    refusal = register(key(), attest=lambda _: {"fmt": "made-up", "attStmt": {}})
    assert code(refusal) is Code.PASSKEY_SIGNATURE


class TestStaff:
    """Only models on the list, vouched for by their maker."""

    maker = Maker()
    policy = PasskeyPolicy("required", attested=True, models=frozenset({MODEL}), roots=(maker.pem.encode(),))

    def test_a_listed_model_is_taken(self) -> None:
        """The certificate names the model and leads to the maker's root."""
        new = register(key(aaguid=MODEL), self.policy, attest=attested_by(self.maker, MODEL))
        assert isinstance(new, NewPasskey), new
        assert new.attestation == "packed"

    def test_another_model_is_not(self) -> None:
        """A good attestation of a model that is not on the list is not enough."""
        other = uuid.uuid4()
        refusal = register(key(aaguid=other), self.policy, attest=attested_by(self.maker, other))
        assert code(refusal) is Code.PASSKEY_MODEL

    def test_a_model_that_only_says_so_is_not(self) -> None:
        """Without a certificate the number is nobody's word but the authenticator's."""
        soft = key(aaguid=MODEL)
        assert code(register(soft, self.policy)) is Code.PASSKEY_MODEL
        assert code(register(soft, self.policy, attest=soft.self_attested)) is Code.PASSKEY_MODEL

    def test_a_certificate_of_another_model_is_not(self) -> None:
        """The model in the certificate and the one in the authenticator's data must be one."""
        assert code(register(key(aaguid=MODEL), self.policy, attest=attested_by(self.maker, uuid.uuid4()))) is (
            Code.PASSKEY_MODEL
        )
        refusal = register(key(aaguid=MODEL), self.policy, attest=attested_by(self.maker, None))
        assert code(refusal) is Code.PASSKEY_MODEL

    def test_another_maker_is_not(self) -> None:
        """A certificate that leads to no root of ours is refused, whatever model it names."""
        stranger = Maker("Made-up Keys")
        refusal = register(key(aaguid=MODEL), self.policy, attest=attested_by(stranger, MODEL))
        assert code(refusal) is Code.PASSKEY_SIGNATURE

    def test_a_certificate_for_something_else_is_not(self) -> None:
        """Section 8.2.1 asks for a certificate made for attestation."""
        attest = attested_by(self.maker, MODEL, unit="Web Server")
        assert code(register(key(aaguid=MODEL), self.policy, attest=attest)) is Code.PASSKEY_MODEL

    def test_without_a_list_any_model_is_taken(self) -> None:
        """An installation that names no models asks for the statement and takes what comes."""
        open_policy = PasskeyPolicy("required", attested=True)
        assert isinstance(register(key(aaguid=MODEL), open_policy), NewPasskey)


def test_the_credential_must_be_the_one_in_the_signed_data() -> None:
    """An identifier beside the attestation object that is not the one in it is refused."""
    answer = key().make(creation_options(PARTY, PasskeyPolicy(), OWNER, Challenge(b"c" * 32, HANDLE), []))
    other = as_text(os.urandom(32))
    read = registered({**answer, "id": other, "rawId": other})
    assert code(verify_registration(PARTY, PasskeyPolicy(), read, b"c" * 32, HANDLE)) is Code.PASSKEY_MALFORMED


def test_an_assertion_that_brings_a_new_credential_is_refused() -> None:
    """Attested data belong in a registration."""
    soft = key()
    passkey = stored(soft)
    answer = soft.use(assertion_options(PARTY, Challenge(b"d" * 32), []))
    made = key().make(creation_options(PARTY, PasskeyPolicy(), OWNER, Challenge(b"d" * 32, HANDLE), []))
    attestation: Any = cbor.decode(as_bytes(made["response"]["attestationObject"]))
    answer["response"]["authenticatorData"] = as_text(attestation["authData"])
    read = read_assertion(json.dumps(answer))
    assert isinstance(read, Asserted)
    assert code(verify_assertion(PARTY, passkey, read, b"d" * 32)) is Code.PASSKEY_MALFORMED


def test_options_ask_for_what_the_checks_need() -> None:
    """Verification always, discoverable for staff, nothing twice, and no credential where nobody is named yet."""
    passkey = stored(key())
    staff = PasskeyPolicy("required", attested=True)
    asked = creation_options(PARTY, staff, OWNER, Challenge(b"c" * 32, HANDLE), [passkey])
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert asked["attestation"] == "direct"
    assert asked["excludeCredentials"] == [
        {"type": "public-key", "id": as_text(passkey.credential_id), "transports": ["internal"]}
    ]
    assert [item["alg"] for item in asked["pubKeyCredParams"]] == [ES256, EDDSA, RS256]
    assert creation_options(PARTY, PasskeyPolicy(), OWNER, Challenge(b"", HANDLE), [])["attestation"] == "none"
    nobody = assertion_options(PARTY, Challenge(b"d" * 32), [])
    assert (nobody["allowCredentials"], nobody["userVerification"]) == ([], "required")
