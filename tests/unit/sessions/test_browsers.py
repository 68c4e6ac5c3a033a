import pytest

from idp.sessions.browsers import described

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"{ANDROID} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox", "Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0",
            "Edge",
            "Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari", "iPhone"),
        ("Mozilla/5.0 (Mobile; Nokia_8110) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "Firefox", "KaiOS"),
        ("Opera/9.80 (Android; Opera Mini/36.2/119) Presto/2.12", "Opera Mini", "Android"),
        ("<script>alert(1)</script>", None, None),
        ("", None, None),
    ],
)
def test_browsers_are_called_by_their_names(user_agent: str, browser: str | None, system: str | None) -> None:
    """Each claims to be several others; what it is comes first. What is not known is not guessed."""
    assert described(user_agent) == (browser, system)
