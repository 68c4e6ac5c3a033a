import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clock import SystemClock
from idp.entropy import Entropy, SecretKind, digest
from idp.errors import Code, Refusal
from idp.tokens.refresh_token import RefreshToken, successor

tokens = st.builds(RefreshToken, handle=st.binary(min_size=16, max_size=16), secret=st.binary(min_size=32, max_size=32))
keys = st.binary(min_size=32, max_size=32)
ENCODED = string.ascii_letters + string.digits + "-_"


def refused(text: str) -> None:
    """The text is no refresh token, and that is an answer, not an error."""
    outcome = RefreshToken.parse(text)
    assert isinstance(outcome, Refusal), outcome
    assert outcome.code is Code.TOKEN_MALFORMED
    assert text == "" or text not in outcome.detail


def test_a_new_token_has_its_shape() -> None:
    """Prefix of its kind, 67 URL-safe characters, and never the same twice."""
    entropy = Entropy(SystemClock())
    made = {RefreshToken.first(f"code {number}", entropy).text() for number in range(100)}
    assert len(made) == 100
    for text in made:
        assert len(text) == 67
        assert text.startswith("wr_")
        assert set(text[3:]) <= set(ENCODED)


def test_the_handle_belongs_to_the_code() -> None:
    """Known before the token is, the same each time, and another one for another code; the secret is always fresh."""
    entropy = Entropy(SystemClock())
    first, second, other = (RefreshToken.first(code, entropy) for code in ("one", "one", "two"))
    assert first.handle == second.handle != other.handle
    assert first.secret != second.secret


@given(tokens)
def test_what_was_written_is_read(token: RefreshToken) -> None:
    """Text and value are two forms of one thing."""
    assert RefreshToken.parse(token.text()) == token


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text whatever raises; whatever is read is spelled in the one way we spell it."""
    outcome = RefreshToken.parse(text)
    assert isinstance(outcome, Refusal) or outcome.text() == text


@given(st.text(alphabet=ENCODED + "=+/ \n\0!é", min_size=60, max_size=68))
def test_near_misses_are_read_or_refused(body: str) -> None:
    """The same for texts that look almost like one of ours."""
    outcome = RefreshToken.parse(f"wr_{body}")
    assert isinstance(outcome, Refusal) or outcome.text() == f"wr_{body}"


@given(tokens, st.integers(1, 66))
def test_a_cut_or_lengthened_token_is_refused(token: RefreshToken, kept: int) -> None:
    """AC-054: characters cut off or added make it another text, never the same token."""
    text = token.text()
    refused(text[:kept])
    refused(text + text[-1])
    refused(text + "=")
    refused(text + "\n")
    refused(" " + text)


@given(tokens, st.sampled_from("!=+/ \n\té"), st.integers(3, 66))
def test_a_foreign_character_is_refused(token: RefreshToken, character: str, at: int) -> None:
    """A character outside the alphabet is neither skipped nor an exception."""
    text = token.text()
    refused(text[:at] + character + text[at + 1 :])


@pytest.mark.parametrize("prefix", [kind.value for kind in SecretKind if kind is not SecretKind.REFRESH_TOKEN])
def test_another_kind_of_secret_is_refused(prefix: str) -> None:
    """AC-029: a secret of another kind is not a refresh token, whatever follows its prefix."""
    refused(f"{prefix}_" + RefreshToken(bytes(16), bytes(32)).text()[3:])


@given(tokens, keys)
def test_the_successor_stays_in_the_family(token: RefreshToken, key: bytes) -> None:
    """Same handle, so the store finds the same family; another secret, so only one of them is live."""
    following = successor(token, key)
    assert following.handle == token.handle
    assert following.handle_digest() == token.handle_digest()
    assert following.secret != token.secret
    assert following.secret_digest() != token.secret_digest()


@given(tokens, keys)
def test_a_retry_gets_the_same_successor(token: RefreshToken, key: bytes) -> None:
    """Deterministic: nothing must be remembered to answer a lost request again."""
    assert successor(token, key) == successor(token, key)


@given(tokens, keys, keys)
def test_the_successor_needs_the_key(token: RefreshToken, key: bytes, other: bytes) -> None:
    """Whoever holds the old token but not the key cannot tell the next one."""
    if key != other:
        assert successor(token, key) != successor(token, other)


@given(tokens, tokens, keys)
def test_two_tokens_never_share_a_successor(one: RefreshToken, other: RefreshToken, key: bytes) -> None:
    """Handle and secret both enter the derivation."""
    if one != other:
        assert successor(one, key) != successor(other, key)


def test_a_chain_never_returns() -> None:
    """A thousand uses of a family give a thousand different tokens."""
    key = os.urandom(32)
    token = RefreshToken(os.urandom(16), os.urandom(32))
    seen = set()
    for _ in range(1000):
        seen.add(token.text())
        token = successor(token, key)
    assert len(seen) == 1000


@given(tokens)
def test_what_is_stored_does_not_tell_the_token(token: RefreshToken) -> None:
    """The store holds digests of 32 bytes in which neither part of the token appears; a code's digest is another."""
    for stored in (token.handle_digest(), token.secret_digest()):
        assert len(stored) == 32
        assert token.handle not in stored
        assert token.secret not in stored
    assert token.secret_digest() != digest(SecretKind.AUTHORIZATION_CODE, token.text())
