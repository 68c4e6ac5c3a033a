"""The published examples of claim 169: believed or not as they say of themselves, and read as they say."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from enrollment.card import Reason, check
from enrollment.card.keyfiles import keys_in

FOLDER = "enrollment/claim169"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Every example with its text."""
    root = os.environ.get("WANGOV_TEST_DATA")
    if root is None:
        pytest.skip(f"set WANGOV_TEST_DATA to a folder with {FOLDER}")
    found = [(path.read_text(encoding="utf-8")) for path in sorted((Path(root) / FOLDER).glob("*.json"))]
    if not found:
        pytest.fail(f"WANGOV_TEST_DATA is set, but there are no examples in {FOLDER} of {root}", pytrace=False)
    return [(text, json.loads(text)) for text in found]


def test_examples_are_believed_as_they_say() -> None:
    """A signed one with its key is good; without the key it is of an unknown key; without a signature unsigned."""
    for text, example in examples():
        held = keys_in(text.encode())
        known = held.trusted
        checked = check(example["qr_data"], known, NOW, held.secrets)
        if example["category"] == "invalid":
            assert checked.reason is Reason.MALFORMED, example["name"]
        elif example["category"] == "edge":
            assert not checked.valid, example["name"]
        elif "encryption_key" in example:
            assert check(example["qr_data"], known, NOW).reason is Reason.ENCRYPTED, example["name"]
            assert checked.reason is (None if known else Reason.UNSIGNED), (example["name"], checked.reason)
        elif known:
            assert checked.valid, (example["name"], checked.reason)
            assert check(example["qr_data"], [], NOW).reason is Reason.UNKNOWN_KEY
        else:
            assert checked.reason in {Reason.UNSIGNED, Reason.UNKNOWN_KEY}, (example["name"], checked.reason)


def test_examples_are_read_as_they_say() -> None:
    """Every member under its published name, whoever signed it."""
    for _, example in examples():
        if example["category"] == "valid":
            checked = check(example["qr_data"], [], NOW, keys_in(json.dumps(example).encode()).secrets)
            assert checked.claims == example["expected_claim169"], example["name"]
            assert checked.meta == example["expected_cwt_meta"], example["name"]
