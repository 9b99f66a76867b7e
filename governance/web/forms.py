"""Reading what a form sends: within limits, in memory alone, and only if the form was ours."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from governance.application.errors import BadInput
from governance.web.access import require_own_form
from governance.web.problems import FormNotOurs, TooLarge, TooSlow
from governance.web.settings import LARGEST_BODY, LARGEST_REPORT, LONGEST_UPLOAD

Choice = TypeVar("Choice", bound=StrEnum)
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998
"""Beyond these an offset or a deadline can lead outside the calendar."""


class _InMemory(MultiPartParser):
    """A photograph must never touch the disk, so nothing is spooled to a temporary file."""

    spool_max_size = LARGEST_BODY + 1


async def limited_body(request: Request, most: int = LARGEST_BODY) -> AsyncGenerator[bytes, None]:
    """Yield the request's body, up to the limit.

    Raises:
        TooLarge: there is more.
        TooSlow: it did not arrive in time.
    """
    received = 0
    async for chunk in _in_time(request):
        received += len(chunk)
        if received > most:
            raise TooLarge
        yield chunk


async def _in_time(request: Request) -> AsyncGenerator[bytes, None]:
    end = asyncio.get_running_loop().time() + LONGEST_UPLOAD
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout_at(end):
                chunk = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise TooSlow from error
        yield chunk


async def read_body(request: Request) -> bytes:
    """Return the whole body, up to the limit."""
    return b"".join([chunk async for chunk in limited_body(request)])


async def read_report(request: Request) -> bytes:
    """Return the whole body of a candidate report, up to its own limit."""
    return b"".join([chunk async for chunk in limited_body(request, LARGEST_REPORT)])


async def read_form(request: Request) -> AsyncGenerator[FormData, None]:
    """Lend a form that this server gave to this visitor. Its files are gone from memory when the route has answered.

    Raises:
        FormNotOurs: it carries no token of ours.
        BadInput: it is no form.
    """
    form = await _parsed(request)
    try:
        require_own_form(request, form.get("token"))
        yield form
    finally:
        await form.close()


async def _pieces(request: Request) -> AsyncGenerator[bytes, None]:
    # Only at its own kind of error does the parser close the files that it has begun.
    try:
        async for chunk in limited_body(request):
            yield chunk
    except (TooLarge, TooSlow) as error:
        raise MultiPartException(str(error)) from error


async def _parsed(request: Request) -> FormData:
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    if not _is_plain_text(request):
        raise BadInput("This is not a form that can be read.")
    try:
        if kind == "multipart/form-data":
            return await _InMemory(request.headers, _pieces(request), max_files=20, max_fields=400).parse()
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(request.headers, limited_body(request)).parse()
    except MultiPartException as error:
        if isinstance(error.__cause__, TooLarge | TooSlow):
            raise error.__cause__ from error
        raise BadInput("This is not a form that can be read.") from error
    # What is no form at all cannot be one that this server gave.
    raise FormNotOurs


def _is_plain_text(request: Request) -> bool:
    """Say whether the form is written in UTF-8. Some of Python's other codecs spell what no text holds, or fail."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    return options.get(b"charset", b"utf-8").lower() == b"utf-8"


OwnForm = Annotated[FormData, Depends(read_form)]


def text(form: FormData, name: str) -> str:
    """Return a text field, trimmed; a missing field is empty.

    Raises:
        BadInput: it is a file, or longer than any field of ours.
    """
    value = form.get(name, "")
    if not isinstance(value, str) or len(value) > 4000:
        raise BadInput("A field of the form is not a text of at most 4000 characters.")
    return value.strip()


def secret(form: FormData, name: str) -> str:
    """Return a password as it was typed; a missing field is empty.

    Raises:
        BadInput: it is a file.
    """
    value = form.get(name, "")
    if not isinstance(value, str):
        raise BadInput("Give a password.")
    return value


def _content(upload: UploadFile) -> bytes:
    # From its beginning, however often a route asks: a second reading of what was read is not an empty file.
    upload.file.seek(0)
    return upload.file.read()


def files(form: FormData, name: str) -> tuple[bytes, ...]:
    """Return the bytes of the files of a field, unopened; empty choices are left out."""
    given = [value for value in form.getlist(name) if isinstance(value, UploadFile)]
    contents = [_content(upload) for upload in given]
    return tuple(content for content in contents if content)


def whole_number(form: FormData, name: str, sentence: str, *, digits: int) -> int:
    """Return a whole number of at most so many digits.

    Raises:
        BadInput: it is none; `sentence` says what to give.
    """
    word = text(form, name)
    if not (word.isascii() and word.isdigit() and len(word) <= digits):
        raise BadInput(sentence)
    return int(word)


def choice(form: FormData, name: str, choices: type[Choice], sentence: str) -> Choice:
    """Return a member of a closed list.

    Raises:
        BadInput: it is none; `sentence` says what to choose.
    """
    try:
        return choices(text(form, name))
    except ValueError as error:
        raise BadInput(sentence) from error


def instant(form: FormData, name: str) -> datetime:
    """Return the time of a field of the kind datetime-local, as `utc_of` reads it.

    Raises:
        BadInput: it is no time.
    """
    return utc_of(text(form, name))


def utc_of(written: str) -> datetime:
    """Return a time in UTC. One that was typed with an offset of its own is taken by it, never without it.

    Raises:
        BadInput: it is no time, or lies outside the calendar.
    """
    try:
        read = datetime.fromisoformat(written)
        given = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput("Give each time as a day and a time of day, in UTC or with its offset from UTC.") from error
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise BadInput(f"A time lies between the years {_FIRST_YEAR} and {_LAST_YEAR}.")
    return given
