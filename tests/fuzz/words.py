"""What is known to break parsers, stores and pages when it stands where something else was expected.

Text, sizes, numbers and percent-encodings; nothing here is mutated, it is chosen from. No word names a part of the
provider's inside, because answers are searched for such names and may rightly repeat what was sent.
"""

from __future__ import annotations

__all__ = ["BYTES", "CANARY", "EVIL", "NUMBERS", "PERCENT", "SIZES", "SPECIALS", "WORDS"]

# Markup that must never stand unescaped in a page.
CANARY = "<zq9 onx=1>"
EVIL = "https://evil.example"

NUMBERS = (
    "0", "-0", "-1", "1", "1.0", "1e9", "1e400", "0x10", "007", "+5", " 5", "2147483647", "2147483648", "4294967296",
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "9" * 40, "9" * 5000,
    "NaN", "Infinity", "-Infinity", "١٢٣", "\uff11\uff12\uff13", "1_000", "1,000", "true", "null",
)  # fmt: skip

WORDS = (
    "", " ", "\t", "\n", "\r\n", "\0", "a\0b", "\x1b[31m", "\x7f", "\x80", "\u00a0", "\u2028", "\u202e", "\ufeff",
    "\u200b", "\ud800", "\udfff\ud800", "\U0010ffff", "\U0001d54f", "İ", "ß", "ﬀ", "é", "e\u0301", "\u0301" * 40,
    "\uff41\uff20\uff42",
    "admin", "root", "null", "None", "undefined", "true", "[]", "{}", '{"a":', "[" * 200, '{"a":' * 60, '"', "'", "''",
    "`", "\\", "\\u0000", "'--", "' OR '1'='1", "'; DROP TABLE x; --", "1;SELECT 1", "$1", "%s", "%n%n%n", "%(a)s",
    "{0}", "{{7*7}}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7 %>", CANARY, f'">{CANARY}', f"'>{CANARY}",
    "javascript:alert(1)", "data:text/html,x", "//evil.example", EVIL, f"{EVIL}/cb", "http://127.0.0.1:1/",
    "file:///etc/passwd", "../../etc/passwd", "..\\..\\", "/etc/passwd\0.png", "~", "|id", ";id", "$(id)", "a" * 46,
    "openid", "openid openid", "openid  profile", "openid\tprofile", "OPENID", "none", "login none", "code", "token",
    "code id_token", "query", "fragment", "form_post", "web_message", "plain", "S256", "client_credentials",
    "password", "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "refresh_token", "authorization_code", "fr",
    "en-GB-x-" + "a" * 8, "ar-EG u-nu-arab", "nid:3 nid:2", "urn:mace:incommon:iap:silver", "0" * 36,
    "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "a=b&c=d", "a;b", "a,b", "=", "&",
    "+", "*", "?", "#", "a#b", ":", "::", "@", "a@b", "a:b@c", "[::1]", "[", "xn--a", "..", ".", "-", "--", "allow",
    "deny", "withdraw", "GET",
)  # fmt: skip

# Inserted at random places of a value.
SPECIALS = (
    "\0", "\r\n", "\n", " ", "\t", "\ud800", "\ufeff", "\u202e", "\u0301", "%", "%00", "%0d%0a", "%zz", "&", "=", ";",
    "+", ".", "..", "=", "==", "-", "_", "/", "\\", '"', "'", "<", ">", CANARY, "{", "}", "[", "]", ",", ":", "@", "#",
    "?", "*", "$", "\x7f", "é", "٣",
)  # fmt: skip

SIZES = (
    2,
    16,
    63,
    64,
    65,
    127,
    128,
    129,
    199,
    200,
    201,
    255,
    256,
    257,
    511,
    512,
    513,
    1000,
    1001,
    2000,
    2047,
    2048,
    2049,
    4096,
    8191,
)

# Put on the wire as they are, in place of or inside a percent-encoded value.
PERCENT = (
    b"%", b"%%", b"%4", b"%zz", b"%u0041", b"%00", b"%0d%0aX-Split:%201", b"%0a", b"%c0%80", b"%c0%af", b"%e0%80%80",
    b"%ed%a0%80", b"%ed%b0%80%ed%a0%80", b"%f4%90%80%80", b"%f8%88%80%80%80", b"%fe%ff", b"%ff", b"%80", b"%c3",
    b"%c3%28", b"%e2%82", b"%EF%BB%BF", b"%2525", b"%252e%252e%252f", b"%2e%2e%2f", b"%5c", b"%26x%3dy", b"%3d",
    b"%2b", b"+", b"++", b"%20", b"%09", b"%7f", b"%C2%85", b"%E2%80%A8", b"%E2%80%AE", b"%F0%9F%98%80",
)  # fmt: skip

# No text in any encoding that we speak.
BYTES = (
    b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xc3", b"\xef\xbb\xbf", "café".encode(), "Ω".encode("utf-16"), b"\x1f\x8b\x08\x00", b"\x89PNG\r\n",
    b"\xe2\x80\xae",
)  # fmt: skip
