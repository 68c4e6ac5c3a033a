import pytest

from idp.authenticators.assurance import ACRS, aal_of, acr_for, level_of, meets


@pytest.mark.parametrize(
    ("amr", "level"), [((), 1), (("pwd",), 1), (("otp",), 1), (("pwd", "otp"), 2), (("pwd", "otp", "mfa"), 2)]
)
def test_two_factors_are_level_two(amr: tuple[str, ...], level: int) -> None:
    """Only what was proven counts; the word `mfa` alone proves nothing."""
    assert aal_of(amr) == level
    assert aal_of(("mfa",)) == 1


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
