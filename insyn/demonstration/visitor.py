"""A visitor of the consoles without a browser: logs in, reads pages, sends forms. It has no way that people lack."""

import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from types import TracebackType
from typing import Final, Self

import httpx

from insyn.errors import ExpectationFailed

_SECONDS: Final = 60.0
_NOT_SAID: Final = ("h1", "a")
"""A page's title and its links are not part of what it says."""

Upload = tuple[str, bytes]
"""A file of a form: the field's name, and the bytes."""


class Refusal(ExpectationFailed):
    """The server refused what a form asked; `sentence` is what it told the visitor, `status` the HTTP status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"The server refused ({status}): {sentence}")
        self.status = status
        self.sentence = sentence


class Stranger:
    """Somebody at the consoles who has no session."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=_SECONDS, follow_redirects=True, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def read(self, path: str) -> str:
        """Return a page's HTML.

        Raises:
            Refusal: the server does not give it.
        """
        return self._text(self._http.get(path))

    def post(
        self,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        files: Sequence[Upload] = (),
        page: str = "/",
    ) -> httpx.Response:
        """Send a form as the browser does: with the token that the given page carries.

        Raises:
            Refusal: the server refused it.
        """
        token = re.search(r'name="token" value="([^"]*)"', self.read(page))
        data = {**(fields or {}), "token": token.group(1) if token else ""}
        uploads = [(name, (name, content, "application/octet-stream")) for name, content in files]
        answer = self._http.post(path, data=data, files=uploads or None)
        self._text(answer)
        return answer

    @staticmethod
    def _text(answer: httpx.Response) -> str:
        if not answer.is_success:
            raise Refusal(answer.status_code, sentence_of(answer.text))
        return answer.text


class Visitor(Stranger):
    """One person at the consoles, with a session of their own."""

    def __init__(self, address: str, login: str, password: str) -> None:
        super().__init__(address)
        self.login = login
        try:
            self.post("/login", {"login": login, "password": password}, page="/login")
        except (Refusal, httpx.HTTPError):
            self._http.close()
            raise


def open_account(address: str, login: str, *, first: str, code: str, own: str) -> None:
    """Open an account that two others made, with a password of its owner's own.

    Raises:
        Refusal: it was not opened.
    """
    fields = {"login": login, "first": first, "code": code, "own": own, "again": own}
    with Stranger(address) as owner:
        owner.post("/password", fields, page="/password")


class _Words(HTMLParser):
    """The words of a page's main part."""

    def __init__(self) -> None:
        super().__init__()
        self._inside = False
        self._skipping = ""
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "main"
        # A note says how to go on in a browser.
        aside = tag in _NOT_SAID or ("class", "note") in attrs
        self._skipping = self._skipping or (tag if aside else "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        self._skipping = "" if tag == self._skipping else self._skipping

    def handle_data(self, data: str) -> None:
        if self._inside and not self._skipping and data.strip():
            self.words.append(data.strip())


def sentence_of(html: str) -> str:
    """Return what the main part of a page says, in one line."""
    words = _Words()
    words.feed(html)
    return " ".join(" ".join(words.words).split())
