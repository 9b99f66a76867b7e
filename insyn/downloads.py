"""Files that others publish: taken by address, and believed only if they are, byte for byte, what was pinned.

What has come so far lies beside its destination as `NAME.part`, and a later run goes on where it broke off. The hash
is over the whole file, so what a server sends on the way is never believed, only what the file is in the end.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from insyn.errors import InsynError

UNSTATED: Final = 1024 * 1024
"""The most that is taken of a file whose length nobody published: lists, which are short."""
_SELF: Final = frozenset({"127.0.0.1", "::1"})
_REDIRECTS: Final = 5
_SECONDS: Final = httpx.Timeout(60.0, connect=20.0)
_RANGE: Final = re.compile(r"bytes (?P<first>\d+)-\d+/(?:\d+|\*)")

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here, and how many there will be, where that is known."""


class DownloadRefused(InsynError):
    """What was offered is not what was pinned, or not where it was to be; nothing of it is kept."""


class DownloadBroken(InsynError):
    """The network or the server did not give the whole file; what came is kept, and the next run goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One file that somebody publishes: what it is called, where it lies, and what it must be.

    `size` is its length where that was published. `sent_on_to` names other hosts that its own may send a reader to;
    a redirect to any other is refused, and so is one away from https.
    """

    name: str
    address: str
    sha256: str
    licence: str
    size: int | None = None
    sent_on_to: frozenset[str] = frozenset()

    @property
    def most(self) -> int:
        """No more bytes than these are taken."""
        return UNSTATED if self.size is None else self.size


def fetch(file: Published, folder: Path, *, progress: Progress) -> Path:
    """Bring a file into a folder, and return its path. What is there already and right is not asked for again.

    Raises:
        DownloadRefused: another hash, more bytes than pinned, a redirect elsewhere, an address that is not https.
        DownloadBroken: no network, an answer other than the file, or one that ended early.
    """
    path, part = folder / file.name, folder / f"{file.name}.part"
    with _writable(folder):
        if path.is_file() and _sha256(path) == file.sha256:
            return path
        folder.mkdir(parents=True, exist_ok=True)
        if _length(part) != file.size:
            _take(file, part, progress)
        if _sha256(part) != file.sha256:
            part.unlink()
            raise DownloadRefused(
                f"{file.name} is not the file that was pinned: its SHA-256 is another; it was deleted, and is not used."
            )
        part.replace(path)
    return path


def _take(file: Published, part: Path, progress: Progress) -> None:
    """Append what is missing; a server that cannot go on in the middle sends the whole anew."""
    if _length(part) > file.most:
        part.unlink()
    with _client(file) as client:
        answer = _answer(client, file, _length(part))
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            answer.close()
            part.unlink(missing_ok=True)
            answer = _answer(client, file, 0)
        try:
            _keep(file, answer, part, progress)
        finally:
            answer.close()


def _client(file: Published) -> httpx.Client:
    # This machine's own server is never asked through a proxy; all others are, where the environment names one.
    own = httpx.URL(file.address).host in _SELF
    return httpx.Client(timeout=_SECONDS, trust_env=not own, headers={"Accept-Encoding": "identity"})


def _answer(client: httpx.Client, file: Published, have: int) -> httpx.Response:
    """The answer to one question, its body not read, after redirects that are allowed."""
    headers = {"Range": f"bytes={have}-"} if have else {}
    url = _allowed(file, httpx.URL(file.address))
    for _ in range(_REDIRECTS):
        with _network(file):
            answer = client.send(client.build_request("GET", url, headers=headers), stream=True)
        if not answer.has_redirect_location:
            return answer
        answer.close()
        url = _allowed(file, url.join(answer.headers["Location"]))
    raise DownloadRefused(f"The server of {file.name} sends its reader round in circles; nothing was taken.")


def _allowed(file: Published, url: httpx.URL) -> httpx.URL:
    home = httpx.URL(file.address).host
    if url.host not in {home, *file.sent_on_to}:
        raise DownloadRefused(
            f"The server of {file.name} sends its reader to another host, which is not named for it; nothing was taken."
        )
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _SELF):
        raise DownloadRefused(f"{file.name} is offered without https; nothing was taken.")
    return url


def _keep(file: Published, answer: httpx.Response, part: Path, progress: Progress) -> None:
    have = _goes_on_at(file, answer, _length(part))
    if have + int(answer.headers.get("Content-Length") or 0) > file.most:
        raise _too_long(file, part)
    with part.open("r+b" if have else "wb") as kept, _network(file):
        kept.seek(have)
        for piece in answer.iter_raw():  # as it comes: a piece of a size of ours would be lost with what breaks off
            have += len(piece)
            if have > file.most:
                raise _too_long(file, part)
            kept.write(piece)
            progress(have, file.size)
        kept.flush()
        os.fsync(kept.fileno())
    if file.size is not None and have < file.size:
        raise _broken_off(file)


def _goes_on_at(file: Published, answer: httpx.Response, have: int) -> int:
    """Where the answer's first byte belongs: where we stopped, or at the beginning."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise DownloadRefused(f"The server of {file.name} sends it compressed, unasked; nothing was taken.")
    if answer.status_code == httpx.codes.OK:
        return 0
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status_code != httpx.codes.PARTIAL_CONTENT or found is None or int(found["first"]) != have:
        raise DownloadBroken(
            f"The server of {file.name} answered with {answer.status_code} and not with the file; try again later."
        )
    return have


def _too_long(file: Published, part: Path) -> DownloadRefused:
    part.unlink(missing_ok=True)
    return DownloadRefused(
        f"The server sends more than the {file.most:,} bytes that {file.name} may have; what came was deleted."
    )


def _broken_off(file: Published) -> DownloadBroken:
    return DownloadBroken(f"The download of {file.name} broke off; what came is kept, and the same command goes on.")


@contextmanager
def _network(file: Published) -> Iterator[None]:
    try:
        yield
    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout) as error:
        raise _broken_off(file) from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise DownloadBroken(
            f"The server of {file.name} cannot be reached; look at the network, or carry the file in."
        ) from error


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InsynError(f"The download cannot be written into {folder}: {error.strerror}.") from error


def _length(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
