"""Forms in codecs that spell what no text holds: refused in one sentence, never an error of ours."""

from collections.abc import Iterator

import pytest

from tests.builders_web import Browser, WebHouse, a_web_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        yield house
        house.running.close()


def sent(browser: Browser, charset: str, value: bytes) -> int:
    fields = {b"token": browser.token.encode(), b"login": value, b"password": value}
    parts = [
        b'--X\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + text + b"\r\n"
        for name, text in fields.items()
    ]
    headers = {"Content-Type": "multipart/form-data; boundary=X" + charset}
    return browser.request("POST", "/login", content=b"".join(parts) + b"--X--\r\n", headers=headers).status_code


@pytest.mark.parametrize(
    ("charset", "value"),
    [
        ("; charset=unicode_escape", b"\\ud800"),
        ("; charset=utf-7", b"+2AA-"),
        ("; charset=idna", b"xn--a"),
        ("; charset=punycode", b"-99999999a"),
        ("; charset=undefined", b"a"),
        ('; charset="utf-16"', b"\x00\xd8"),
        ("; charset*=utf-8''utf-7", b"+2AA-"),
    ],
)
def test_a_form_in_another_codec_than_utf8_is_refused(house: WebHouse, charset: str, value: bytes) -> None:
    browser = Browser(house.app)
    browser.get("/login")
    assert sent(browser, charset, value) in {401, 422}


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=UTF-8"])
def test_a_form_as_browsers_send_it_is_read(house: WebHouse, charset: str) -> None:
    browser = Browser(house.app)
    browser.get("/login")
    assert sent(browser, charset, b"nobody") == 401
