"""What must hold of any bytes given to the codec."""

from __future__ import annotations

from biometrics.errors import Reason, Refused
from biometrics.fingerprint.template import FingerTemplate
from biometrics.records.conversion import template_from_view
from biometrics.records.model import MinutiaeRecord, RecordFormat
from biometrics.records.reading import read
from biometrics.records.writing import as_iso_2005, write


def judge(data: bytes) -> str:
    """What became of `data`, "read: <format>" or "refused: <reason>"; an AssertionError where the codec is wrong."""
    answer = read(data)
    if isinstance(answer, Refused):
        assert answer.reason in {Reason.RECORD_FORMAT, Reason.RECORD_MALFORMED}, answer
        assert answer.offset is not None, answer
        assert 0 <= answer.offset <= len(data), answer
        assert answer.detail, answer
        return f"refused: {answer.reason}"
    _rewritten(answer, data)
    for view in answer.views:
        template = template_from_view(answer, view)
        if isinstance(template, FingerTemplate):
            assert template.mask.size <= 400_000, template.mask.shape
            assert len(template) == len(view.minutiae)
    return f"read: {answer.format}"


def _rewritten(record: MinutiaeRecord, data: bytes) -> None:
    """Unremarked ISO 2005 comes out byte for byte; whatever else is written reads as the same values."""
    written = write(record)
    if record.format is RecordFormat.ISO_2005 and not record.remarks:
        assert written == data
    converted = as_iso_2005(record)
    if isinstance(converted, Refused):
        assert converted.reason is Reason.RECORD_INEXPRESSIBLE
        return
    again = write(converted)
    assert isinstance(again, bytes), again
    assert read(again) == converted
