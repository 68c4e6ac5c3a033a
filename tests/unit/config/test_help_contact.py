import pytest

from config.settings import Settings


def settings(**values: str) -> Settings:
    """Settings of a test, without the environment's."""
    return Settings.model_validate({"database_url": "postgresql://x/y", "redis_url": "redis://x/0", **values})


@pytest.mark.parametrize(
    ("contact", "lines"),
    [
        ("", ()),
        (" \n ", ()),
        ("Call 000", ("Call 000",)),
        ("Call 000\n 1 Made-up Street \r\n\nMonday to Friday", ("Call 000", "1 Made-up Street", "Monday to Friday")),
        (r"Call 000\n1 Made-up Street", ("Call 000", "1 Made-up Street")),
    ],
)
def test_a_contact_has_one_or_several_lines(contact: str, lines: tuple[str, ...]) -> None:
    """However the environment writes a line break; empty ones are left out."""
    assert settings(help_contact=contact).help_lines == lines


def test_a_contact_is_short() -> None:
    """It stands on small pages."""
    with pytest.raises(ValueError, match="at most 1000"):
        settings(help_contact="x" * 1001)
