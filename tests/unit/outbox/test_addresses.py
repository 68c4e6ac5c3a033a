"""What may be written to, and what a text message is."""

import pytest

from idp.outbox.addresses import mail_address, phone_number
from idp.outbox.gsm import fits, in_gsm, septets


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("testa@people.example", "testa@people.example"),
        ("Testa.Person+shop@People.EXAMPLE", "Testa.Person+shop@people.example"),
        ("o'brien@people.example", "o'brien@people.example"),
        ("kɔlɛ@people.example", "kɔlɛ@people.example"),
        ("testa@bücher.example", "testa@xn--bcher-kva.example"),
        (f"{'a' * 64}@people.example", f"{'a' * 64}@people.example"),
    ],
)
def test_mail_address_is_taken_as_servers_take_it(typed: str, sent: str) -> None:
    """Domain in lower-case ASCII; what stands before the @ as it was typed, plus sign and all."""
    assert mail_address(typed) == sent


@pytest.mark.parametrize(
    "typed",
    [
        "", "testa", "@people.example", "testa@", "testa@people", "a@b@people.example",
        "testa@people.example\r\nBcc: x@y.z",
        "testa@people.example\n", "testa\n@people.example", "testa@people.example\u2028", "te\u200bsta@people.example",
        "testa\u202e@people.example", "testa\uff20people.example", "testa@people\u3002example",
        "testa@people.example,x@y.example",
        "testa@people.example x@y.example", "<testa@people.example>", "Testa <testa@people.example>",
        '"a b"@people.example', "a%b@relay.example@people.example", "testa@[127.0.0.1]", "testa@127.0.0.1",
        "testa@people..example", "testa@-people.example", "testa@people.example.", ".testa@people.example",
        "te..sta@people.example", "testa(comment)@people.example", f"{'a' * 65}@people.example",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.example", "\ufb01sh@people.example", "testa@people.example\x00",
    ],
)  # fmt: skip
def test_mail_address_that_is_more_than_one_plain_address(typed: str) -> None:
    """AC-117, AC-130: header breaks, lists, names, routes, comments, invisible and look-alike marks: all refused."""
    assert mail_address(typed) is None


@pytest.mark.parametrize(
    ("typed", "e164", "network", "region"),
    [
        ("+232 76 000 001", "+23276000001", "232-76", "SL"),
        ("076 000001", "+23276000001", "232-76", "SL"),
        ("+232 (30) 000-001", "+23230000001", "232-30", "SL"),
        ("+232 00 000 001", "+23200000001", "232-00", "SL"),
        ("+44 7700 900123", "+447700900123", "44-77", "GB"),
        ("+1 202 555 0123", "+12025550123", "1-20", "US"),
    ],
)
def test_phone_number_is_brought_into_one_form(typed: str, e164: str, network: str, region: str) -> None:
    """However it is written: one form, the country, and the first digits of the operator."""
    number = phone_number(typed, "SL")
    assert number is not None
    assert (number.e164, number.network, number.region) == (e164, network, region)
    assert e164 not in repr(number)


@pytest.mark.parametrize(
    "typed",
    [
        "", "12", "+", "abc", "+999 99", "+232 76 000 001;ext=5", "+1 900 555 0123", "+44 871 234 5678",
        "+23276000001\n",
        "+232 76 000 001 #31#", "\uff0b23276000001", "+٢٣٢٧٦٠٠٠٠٠١", "+232" + "7" * 40, "tel:+23276000001",
    ],
)  # fmt: skip
def test_phone_number_that_gets_no_message(typed: str) -> None:
    """No number, an extension, other digits, or a number that costs whoever calls it."""
    assert phone_number(typed, "SL") is None


def test_letters_of_krio_are_written_as_on_a_telephone() -> None:
    """ɛ, ɔ, ŋ and ə have GSM spellings, accents that GSM lacks are left out, and what it has stays."""
    assert in_gsm("Kushɛ, yu kɔd na 123456 ŋ ə") == "Kushe, yu kod na 123456 ng e"
    assert in_gsm("Ê\u2019été à Freetown \u2014 \u201cɔl\u201d") == 'E\'été à Freetown - "ol"'
    assert in_gsm("日本") == "日本"


def test_length_is_counted_as_networks_count_it() -> None:
    """160 letters, extension letters twice, and 70 units where one letter is of another alphabet."""
    assert septets("a" * 160) == 160
    assert septets("€[]") == 6
    assert septets("ɛ") is None
    assert fits("a" * 160)
    assert not fits("a" * 161)
    assert fits("a" * 158 + "€")
    assert not fits("a" * 159 + "€")
    assert fits("日" * 70)
    assert not fits("日" * 71)
    assert not fits("😀" * 36)
