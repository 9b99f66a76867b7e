"""Nobody, logged in or not, holds the server's memory by sending a body that never ends."""

import asyncio

import pytest
from fastapi import Request
from starlette.formparsers import MultiPartException
from starlette.types import Message

from governance.web import forms
from governance.web.problems import TooSlow


def a_request(*, path: str = "/api/site/leases") -> Request:
    sent = iter([b"x" * 1000])

    async def receive() -> Message:
        for chunk in sent:
            return {"type": "http.request", "body": chunk, "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
    return Request(scope, receive)


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LONGEST_UPLOAD", 0.05)
    with pytest.raises(TooSlow):
        asyncio.run(forms.read_body(a_request()))


def test_a_form_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "LONGEST_UPLOAD", 0.05)
    request = a_request(path="/login")
    request.scope["headers"] = [(b"content-type", b"multipart/form-data; boundary=" + b"x" * 20)]

    async def read() -> None:
        async for _ in forms._pieces(request):
            pass

    with pytest.raises(MultiPartException) as caught:
        asyncio.run(read())
    assert isinstance(caught.value.__cause__, TooSlow)
