"""Reading the card formats, which are minutiae alone."""

from __future__ import annotations

import pytest

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import FingerTemplate, MinutiaKind
from biometrics.records.card import CardForm, read_card
from biometrics.records.conversion import template_from_view
from biometrics.records.model import MinutiaeRecord, RecordMinutia
from biometrics.sample import FingerPosition


@pytest.mark.parametrize(
    ("data", "form", "offset"),
    [
        (b"", CardForm.COMPACT, 0),
        (bytes(4), CardForm.COMPACT, 3),
        (bytes(7), CardForm.NORMAL, 5),
        (bytes(3 * 256), CardForm.COMPACT, 3 * 255),
        (bytes(3) + b"\1\1\xc0", CardForm.COMPACT, 5),
        (b"\xc0\0\0\0\0", CardForm.NORMAL, 0),
        (b"\0\0\x40\0\0", CardForm.NORMAL, 2),
    ],
)
def test_a_broken_card_record_is_refused_at_its_byte(data: bytes, form: CardForm, offset: int) -> None:
    """Halves of minutiae, too many, and reserved codes."""
    answer = read_card(data, form)
    assert isinstance(answer, Refused)
    assert (answer.reason, answer.offset) == (Reason.RECORD_MALFORMED, offset)


@pytest.mark.parametrize(
    ("data", "form", "expected"),
    [
        (b"\x64\xc8\x90", CardForm.COMPACT, RecordMinutia(MinutiaKind.BIFURCATION, 100, 200, 64, 0)),
        (b"\x43\xe8\x07\xd0\x40", CardForm.NORMAL, RecordMinutia(MinutiaKind.ENDING, 1000, 2000, 64, 0)),
    ],
)
def test_both_forms_place_a_minutia_alike(data: bytes, form: CardForm, expected: RecordMinutia) -> None:
    """10 mm right, 20 mm down, pointing up: 197 and 394 pixels at 500 ppi, a quarter turn."""
    record = read_card(data, form, FingerPosition.LEFT_RING)
    assert isinstance(record, MinutiaeRecord)
    assert record.views[0].position is FingerPosition.LEFT_RING
    assert record.views[0].minutiae == (expected,)
    template = template_from_view(record, record.views[0])
    assert isinstance(template, FingerTemplate)
    assert template.x[0] == pytest.approx(196.85, abs=0.01)
    assert template.y[0] == pytest.approx(393.70, abs=0.01)
    assert template.angle[0] == pytest.approx(1.5708, abs=1e-4)
