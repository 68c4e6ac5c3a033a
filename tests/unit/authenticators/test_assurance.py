import itertools

import pytest

from idp.authenticators.assurance import ACRS, aal_of, acr_for, joined, level_of, meets

LEVELS = [
    ((), 1),
    (("pwd",), 1),
    (("otp",), 1),
    (("mfa",), 1),
    (("pwd", "otp"), 2),
    (("pwd", "otp", "mfa"), 2),
    (("pwd", "sms"), 2),
    (("pwd", "email"), 1),
    (("pwd", "face"), 1),
    (("face", "fpt"), 1),
    (("email", "face"), 1),
    (("otp", "face"), 2),
    (("sms", "fpt"), 2),
    (("swk", "mfa"), 2),
    (("hwk", "mfa"), 3),
    (("hwk",), 1),
    (("swk",), 1),
    (("pwd", "hwk"), 2),
    (("pwd", "swk", "mfa"), 2),
    (("pwd", "otp", "hwk", "mfa"), 3),
]


@pytest.mark.parametrize(("amr", "level"), LEVELS)
def test_the_level_of_what_was_proven(amr: tuple[str, ...], level: int) -> None:
    """Only what was proven counts, in whatever order; the word `mfa` alone proves nothing."""
    assert {aal_of(order) for order in itertools.permutations(amr)} == {level}


@pytest.mark.parametrize(("amr", "level"), [(("swk", "mfa"), 3), (("hwk", "mfa"), 3), (("pwd", "otp"), 2)])
def test_a_synced_passkey_is_worth_what_the_authority_says(amr: tuple[str, ...], level: int) -> None:
    """The setting moves synced passkeys, and nothing else."""
    assert aal_of(amr, synced_passkey=3) == level


def test_more_proof_is_never_worth_less() -> None:
    """Whatever is added to what was proven, the level does not fall."""
    words = ["pwd", "otp", "sms", "email", "hwk", "swk", "face", "fpt", "mfa"]
    for size in range(len(words)):
        for proven in itertools.combinations(words, size):
            assert all(aal_of((*proven, word)) >= aal_of(proven) for word in words)


def test_mfa_is_said_of_two_kinds_of_things() -> None:
    """RFC 8176 section 2: more than one kind; two codes are one kind, and a code by e-mail is none."""
    assert joined(("pwd",), ("otp",)) == ("pwd", "otp", "mfa")
    assert joined(("pwd",), ("email",)) == ("pwd", "email")
    assert joined((), ("otp", "sms")) == ("otp", "sms")
    assert joined((), ("hwk", "mfa")) == ("hwk", "mfa")
    assert joined(("pwd", "otp", "mfa"), ("pwd",)) == ("pwd", "otp", "mfa")


@pytest.mark.parametrize("ial", [1, 2, 3])
@pytest.mark.parametrize("aal", [1, 2, 3])
def test_acr_is_the_weaker_of_both(ial: int, aal: int) -> None:
    """The greatest level that proofing and authentication both reach."""
    acr = acr_for(ial, aal)
    assert level_of(acr) == min(ial, aal)
    assert all(meets(acr, lower) for lower in ACRS[: min(ial, aal)])
    assert not any(meets(acr, higher) for higher in ACRS[min(ial, aal) :])


@pytest.mark.parametrize("foreign", ["", "nid:0", "nid:4", "NID:1", "urn:mace:incommon:iap:silver", "1"])
def test_foreign_levels_are_never_met(foreign: str) -> None:
    """A level that is none of ours is not reached by any of ours, nor reaches one."""
    assert level_of(foreign) == 0
    assert not meets("nid:3", foreign)
    assert not meets(foreign, "nid:1")
    assert not meets(foreign, foreign)
