"""The bytes of a finger template hold all of it, and only it is read from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.extraction import extract
from biometrics.fingerprint.matcher import Mode, compare
from biometrics.fingerprint.prepared import PreparedFinger, prepare
from biometrics.fingerprint.template import FingerTemplate
from biometrics.fingerprint.template_codec import decode, encode
from biometrics.synthetic.collection import images, master, templates


@pytest.fixture(scope="module")
def finger() -> FingerTemplate:
    """A template of our own extraction, with ridges."""
    (image,) = images(master(1, 1), 1, 1, range(1))
    found = extract(image)
    assert isinstance(found, FingerTemplate)
    return found


def read(template: FingerTemplate) -> FingerTemplate:
    """The template after writing and reading."""
    content = encode(template)
    assert isinstance(content, bytes)
    back = decode(content)
    assert isinstance(back, FingerTemplate)
    return back


def ready(template: FingerTemplate) -> PreparedFinger:
    """The template ready to be compared."""
    found = prepare(template)
    assert isinstance(found, PreparedFinger)
    return found


def test_template_scores_as_before(finger: FingerTemplate) -> None:
    """A template that was written and read is the same one to the matcher, to the last bit, in verify mode."""
    back = read(finger)
    assert ready(back).key == ready(finger).key
    (other,) = (extract(image) for image in images(master(1, 1), 1, 1, range(1, 2)))
    assert isinstance(other, FingerTemplate)
    probe = ready(other)
    assert compare(probe, ready(back), Mode.VERIFY) == compare(probe, ready(finger), Mode.VERIFY)


def test_template_without_ridges_comes_back() -> None:
    """Parts that a template does not have are not made up."""
    (plain,) = templates(1, 1, range(1))
    back = read(plain)
    assert back.ridges is None
    assert (back.orientation is None) == (plain.orientation is None)
    assert np.array_equal(back.x, plain.x)


def test_template_of_another_engine_is_refused(finger: FingerTemplate) -> None:
    """A template or bytes with another engine's digest are refused as such."""
    content = encode(finger)
    assert isinstance(content, bytes)
    changed = decode(content[:6] + bytes(8) + content[14:])
    assert isinstance(changed, Refused)
    assert changed.reason is Reason.TEMPLATE_ENGINE


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:10],
        lambda content: b"\x80\x04\x95" + content[3:],
        lambda content: b"\x93NUMPY" + content[6:],
        lambda content: content[:4] + b"\x02" + content[5:],
        lambda content: content[:5] + b"\xff" + content[6:],
        lambda content: content[:14] + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + content[24:],
    ],
)
def test_other_bytes_are_refused(finger: FingerTemplate, spoil: object) -> None:
    """AC-110: a program, an array file, cut or changed bytes are no template; nothing of them is run or allocated."""
    content = encode(finger)
    assert isinstance(content, bytes)
    found = decode(spoil(content))  # type: ignore[operator]  # one of the functions above
    assert isinstance(found, Refused)
    assert found.reason is Reason.TEMPLATE_MALFORMED


@given(st.binary(max_size=200), st.booleans())
def test_noise_is_refused(noise: bytes, letters: bool) -> None:
    """Bytes of no shape are refused, never raised about."""
    assert isinstance(decode((b"WGFF\x01\x03" if letters else b"") + noise), Refused)
